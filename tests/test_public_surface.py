"""The public surface, pinned: a change here is a change for users."""

import inspect
import json
import re
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import payrix_sessions
from payrix_sessions import APIException, ApiResponse, Client, Configuration, Environment, SessionsController
from payrix_sessions.configuration import OPTIONS, ClientOptions

ROOT = Path(payrix_sessions.__file__).parent.parent

PUBLIC = [
    "APIException", "ApiKeyCredentials", "ApiResponse", "ArgumentException", "Client", "Configuration",
    "ConfigurationException", "ConnectionException", "Details", "DetailsProperties", "Environment",
    "ErrorFourHundredException", "ErrorFourHundredProperties", "ErrorItem", "FrozenEnum", "HttpCallBack",
    "HttpRequest", "HttpResponse", "InactiveEnum", "LoginsResponse", "MfaAuthenticatedEnum", "PasswordCredentials",
    "PayrixException", "ProxySettings", "Search", "SearchExpression", "SearchWarning", "SessionKeyCredentials",
    "SessionPostResponse", "SessionPublicEnum", "SessionResponse", "SessionsController", "SessionsPostRequest",
    "SessionsPostRequestDict", "SessionsPostResponseItem", "SessionsPostResponseResult", "SessionsResponseItem",
    "SessionsResponseResult", "SsoEnum", "TimeoutException", "TokenEnum", "Totals", "TxnSessionKeyCredentials",
    "UsernameCredentials", "__version__", "new_request_token",
]  # fmt: skip

SIGNATURES = {
    "get_sessions_id": (
        "(self, id, request_token=None, *, token=None, embed=None) -> ApiResponse[SessionsResponseResult]"
    ),
    "delete_sessions_id": "(self, id, request_token=None, *, token=None) -> ApiResponse[SessionsResponseResult]",
    "get_sessions": (
        "(self, request_token=None, search=None, totals=None, page_number=None, page_limit=None, "
        "*, token=None, embed=None) -> ApiResponse[SessionsPostResponseResult]"
    ),
    "post_sessions": "(self, body, request_token=None, *, token=None) -> ApiResponse[SessionsResponseResult]",
    "iter_sessions": (
        "(self, search=None, *, totals=None, page_limit=100, start_page=1, token=None, embed=None) "
        "-> Iterator[SessionPostResponse]"
    ),
    "iter_session_pages": (
        "(self, search=None, *, totals=None, page_limit=100, start_page=1, token=None, embed=None) "
        "-> Iterator[ApiResponse[SessionsPostResponseResult]]"
    ),
    "temporary_session": "(self, body, request_token=None, *, token=None) -> Generator[SessionResponse]",
}
MEMBERS: dict[type[Any], set[str]] = {
    SessionsController: set(SIGNATURES),
    Client: {"close", "config", "from_environment", "sessions", "with_options"},
    ApiResponse: {
        "attempts", "body", "details", "errors", "has", "headers", "is_duplicate", "is_error", "is_success", "of",
        "one", "raise_for_errors", "reason_phrase", "request", "request_id", "status_code", "text", "totals",
    },
    APIException: {"add_note", "args", "has", "of", "with_traceback"},
    Configuration: {"get_base_uri", *OPTIONS},
}  # fmt: skip


def test_the_names_are_pinned_and_sorted_and_all_that_is_there() -> None:
    assert payrix_sessions.__all__ == sorted(PUBLIC)
    there = {
        name
        for name, value in vars(payrix_sessions).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert there | {"__version__"} == set(PUBLIC)
    assert re.fullmatch(r"\d+\.\d+\.\d+", payrix_sessions.__version__)


def test_signatures_are_those_of_the_documentation() -> None:
    for method, expected in SIGNATURES.items():
        signature = inspect.signature(getattr(SessionsController, method))
        empty = inspect.Signature.empty
        bare = [parameter.replace(annotation=empty) for parameter in signature.parameters.values()]
        returned = signature.return_annotation
        text = returned if isinstance(returned, str) else str(returned)
        assert f"{inspect.Signature(bare)} -> {re.sub(r'[a-z_.]+[.]', '', text)}" == expected


def test_public_classes_have_these_members_and_no_more() -> None:
    for kind, members in MEMBERS.items():
        found = {name for name in dir(kind) if not name.startswith("_")}
        assert found - members == set()
        assert members - found <= {"add_note"}  # since Python 3.11


def test_the_client_shows_its_options_and_their_defaults() -> None:
    parameters = inspect.signature(Client).parameters
    assert tuple(parameters) == OPTIONS == tuple(typing.get_type_hints(ClientOptions))
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["timeout"].default == 60.0
    for option in OPTIONS:
        assert f"        {option}: " in (inspect.getdoc(Configuration) or "").replace("\n    ", "\n        ")


def test_environments_are_the_addresses_of_the_api() -> None:
    assert {member.name: member.value for member in Environment} == {
        "SANDBOX": "https://test-api.payrix.com",
        "PRODUCTION": "https://api.payrix.com",
        "CANADA_SANDBOX": "https://test-api.payrixcanada.com",
        "CANADA_PRODUCTION": "https://api.payrixcanada.com",
    }


def public_classes() -> Iterator[type[Any]]:
    for name in PUBLIC:
        value = getattr(payrix_sessions, name)
        if inspect.isclass(value):
            yield value


def test_public_classes_are_named_by_where_they_are_imported_from_and_inherit_nothing_from_below() -> None:
    for kind in public_classes():
        assert kind.__module__ == "payrix_sessions"
        for base in kind.__mro__:
            assert base.__module__.split(".")[0] not in ("apimatic_core", "apimatic_core_interfaces", "requests")


def hinted() -> dict[str, Callable[..., Any]]:
    """Return everything public that has hints: classes, their methods and properties, and functions."""
    found: dict[str, Any] = {name: getattr(payrix_sessions, name) for name in PUBLIC if name != "__version__"}
    for kind in public_classes():
        for name, value in vars(kind).items():
            bare = value.fget if isinstance(value, property) else getattr(value, "func", inspect.unwrap(value))
            function = getattr(bare, "__func__", bare)
            if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
                found[f"{kind.__name__}.{name}"] = function
    return found


def test_hints_evaluate_so_that_frameworks_can_read_them() -> None:
    for name, value in hinted().items():
        hints = typing.get_type_hints(value)
        assert "." not in name or "return" in hints or name.endswith("__init__"), f"{name} returns something unsaid"
    for name in ("__init__", "__enter__", "__exit__", "from_environment", "with_options"):
        assert typing.get_type_hints(getattr(Client, name))


def fresh_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_import_loads_nothing_of_the_sandbox_or_of_testing_and_prints_nothing() -> None:
    loaded = json.loads(fresh_process("import payrix_sessions, sys, json; print(json.dumps(list(sys.modules)))"))
    unwanted = {"werkzeug", "pytest", "_pytest", "hypothesis", "responses", "sybil", "tests"}
    assert {module.split(".")[0] for module in loaded} & unwanted == set()
    assert "payrix_sessions.client" in loaded
    assert "payrix_sessions.sandbox" not in loaded


def test_a_star_import_gives_the_public_names() -> None:
    code = "from payrix_sessions import *; print(' '.join(sorted(n for n in dir() if not n.startswith('__'))))"
    assert fresh_process(code).split() == [name for name in PUBLIC if name != "__version__"]
