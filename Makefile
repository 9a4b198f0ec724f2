# Everything runs in .venv, which the first command makes. `make PYTHON=/path/to/python` chooses another Python.

PYTHON ?= $(shell for python in .venv/bin/python python3 python3.15 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo "$$python" && break; done)
RUN := .venv/bin/python -m
DEMO := .venv/bin/python -m payrix_sessions.demo
# Pyright need not look for a newer version of itself: ours is pinned.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check docs bench dist matrix clean with-demo with-test with-tools

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

demo: with-demo  ## create, get, list and delete a session, in front of you (REAL=1: at the real API)
	@PYTHONPATH=. $(DEMO) $(if $(REAL),--real)

test: with-test  ## run the whole suite on all cores; fails when a branch is not taken
	@$(RUN) pytest -q --numprocesses auto --dist loadfile --cov

check: with-tools  ## lint, formatting and types
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) pyright
	$(RUN) tests.docs.types
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(RUN) pyright --verifytypes payrix_sessions --ignoreexternal

docs: with-test  ## write the parts of doc/ that are made from the code
	@$(RUN) tests.docs.generate

bench: with-test  ## measure the client beside requests, urllib3 and http.client
	@$(RUN) tests.benchmarks

dist: with-test  ## build the sdist and the wheel into dist/
	rm -rf dist
	$(RUN) hatchling build

matrix: with-tools  ## run the suite on each Python here, with the lowest and the newest dependencies
	$(RUN) nox

clean:  ## remove everything that these commands made
	rm -rf .venv .nox dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What .venv has to hold; each adds to the one before, and finds in an instant that nothing is missing.
with-demo: NAMES := demo
with-test: NAMES := demo test project
with-tools: NAMES := demo test project tools
with-demo with-test with-tools:
	@test -n "$(PYTHON)" || { echo "No Python 3.10 or newer found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "$(PYTHON) is no Python 3.10 or newer; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" requirements/set_up.py --in .venv $(NAMES)
