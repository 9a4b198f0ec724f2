# Everything runs in .venv, which the first command makes. `make PYTHON=/path/to/python` chooses another Python.

PYTHON ?= $(shell for python in python3 python3.15 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo "$$python" && break; done)
RUN := .venv/bin/python -m
INSTALL := $(RUN) pip --disable-pip-version-check install -qq
# Pyright need not look for a newer version of itself: ours is pinned.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check bench dist matrix clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

demo: .venv/project  ## create, get, list and delete a session, in front of you
	@.venv/bin/python examples/demo.py

test: .venv/tools  ## run the whole suite, on all cores
	@$(RUN) pytest -q --numprocesses auto --dist loadfile

coverage: .venv/tools  ## run the suite, and report the branches that it takes
	@$(RUN) pytest -q --numprocesses auto --dist loadfile --cov

check: .venv/tools  ## lint, formatting and types
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) pyright
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(RUN) pyright --verifytypes payrix_sessions --ignoreexternal

bench: .venv/project  ## measure the client beside requests, urllib3 and http.client
	@$(RUN) tests.benchmarks

dist: .venv/project  ## build the sdist and the wheel into dist/
	rm -rf dist
	$(RUN) hatchling build

matrix: .venv/tools  ## run the suite on each Python here, with the lowest and the newest dependencies
	$(RUN) nox

clean:  ## remove everything that these commands made
	rm -rf .venv .nox dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each file below is a stamp that its part of .venv is complete.

.venv/suite: requirements/newest.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.10 or newer found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "$(PYTHON) is no Python 3.10 or newer; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up .venv with $$("$(PYTHON)" --version), once ..."
	@if "$(PYTHON)" -c 'from ensurepip import bootstrap' 2>/dev/null; then "$(PYTHON)" -m venv --clear .venv; \
	elif "$(PYTHON)" -m pip --version >/dev/null 2>&1; then \
		"$(PYTHON)" -m venv --clear --without-pip .venv && "$(PYTHON)" -m pip --python .venv/bin/python install -qq pip; \
	else echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" \
		"(for a Python from elsewhere: python3.X-venv)" >&2; exit 1; fi
	@$(INSTALL) --require-hashes -r requirements/newest.txt
	@touch $@

.venv/project: .venv/suite pyproject.toml payrix_sessions/version.py
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/tools: .venv/project requirements/tools.txt
	@echo "Adding the checkers to .venv, once ..."
	@$(INSTALL) --require-hashes -r requirements/tools.txt
	@touch $@
