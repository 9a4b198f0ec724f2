"""The public surface, and the command `python -m payrix_sessions`.

The pages of doc/, which are checked, have more of it written out: the signatures, the options with their defaults, the
environments, the members of results and exceptions, the models and enums.
"""

import inspect
import re
import subprocess
import sys
import types
import typing
from typing import Any

import pytest

import payrix_sessions.exceptions
from payrix_sessions import Client, SessionsController
from payrix_sessions.configuration import OPTIONS, ClientOptions
from payrix_sessions.models.model import Model

PUBLIC = payrix_sessions.__all__
METHODS = (
    "delete_sessions_id get_sessions get_sessions_id iter_session_pages iter_sessions post_sessions temporary_session"
)
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


def test_the_names_are_sorted_and_all_that_is_there() -> None:
    there = {
        name
        for name, value in vars(payrix_sessions).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted(there | {"__version__"}) == PUBLIC
    for kind, members in (
        (SessionsController, METHODS),
        (Client, "close config from_environment sessions with_options"),
    ):
        assert [name for name in dir(kind) if not name.startswith("_")] == members.split()


def test_the_tree_of_exceptions_is_drawn_at_the_top_of_its_module() -> None:
    found = [kind for kind in CLASSES if issubclass(kind, BaseException)]
    assert {kind.__name__: " ".join(base.__name__ for base in kind.__bases__) for kind in found} == TREE
    assert [name for name in TREE if name not in (payrix_sessions.exceptions.__doc__ or "")] == ["SearchWarning"]


def test_the_client_shows_its_options_and_their_defaults() -> None:
    parameters = inspect.signature(Client).parameters
    assert tuple(parameters) == OPTIONS == tuple(typing.get_type_hints(ClientOptions))
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["timeout"].default == 60.0


def test_public_classes_are_named_by_where_they_are_imported_from_and_inherit_nothing_from_below() -> None:
    for kind in CLASSES:
        assert kind.__module__ == "payrix_sessions"
        assert kind.__doc__
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


@pytest.mark.parametrize(
    ("option", "told"),
    [("--version", rf"payrix-sessions {re.escape(payrix_sessions.__version__)}\n"), (None, r"usage: .*--version.*")],
)
def test_the_command_tells_the_version_or_how_it_is_used_and_warns_of_nothing(option: str | None, told: str) -> None:
    command = [sys.executable, "-W", "error", "-m", "payrix_sessions", *([option] if option else [])]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.fullmatch(told, ran.stdout, re.DOTALL)
    assert ran.stderr == ""
