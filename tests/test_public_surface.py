"""The public surface, pinned: a change here is a change for users."""

import inspect
import re
import types
import typing
from typing import Any

import payrix_sessions.exceptions
from payrix_sessions import APIException, ApiResponse, Client, Configuration, Environment, SessionsController
from payrix_sessions.configuration import OPTIONS, ClientOptions
from payrix_sessions.models.model import Model

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

EACH_PAGE = "(self, search=None, *, totals=None, page_limit=100, start_page=1, token=None, embed=None)"
SIGNATURES = {
    "get_sessions_id": "(self, id, request_token=None, *, token=None, embed=None)",
    "delete_sessions_id": "(self, id, request_token=None, *, token=None)",
    "get_sessions": "(self, request_token=None, search=None, totals=None, page_number=None, page_limit=None, "
    "*, token=None, embed=None)",
    "post_sessions": "(self, body, request_token=None, *, token=None)",
    "iter_sessions": EACH_PAGE,
    "iter_session_pages": EACH_PAGE,
    "temporary_session": "(self, body, request_token=None, *, token=None)",
}
MEMBERS: dict[type[Any], set[str]] = {
    SessionsController: set(SIGNATURES),
    Client: {"close", "config", "from_environment", "sessions", "with_options"},
    ApiResponse: {
        "attempts", "body", "details", "errors", "has", "headers", "is_duplicate", "is_error", "is_success", "of",
        "one", "raise_for_errors", "reason_phrase", "request", "request_id", "status_code", "text", "totals",
    },
    APIException: {"args", "has", "of", "with_traceback"},
    Configuration: {"get_base_uri", *OPTIONS},
}  # fmt: skip


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


def test_the_names_are_pinned_and_sorted_and_all_that_is_there() -> None:
    assert payrix_sessions.__all__ == sorted(PUBLIC)
    there = {
        name
        for name, value in vars(payrix_sessions).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert there | {"__version__"} == set(PUBLIC)
    assert re.fullmatch(r"\d+\.\d+\.\d+", payrix_sessions.__version__)


def test_signatures_are_those_of_the_documentation() -> None:  # tests/typing has what they return
    for method, expected in SIGNATURES.items():
        parameters = inspect.signature(getattr(SessionsController, method)).parameters.values()
        bare = [parameter.replace(annotation=inspect.Signature.empty) for parameter in parameters]
        assert str(inspect.Signature(bare)) == expected


def test_public_classes_have_these_members_and_no_more() -> None:
    for kind, members in MEMBERS.items():
        found = {name for name in dir(kind) if not name.startswith("_")}
        assert found - {"add_note"} == members  # of exceptions, since Python 3.11


def test_the_tree_of_exceptions_is_drawn_at_the_top_of_its_module() -> None:
    found = [kind for kind in CLASSES if issubclass(kind, BaseException)]
    assert {kind.__name__: " ".join(base.__name__ for base in kind.__bases__) for kind in found} == TREE
    assert [name for name in TREE if name not in (payrix_sessions.exceptions.__doc__ or "")] == ["SearchWarning"]


def test_the_client_shows_its_options_and_their_defaults() -> None:
    parameters = inspect.signature(Client).parameters
    assert tuple(parameters) == OPTIONS == tuple(typing.get_type_hints(ClientOptions))
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["timeout"].default == 60.0
    documented = re.findall(r"^ +(\w+): ", Configuration.__doc__ or "", re.MULTILINE)
    assert set(OPTIONS) <= set(documented)


def test_environments_are_the_addresses_of_the_api() -> None:
    assert {member.name: member.value for member in Environment} == {
        "SANDBOX": "https://test-api.payrix.com",
        "PRODUCTION": "https://api.payrix.com",
        "CANADA_SANDBOX": "https://test-api.payrixcanada.com",
        "CANADA_PRODUCTION": "https://api.payrixcanada.com",
    }


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
