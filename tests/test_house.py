"""The house: what it shows to the outside, what stands on which floor, and what `import payrix_sessions` loads.

The pages of doc/, which are checked, have more of it written out: the signatures, the options with their defaults, the
environments, the members of results and exceptions, the models and enums.
"""

import ast
import inspect
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import payrix_sessions.exceptions
from payrix_sessions import Client, SessionsController
from payrix_sessions.configuration import OPTIONS, ClientOptions
from payrix_sessions.models.model import Model
from payrix_sessions.sandbox import Fault, Sandbox
from tests import fixtures
from tests.benchmarks.imports import fresh_import

PUBLIC = payrix_sessions.__all__
LISTING = "get_sessions get_sessions_id iter_session_pages iter_sessions"
MEMBERS: dict[type[Any], str] = {
    SessionsController: f"delete_sessions_id {LISTING} post_sessions temporary_session",
    Client: "close config from_environment sessions with_options",
}
TREE = {
    "PayrixException": "Exception",
    "ConfigurationException": "PayrixException ValueError",
    "ArgumentException": "PayrixException ValueError",
    "ConnectionException": "PayrixException",
    "TimeoutException": "ConnectionException TimeoutError",
    "APIException": "PayrixException",
    "ErrorFourHundredException": "APIException",
    "SearchWarning": "ArgumentException UserWarning",
}
CLASSES: list[type[Any]] = [value for name in PUBLIC if inspect.isclass(value := getattr(payrix_sessions, name))]


def test_the_names_are_sorted_and_all_that_is_there_and_the_client_shows_its_options() -> None:
    there = {
        name
        for name, value in vars(payrix_sessions).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted(there | {"__version__"}) == PUBLIC
    for kind, members in MEMBERS.items():
        assert [name for name in dir(kind) if not name.startswith("_")] == members.split()
    parameters = inspect.signature(Client).parameters
    assert tuple(parameters) == OPTIONS == tuple(typing.get_type_hints(ClientOptions))
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["timeout"].default == 60.0


def test_the_tree_of_exceptions_is_drawn_at_the_top_of_its_module() -> None:
    found = [kind for kind in CLASSES if issubclass(kind, BaseException)]
    assert {kind.__name__: " ".join(base.__name__ for base in kind.__bases__) for kind in found} == TREE
    assert [name for name in TREE if name not in (payrix_sessions.exceptions.__doc__ or "")] == ["SearchWarning"]


def test_public_classes_are_named_by_where_they_are_imported_from_and_inherit_nothing_from_below() -> None:
    for kind in CLASSES:
        assert kind.__module__ == "payrix_sessions"
        bases = {base.__module__.split(".")[0] for base in kind.__mro__}
        assert not bases & {"apimatic_core", "apimatic_core_interfaces", "requests"}


def test_hints_evaluate_so_that_frameworks_can_read_them() -> None:
    typing.get_type_hints(payrix_sessions.new_request_token)
    for kind in (*CLASSES, Model):
        typing.get_type_hints(kind)
        for name, value in vars(kind).items():
            bare = value.fget if isinstance(value, property) else getattr(value, "func", inspect.unwrap(value))
            function = getattr(bare, "__func__", bare)
            is_public = not name.startswith("_") or name in ("__init__", "__enter__", "__exit__")
            if is_public and inspect.isfunction(function):
                assert "return" in typing.get_type_hints(function) or name == "__init__", name


@pytest.mark.parametrize("example", ["delete_sessions_id", "get_sessions", "get_sessions_id", "post_sessions"])
def test_an_example_of_the_api_runs_as_it_is_and_prints_what_came(
    example: str, sandbox: Sandbox, in_sandbox: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (fixtures.FOLDER / f"examples/{example}.txt").read_text("utf-8")
    # The imports and the set-up that its page takes for granted.
    names: dict[str, Any] = {"sessions_controller": in_sandbox, **vars(payrix_sessions)}
    exec(source, names)
    assert names["result"].is_success()
    assert capsys.readouterr().out == f"{names['result'].body}\n"
    assert sandbox.requests[-1].headers["request-token"] == "20250423-yourmerchant-refunds-001"
    sandbox.faults.add(Fault(body=fixtures.load("two_field_errors")))  # errors inside a 200
    exec(source, names)
    assert capsys.readouterr().out == f"{names['result'].errors}\n"
    assert len(names["result"].errors) == 2


def test_the_command_tells_the_version_or_how_it_is_used_and_warns_of_nothing() -> None:
    version = rf"payrix-sessions {re.escape(payrix_sessions.__version__)}\n"
    # With -OO, too, which takes docstrings away.
    for flags, arguments, told in (("-OO", ["--version"], version), ("-O", [], r"usage: .*--version.*")):
        command = [sys.executable, flags, "-W", "error", "-m", "payrix_sessions", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert re.fullmatch(told, ran.stdout, re.DOTALL)
        assert ran.stderr == ""


# Floors

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


def test_no_import_runs_back_up_or_in_a_circle_and_each_library_is_known_in_one_place() -> None:
    imports = {module: set(imported(tree)) for module, tree in SOURCES.items()}
    graph = {
        module: {name[len(PACKAGE) + 1 :] for name in names if name.split(".")[0] == PACKAGE}
        for module, names in imports.items()
    }
    levels = {name: number for number, names in enumerate(FLOORS) for name in names}
    floors = {module: levels[module.split(".")[0]] for module in MODULES}
    assert set(levels) == {module.split(".")[0] for module in MODULES}
    # What stands beside the house is on no floor.
    upward = [(module, other) for module in MODULES for other in graph[module] if floors[other] > floors[module]]
    assert upward == []
    assert set(TopologicalSorter(graph).static_order()) == set(SOURCES)  # a CycleError would name the circle
    rows = [("_core", "apimatic_core"), ("_core", "apimatic_core_interfaces"), ("_transport", "urllib3")]
    for place, library in [*rows, ("_jsonpickle", "jsonpickle")]:
        knowing = {module for module in MODULES if library in {name.split(".")[0] for name in imports[module]}}
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
