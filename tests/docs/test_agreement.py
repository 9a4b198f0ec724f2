"""The tables, signatures and drawings of the pages say what the code says: all of it, and nothing else."""

import ast
import dataclasses
import inspect
import re
from collections.abc import Sequence
from enum import Enum, IntEnum
from typing import Any

import pytest

import payrix_sessions
from payrix_sessions import (
    APIException,
    ApiResponse,
    Client,
    Configuration,
    ConnectionException,
    Environment,
    ErrorFourHundredException,
    HttpCallBack,
    HttpRequest,
    HttpResponse,
    PayrixException,
    ProxySettings,
    SessionsController,
    exceptions,
    models,
)
from payrix_sessions import client as client_module
from payrix_sessions.http import retry_policy
from payrix_sessions.http.retry_policy import RetryPolicy
from payrix_sessions.models.model import Model
from tests.docs import pages
from tests.docs.pages import code, codes, read, section, table

CLASSES: list[type[Any]] = [getattr(models, name) for name in models.__all__]
MODELS: list[type[Any]] = [each for each in CLASSES if issubclass(each, Model)]
ENUMS: list[type[IntEnum]] = [each for each in CLASSES if issubclass(each, IntEnum)]
METHODS = [name for name in vars(SessionsController) if not name.startswith("_")]
ALIASES = {"Timeout": ["float", "tuple[float | None, float | None]"]}

each_method = pytest.mark.parametrize("method", METHODS)


def page_of(thing: type) -> str:
    """Return the text of the page of a model or enum."""
    return read(f"models/{kebab(thing.__name__)}.md")


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def heading(method: str) -> str:
    return method.replace("_", " ").title()


def public(thing: type) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def alternatives(annotation: Any) -> list[str]:
    """Return what an annotation allows beside None, as a table lists it."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    parts: list[str] = []
    for part in text.split(" | "):
        if parts and parts[-1].count("[") > parts[-1].count("]"):
            parts[-1] += f" | {part}"  # a | within brackets
        else:
            parts.append(part)
    return [name for part in parts if part != "None" for name in ALIASES.get(part, [part])]


# The models


def test_every_model_and_enum_has_its_page_and_every_page_its_class() -> None:
    there = {page.stem for page in (pages.DOC / "models").glob("*.md")}
    expected = {kebab(each.__name__) for each in CLASSES} | {"error-four-hundred-exception", "README"}
    assert there == expected


@pytest.mark.parametrize("thing", [*CLASSES, ErrorFourHundredException])
def test_a_page_has_the_name_of_its_class(thing: type) -> None:
    assert pages.headings(page_of(thing))[0] == (1, thing.__name__)


@pytest.mark.parametrize("model", MODELS)
def test_the_fields_of_a_model_are_in_its_table(model: type[Any]) -> None:
    described = [
        (code(row["Name"]), code(row["On the wire"]), codes(row["Type"]))
        for row in table(page_of(model), "Name", "On the wire", "Type")
    ]
    assert described == [
        (field.name, field.metadata["name"], alternatives(field.type))
        for field in dataclasses.fields(model)
        if field.metadata
    ]


@pytest.mark.parametrize("model", MODELS)
def test_the_properties_of_a_model_are_in_its_table(model: type[Any]) -> None:
    own = inspect.getmembers(model, lambda member: isinstance(member, property))
    expected = {
        name: alternatives(member.fget.__annotations__["return"]) for name, member in own if not hasattr(Model, name)
    }
    found = [rows for rows in pages.tables(page_of(model)) if tuple(rows[0])[:2] == ("Name", "Type")]
    described = {code(row["Name"]): codes(row["Type"]) for rows in found for row in rows}
    assert described == expected


def test_what_all_models_share_is_in_its_table() -> None:
    rows = table(section(read("models/README.md"), "What all models share"), "Member")
    named = {re.split(r"\W", name)[0] for row in rows for name in codes(row["Member"])}
    assert public(Model) <= named
    signature = next(code(row["Member"]) for row in rows if "to_dictionary" in row["Member"])
    assert signature == f"to_dictionary{bare(Model.to_dictionary)}".replace("(self, ", "(")


@pytest.mark.parametrize("enum", ENUMS)
def test_the_members_of_an_enum_are_in_its_table(enum: type[IntEnum]) -> None:
    rows = table(section(page_of(enum), "Members"), "Name", "Value", "Meaning")
    assert [(code(row["Name"]), int(code(row["Value"]))) for row in rows] == [(m.name, m.value) for m in enum]
    assert all(row["Meaning"] for row in rows)


# The methods


def bare(function: Any) -> str:
    """Write a signature without its annotations."""
    parameters = inspect.signature(function).parameters.values()
    return str(inspect.Signature([parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]))


def part_of(method: str) -> str:
    return section(read("controllers/sessions.md"), heading(method))


def test_every_method_has_its_part_and_its_line_in_the_list() -> None:
    page = read("controllers/sessions.md")
    assert [code(row["Method"]) for row in table(page, "Method", "HTTP")] == METHODS
    assert [text for level, text in pages.headings(page) if level == 1] == ["Sessions", *map(heading, METHODS)]


@each_method
def test_the_signature_of_a_method_is_as_written(method: str) -> None:
    (block,) = [f.text for f in pages.fences(part_of(method)) if f.text.startswith(f"def {method}(")]
    (written,) = ast.parse(block).body
    assert isinstance(written, ast.FunctionDef)
    assert f"({ast.unparse(written.args)})" == bare(getattr(SessionsController, method))


@each_method
def test_the_parameters_of_a_method_are_in_its_table(method: str) -> None:
    signature = inspect.signature(getattr(SessionsController, method))
    described = [
        (code(row["Parameter"]), codes(row["Type"]), row["Tags"].endswith("Required"))
        for row in table(part_of(method), "Parameter", "Type", "Tags", "Description")
    ]
    assert described == [
        (name, alternatives(parameter.annotation), parameter.default is inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]


@each_method
def test_what_a_method_returns_is_as_written(method: str) -> None:
    returned = re.findall(r"\w+", str(inspect.signature(getattr(SessionsController, method)).return_annotation))
    written = codes(section(part_of(method), "Response Type"))
    assert set(returned) - {"Iterator", "Generator"} <= set(written)


def test_the_readme_has_the_four_methods_and_what_they_return() -> None:
    rows = table(section((pages.ROOT / "README.md").read_text("utf-8"), "The four methods"), "Method", "HTTP")
    described = {codes(row["Method"])[0]: code(row["`body` of the result"]) for row in rows}
    four = [method for method in METHODS if re.match("(get|delete|post)_", method)]
    assert set(described) == set(four)
    for method, body in described.items():
        assert body in str(inspect.signature(getattr(SessionsController, method)).return_annotation)


# The client


def options_in(text: str) -> dict[str, Any]:
    """Return the options of a table with their defaults, as values."""
    names = vars(payrix_sessions)
    return {
        name: value
        for row in table(text, "Option")
        for name, value in zip(
            codes(row["Option"]), [eval(default, dict(names)) for default in codes(row["Default"])], strict=True
        )
    }


def test_the_options_of_the_client_are_in_its_table() -> None:
    signature = inspect.signature(Client)
    text = section(read("client.md"), "Options")
    assert list(options_in(text).items()) == [(n, p.default) for n, p in signature.parameters.items()]
    types = [codes(row["Type"]) for row in table(text, "Option", "Type", "Default", "Description")]
    assert types == [alternatives(parameter.annotation) for parameter in signature.parameters.values()]


def test_the_options_in_the_readme_are_those_of_the_client() -> None:
    options = options_in(section((pages.ROOT / "README.md").read_text("utf-8"), "Options"))
    parameters = inspect.signature(Client).parameters
    assert options == {name: parameters[name].default for name in options}


def test_the_members_of_the_client_are_in_its_table() -> None:
    described = {re.split(r"\W", code(row["Member"]))[0] for row in table(read("client.md"), "Member", "Description")}
    assert described == public(Client)


def test_the_environments_are_in_their_table() -> None:
    rows = table(section(read("client.md"), "Environments"), "Member", "URL")
    assert {code(row["Member"]): code(row["URL"]) for row in rows} == {each.name: each.value for each in Environment}


def test_the_environment_variables_are_in_their_table() -> None:
    rows = table(section(read("client.md"), "From the environment"), "Variable", "Option")
    read_by_the_code = set(re.findall(r"PAYRIX_[A-Z_]*[A-Z]", inspect.getsource(client_module)))
    assert {code(row["Variable"]) for row in rows} == read_by_the_code
    assert {codes(row["Option"])[0] for row in rows} <= set(inspect.signature(Client).parameters)


def test_what_is_said_of_the_configuration_is_there() -> None:
    named = re.findall(r"`(\w+)\(\)`", section(read("client.md"), "Configuration"))
    assert set(named) == public(Configuration) - {field.name for field in dataclasses.fields(Configuration)}


def test_the_attributes_of_proxy_settings_are_in_their_table() -> None:
    rows = table(section(read("client.md"), "ProxySettings"), "Attribute", "Type", "Default")
    assert [(code(row["Attribute"]), codes(row["Type"]), codes(row["Default"])) for row in rows] == [
        (field.name, alternatives(field.type), [] if field.default is dataclasses.MISSING else [repr(field.default)])
        for field in dataclasses.fields(ProxySettings)
    ]


def test_the_methods_of_a_call_back_are_in_their_table() -> None:
    rows = table(section(read("client.md"), "HttpCallBack"), "Method", "Called")
    described = {code(row["Method"]) for row in rows}
    methods = [name for name in vars(HttpCallBack) if name.startswith("on_")]
    assert described == {f"{name}{bare(getattr(HttpCallBack, name))}".replace("(self, ", "(") for name in methods}


# The credentials


@pytest.mark.parametrize("page", ["api-key", "session-key", "txn-session-key", "username-password"])
def test_the_page_of_credentials_says_where_they_go(page: str) -> None:
    for row in table(read(f"auth/{page}.md"), "Class", "Argument", "Header"):
        kind = getattr(payrix_sessions, code(row["Class"]))
        (argument,) = inspect.signature(kind).parameters
        option, variable = code(row["Option of `Client`"]), code(row["Environment variable"])
        assert code(row["Argument"]) == argument
        assert code(row["Header"]) == kind("fake").header
        assert alternatives(inspect.signature(Client).parameters[option].annotation) == [kind.__name__]
        read_by = {code(row["Variable"]): codes(row["Option"])[0] for row in table(read("client.md"), "Variable")}
        assert read_by[variable] == option


# Results and exceptions


def described(text: str) -> dict[str, list[str]]:
    return {code(row["Attribute"]): codes(row["Type"]) for row in table(text, "Attribute", "Type", "Description")}


def test_the_members_of_a_response_are_in_their_tables() -> None:
    text = read("api-response.md").partition("## ")[0]
    methods = {code(row["Method"]).removesuffix("()") for row in table(text, "Method", "Description")}
    assert set(described(text)) | methods == public(ApiResponse)
    assert {name for name in methods if callable(getattr(ApiResponse, name))} == methods


@pytest.mark.parametrize("kind", [HttpRequest, HttpResponse])
def test_the_attributes_of_requests_and_responses_are_in_their_tables(kind: type[Any]) -> None:
    named = set(described(section(read("api-response.md"), kind.__name__)))
    assert named == public(kind) - {"reveal", "masked", "secrets"}


def an_answer(status: int) -> HttpResponse:
    return HttpResponse(status, "No", {}, "", HttpRequest("GET", "https://payrix.example", {}, None, "/sessions"))


@pytest.mark.parametrize(
    ("exception", "text"),
    [
        (APIException("no", an_answer(404)), section(read("errors.md"), "APIException")),
        (ErrorFourHundredException("no", an_answer(400)), read("models/error-four-hundred-exception.md")),
        (ConnectionException("no"), section(read("errors.md"), "ConnectionException")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_attributes_of_an_exception_are_in_its_table(exception: PayrixException, text: str) -> None:
    assert set(described(text)) == set(vars(exception))


def tree_in_the_docs() -> list[str]:
    (tree,) = [f.text for f in pages.fences(read("errors.md")) if f.text.startswith("PayrixException")]
    return tree.splitlines()


def test_the_tree_of_exceptions_is_that_of_the_module() -> None:
    drawn = (exceptions.__doc__ or "").strip().splitlines()
    assert tree_in_the_docs() == drawn[drawn.index(tree_in_the_docs()[0]) :]


def test_the_tree_of_exceptions_is_that_of_the_classes() -> None:
    drawn: dict[str, set[str]] = {}
    above: list[str] = []
    for line in tree_in_the_docs():
        mark = re.fullmatch(r"([│├└─ ]*)(\w+) +(?:\(also (\w+)\))?.*", line)
        assert mark, line
        depth = len(mark[1]) // 4
        above[depth:] = [mark[2]]
        drawn[mark[2]] = {name for name in (above[depth - 1] if depth else "Exception", mark[3]) if name}
    classes = [getattr(exceptions, name) for name in exceptions.__all__]
    assert drawn == {each.__name__: {base.__name__ for base in each.__bases__} for each in classes}


def test_every_exception_has_its_line_on_what_to_do() -> None:
    named = {code(row["Raised"]) for row in table(read("errors.md"), "Raised")}
    assert named == set(exceptions.__all__) - {"PayrixException"}


@pytest.mark.parametrize("severity", [0, 1, 2, 3, 4, None, 5, "0", "1", "2"], ids=repr)
def test_severities_count_as_their_table_says(severity: Any) -> None:
    rows = table(section(read("errors.md"), "Severity"), "Severity", "Makes a 200 an error")
    said = {row["Severity"]: row["Makes a 200 an error"] for row in rows}
    expected = said.get(str(severity), said["missing, or anything else"])
    assert expected == ("no" if models.ErrorItem(severity=severity).is_informative else "yes")


# Retries

DEFAULTS = Configuration()
POLICY = RetryPolicy(2, 0.5, frozenset(DEFAULTS.retry_statuses), frozenset(DEFAULTS.retry_methods))
CAUSES: dict[str, Sequence[ConnectionException | int | str]] = {
    "a connection that was never made": [ConnectionException("", may_have_been_sent=False)],
    "none of the": [ConnectionException("", may_have_been_sent=False)],
    "a certificate": [ConnectionException("", may_have_been_sent=False, is_permanent=True)],
    "a connection reset": [ConnectionException("")],
    "no complete answer": [ConnectionException("")],
    "HTTP": list(POLICY.statuses),
    "the API's rate limit": [f'{{"errors": [{{"errorCode": "{retry_policy.RATE_LIMIT_ERROR}"}}]}}'],
    "any other status": sorted({*range(300, 600)} - POLICY.statuses),
    "any other error": ['{"errors": [{"errorCode": "no_such_record"}]}'],
    "a 200 that is no Payrix answer": ["<html>", ""],
}
COLUMNS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "GET": [("GET", {}), ("GET", {"request-token": "x"})],
    "POST or DELETE with a request token": [("POST", {"request-token": "x"}), ("DELETE", {"request-token": "x"})],
    "POST or DELETE without": [("POST", {}), ("DELETE", {})],
}


def repeated(cause: ConnectionException | int | str, request: HttpRequest) -> bool:
    if isinstance(cause, ConnectionException):
        return POLICY.repeats_failure(request, cause)
    status, text = (cause, "") if isinstance(cause, int) else (200, cause)
    return POLICY.repeats_answer(request, HttpResponse(status, "", {}, text, request))


def test_the_table_of_retries_says_what_is_repeated() -> None:
    rows = table(section(read("retries-and-timeouts.md"), "What is repeated"), "After", *COLUMNS)
    assert len(rows) == len(CAUSES)
    for row, (start, causes) in zip(rows, CAUSES.items(), strict=True):
        assert row["After"].startswith(start)
        for column, requests in COLUMNS.items():
            outcomes = {
                repeated(cause, HttpRequest(method, "", dict(headers), None, ""))
                for cause in causes
                for method, headers in requests
            }
            assert outcomes == {row[column] == "yes"}, (row["After"], column)


def test_the_statuses_and_times_of_retries_are_those_of_the_code() -> None:
    text = read("retries-and-timeouts.md")
    statuses = next(row["After"] for row in table(text, "After", "GET") if row["After"].startswith("HTTP"))
    assert [int(status) for status in re.findall(r"\d+", statuses)] == list(DEFAULTS.retry_statuses)
    waits = "\n".join(" ".join(row.values()) for row in table(section(text, "Waits"), "After", "Wait in seconds"))
    assert f"but {retry_policy.LONGEST_BACKOFF:g} at most" in waits
    assert f"{retry_policy.RATE_LIMIT_BLOCK:g} and a random part of 1" in waits
    assert f"from 0 to {retry_policy.LONGEST_RETRY_AFTER:g}" in waits
    assert retry_policy.RATE_LIMIT_ERROR in waits


# Everything


def test_every_public_name_is_written_about() -> None:
    text = "\n".join(read(page) for page in pages.PAGES)
    missing = [name for name in payrix_sessions.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == ["__version__"]


def test_no_enum_but_those_of_the_models_and_the_environment_is_public() -> None:
    found = [value for value in vars(payrix_sessions).values() if isinstance(value, type) and issubclass(value, Enum)]
    assert set(found) == {*ENUMS, Environment}
