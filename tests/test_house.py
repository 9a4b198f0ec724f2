"""The house: what stands on which floor, that no import runs back up, and what `import payrix_sessions` loads."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import payrix_sessions
from tests.benchmarks.imports import fresh_import

ROOT = Path(payrix_sessions.__file__).parent
PACKAGE = "payrix_sessions"

# From the ground up: packages and modules, relative to the package. One may import from its own floor and from below.
FLOORS = (
    ("version", "_json_types"), ("_redaction", "_exceptions", "_timestamps"), ("_jsonpickle",), ("models",),
    ("_envelope", "_arguments"), ("request_tokens", "search"), ("http",), ("configuration", "exceptions"),
    ("api_response", "_transport"), ("_core",), ("controllers",), ("client",), ("", "__main__"),
)  # fmt: skip
FILES = {path.relative_to(ROOT).with_suffix("").as_posix(): path for path in ROOT.rglob("*.py")}
SOURCES = {
    name.replace("/", ".").removesuffix("__init__").rstrip("."): ast.parse(path.read_text("utf-8"))
    for name, path in FILES.items()
}
# The sandbox and the demo stand beside the house, on no floor: they may import it, it never imports them.
MODULES = [module for module in SOURCES if module.split(".")[0] not in ("sandbox", "demo")]


def imported(tree: ast.AST) -> Iterator[str]:
    """Give the absolute names of the modules that are imported anywhere within a piece of source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule.removeprefix(f"{PACKAGE}.") in SOURCES else node.module


LEVELS = {name: number for number, names in enumerate(FLOORS) for name in names}
IMPORTS = {module: set(imported(tree)) for module, tree in SOURCES.items()}
GRAPH = {
    module: {name[len(PACKAGE) + 1 :] for name in names if name.split(".")[0] == PACKAGE}
    for module, names in IMPORTS.items()
}


def test_no_import_runs_back_up_or_in_a_circle() -> None:
    floors = {module: LEVELS[module.split(".")[0]] for module in MODULES}
    assert set(LEVELS) == {module.split(".")[0] for module in MODULES}
    # What stands beside the house is on no floor.
    upward = [(module, other) for module in MODULES for other in GRAPH[module] if floors[other] > floors[module]]
    assert upward == []
    assert set(TopologicalSorter(GRAPH).static_order()) == set(SOURCES)  # a CycleError would name the circle


def test_each_library_underneath_is_known_in_one_place() -> None:
    rows = [("_core", "apimatic_core"), ("_core", "apimatic_core_interfaces"), ("_transport", "urllib3")]
    for place, library in [*rows, ("_jsonpickle", "jsonpickle")]:
        knowing = {module for module in MODULES if library in {name.split(".")[0] for name in IMPORTS[module]}}
        assert {module.split(".")[0] for module in knowing} == {place}


# Beyond those of requests, as users meet it: PyYAML, which jsonpickle would load, comes with tools for tests alone.
# Python 3.10 loads four more than later ones, for the core's sake.
CEILING = 155


def test_the_import_loads_little_beyond_requests_and_nothing_but_itself_beyond_requests_and_the_core() -> None:
    loaded = fresh_import("payrix_sessions", hidden=("yaml",)).modules
    beyond_requests = loaded - fresh_import("requests").modules
    assert len(beyond_requests) <= CEILING, sorted(beyond_requests)
    core = (name for name in beyond_requests if name.startswith("apimatic_core"))
    beyond = beyond_requests - fresh_import(*sorted(core), hidden=("yaml",)).modules
    foreign = [name for name in beyond if name.split(".")[0] != "payrix_sessions"]
    assert {name.split(".")[0] for name in foreign} <= sys.stdlib_module_names
    assert len(foreign) <= 5, sorted(foreign)
    assert not [name for name in loaded if name.startswith(("payrix_sessions.sandbox", "payrix_sessions.demo"))]
