"""The house: what stands on which floor, and that no import runs back up."""

import ast
import inspect
from collections.abc import Iterator
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import payrix_sessions

ROOT = Path(payrix_sessions.__file__).parent
PACKAGE = "payrix_sessions"

# From the ground up: packages and modules, relative to the package. One may import from its own floor and from below.
FLOORS = (
    ("version", "_json_types"), ("_redaction", "_exceptions", "_timestamps"), ("_jsonpickle",), ("models",),
    ("_envelope", "_arguments"), ("request_tokens", "search"), ("http",), ("configuration", "exceptions"),
    ("api_response", "_transport"), ("_core",), ("controllers",), ("client",), ("", "__main__"),
)  # fmt: skip
# Imports within functions, each with the harm that an import at the top would do.
LAZY = {
    ("_arguments", "difflib"): "slow to import, and needed for mistakes alone",
    ("_timestamps", "zoneinfo"): "slow to import, and most callers never ask for a datetime",
    ("_redaction", "html"): "keys are nearly always letters and digits, which need no escaping",
    ("_redaction", "urllib.parse"): "keys are nearly always letters and digits, which need no escaping",
}
EVERYTHING = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix("__init__").rstrip(".")
    for path in ROOT.rglob("*.py")
)
# The sandbox and the demo stand beside the house: they may import it, it never imports them.
BESIDE = ("sandbox", "demo")
MODULES = [module for module in EVERYTHING if module.split(".")[0] not in BESIDE]


def source(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split(".")) if module else ROOT
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


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
                yield submodule if submodule.removeprefix(f"{PACKAGE}.") in EVERYTHING else node.module


def own(names: Iterator[str]) -> set[str]:
    """Keep what belongs to the package, relative to it."""
    return {
        name.removeprefix(PACKAGE).removeprefix(".")
        for name in names
        if name == PACKAGE or name.startswith(PACKAGE + ".")
    }


def floor(module: str) -> int:
    places = [
        number
        for number, names in enumerate(FLOORS)
        for name in names
        if module == name or (name and module.startswith(f"{name}."))
    ]
    assert len(places) == 1, f"{module} has no floor"
    return places[0]


GRAPH = {module: own(imported(source(module))) for module in EVERYTHING}


def test_no_import_runs_back_up() -> None:
    upward = [f"{module} -> {other}" for module in MODULES for other in GRAPH[module] if floor(other) > floor(module)]
    assert upward == []


def test_no_imports_run_in_a_circle() -> None:
    # A CycleError would name the circle.
    order = list(TopologicalSorter(GRAPH).static_order())
    assert set(order) == set(EVERYTHING)


def test_the_floors_hold_nothing_that_is_gone() -> None:
    gone = [name for names in FLOORS for name in names if not any((m + ".").startswith(name) for m in MODULES)]
    assert gone == []


def test_imports_within_functions_are_those_that_have_a_reason() -> None:
    lazy = {
        (module, name)
        for module in MODULES
        for function in ast.walk(source(module))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for name in imported(function)
    }
    assert lazy == set(LAZY), "move them to the top, or say here why not"


def test_the_package_never_imports_what_stands_beside_it() -> None:
    assert [module for module in MODULES if any(name.split(".")[0] in BESIDE for name in GRAPH[module])] == []


def test_each_library_underneath_is_known_in_one_place() -> None:
    knowing: dict[str, set[str]] = {}
    for module in MODULES:
        for name in imported(source(module)):
            knowing.setdefault(name.split(".")[0], set()).add(module.split(".")[0])
    assert knowing["apimatic_core"] | knowing["apimatic_core_interfaces"] == {"_core"}
    assert knowing["urllib3"] == {"_transport"}
    assert knowing["jsonpickle"] == {"_jsonpickle"}


def test_every_module_and_every_public_name_says_what_it_is() -> None:
    silent: list[str] = []
    for module in MODULES:
        tree = source(module)
        if not ast.get_docstring(tree):
            silent.append(module)
        if not any(part.startswith("_") for part in module.split(".")):
            silent += [
                f"{module}.{node.name}"
                for node in tree.body
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
                if not ast.get_docstring(node)
            ]
    assert silent == []


def test_every_public_member_of_a_public_class_says_what_it_is() -> None:
    classes = [value for name in payrix_sessions.__all__ if inspect.isclass(value := getattr(payrix_sessions, name))]
    kinds: Any = (property, classmethod, staticmethod, cached_property)
    silent = [
        f"{public.__name__}.{name}"
        for public in classes
        for name, value in vars(public).items()
        if not name.startswith("_")
        if inspect.isfunction(value) or isinstance(value, kinds)
        if not inspect.getdoc(value)
    ]
    assert silent == []
