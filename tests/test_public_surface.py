"""The public surface, pinned: a change here is a change for users."""

import inspect
import json
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import payrix_sessions
from payrix_sessions import ApiResponse, Client, Environment, SessionsController

ROOT = Path(payrix_sessions.__file__).parent.parent

PUBLIC = [
    "APIException",
    "ApiKeyCredentials",
    "ApiResponse",
    "ArgumentException",
    "Client",
    "Configuration",
    "ConfigurationException",
    "ConnectionException",
    "Details",
    "DetailsProperties",
    "Environment",
    "ErrorFourHundredException",
    "ErrorFourHundredProperties",
    "ErrorItem",
    "FrozenEnum",
    "HttpCallBack",
    "HttpRequest",
    "HttpResponse",
    "InactiveEnum",
    "MfaAuthenticatedEnum",
    "PasswordCredentials",
    "PayrixException",
    "ProxySettings",
    "Search",
    "SearchExpression",
    "SessionKeyCredentials",
    "SessionPostResponse",
    "SessionPublicEnum",
    "SessionResponse",
    "SessionsController",
    "SessionsPostRequest",
    "SessionsPostResponseItem",
    "SessionsPostResponseResult",
    "SessionsResponseItem",
    "SessionsResponseResult",
    "SsoEnum",
    "TimeoutException",
    "TokenEnum",
    "Totals",
    "TxnSessionKeyCredentials",
    "UsernameCredentials",
    "__version__",
    "new_request_token",
]

SIGNATURES = {
    "get_sessions_id": "(self, id, request_token=None, *, token=None, embed=None)",
    "delete_sessions_id": "(self, id, request_token=None, *, token=None)",
    "get_sessions": (
        "(self, request_token=None, search=None, totals=None, page_number=None, page_limit=None, "
        "*, token=None, embed=None)"
    ),
    "post_sessions": "(self, body, request_token=None, *, token=None)",
    "iter_sessions": ("(self, search=None, *, totals=None, page_limit=100, start_page=1, token=None, embed=None)"),
    "iter_session_pages": ("(self, search=None, *, totals=None, page_limit=100, start_page=1, token=None, embed=None)"),
    "temporary_session": "(self, body)",
}
RETURNED = {
    "get_sessions_id": "ApiResponse[SessionsResponseResult]",
    "delete_sessions_id": "ApiResponse[SessionsResponseResult]",
    "get_sessions": "ApiResponse[SessionsPostResponseResult]",
    "post_sessions": "ApiResponse[SessionsResponseResult]",
    "iter_sessions": "Iterator[SessionPostResponse]",
    "iter_session_pages": "Iterator[ApiResponse[SessionsPostResponseResult]]",
    "temporary_session": "Generator[SessionResponse]",
}
RESULT = {
    "attempts", "body", "errors", "headers", "is_duplicate", "is_error", "is_success", "raise_for_errors",
    "reason_phrase", "request", "request_id", "status_code", "text",
}  # fmt: skip


def test_all_is_sorted_and_pinned() -> None:
    assert payrix_sessions.__all__ == sorted(payrix_sessions.__all__)
    assert payrix_sessions.__all__ == PUBLIC


def test_all_names_everything_public_that_is_there() -> None:
    there = {
        name
        for name, value in vars(payrix_sessions).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert there | {"__version__"} == set(payrix_sessions.__all__)


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", payrix_sessions.__version__)


def bare(signature: inspect.Signature) -> str:
    """Write a signature without its annotations."""
    empty = inspect.Signature.empty
    parameters = [parameter.replace(annotation=empty) for parameter in signature.parameters.values()]
    return str(inspect.Signature(parameters))


@pytest.mark.parametrize("method", SIGNATURES)
def test_signatures_are_those_of_the_documentation(method: str) -> None:
    assert bare(inspect.signature(getattr(SessionsController, method))) == SIGNATURES[method]


@pytest.mark.parametrize("method", SIGNATURES)
def test_methods_are_annotated_with_what_they_return(method: str) -> None:
    annotation = inspect.signature(getattr(SessionsController, method)).return_annotation
    text = annotation if isinstance(annotation, str) else str(annotation)
    assert re.sub(r"[\w.]+\.", "", text) == RETURNED[method]


def test_the_controller_has_these_methods_and_no_more() -> None:
    public = {name for name in dir(SessionsController) if not name.startswith("_")}
    assert public == set(SIGNATURES)


def test_the_client_has_these_members_and_no_more() -> None:
    with Client() as client:
        public = {name for name in dir(client) if not name.startswith("_")}
    assert public == {"close", "config", "from_environment", "sessions", "with_options"}


def test_a_result_has_these_members_and_no_more() -> None:
    assert {name for name in dir(ApiResponse) if not name.startswith("_")} == RESULT


def test_environments_are_the_addresses_of_the_api() -> None:
    assert {member.name: member.value for member in Environment} == {
        "SANDBOX": "https://test-api.payrix.com",
        "PRODUCTION": "https://api.payrix.com",
        "CANADA_SANDBOX": "https://test-api.payrixcanada.com",
        "CANADA_PRODUCTION": "https://api.payrixcanada.com",
    }


def test_with_options_takes_the_options_of_the_client() -> None:
    client = set(inspect.signature(Client).parameters)
    variant = set(inspect.signature(Client.with_options).parameters) - {"self"}
    assert variant in (client, {"changes"})


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_everything_public_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(payrix_sessions, name))


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_nothing_public_inherits_from_the_runtime_underneath(name: str) -> None:
    public = getattr(payrix_sessions, name)
    bases: tuple[type[object], ...] = public.__mro__ if inspect.isclass(public) else ()
    for base in bases:
        assert base.__module__.split(".")[0] not in ("apimatic_core", "apimatic_core_interfaces", "requests")


def fresh_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_import_loads_nothing_of_the_sandbox_or_of_testing() -> None:
    loaded = set(json.loads(fresh_process("import payrix_sessions, sys, json; print(json.dumps(list(sys.modules)))")))
    unwanted = (
        "werkzeug",
        "pytest",
        "_pytest",
        "hypothesis",
        "responses",
        "sybil",
        "payrix_sessions.sandbox",
    )
    assert not [module for module in loaded for name in unwanted if module == name or module.startswith(name + ".")]
    assert "payrix_sessions.client" in loaded


def test_the_import_prints_nothing() -> None:
    assert fresh_process("import payrix_sessions") == ""


def test_a_star_import_gives_the_public_names() -> None:
    code = "from payrix_sessions import *; print(' '.join(sorted(n for n in dir() if not n.startswith('__'))))"
    assert fresh_process(code).split() == [name for name in PUBLIC if name != "__version__"]
