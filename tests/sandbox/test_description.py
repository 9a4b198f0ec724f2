"""The OpenAPI description, the sandbox and the models of the SDK agree."""

# schemathesis leaves some of its types open:
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUntypedFunctionDecorator=false

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

import payrix_sessions.sandbox
from payrix_sessions import Details, DetailsProperties, ErrorItem, SessionPostResponse, SessionResponse
from payrix_sessions.models.sessions_post_request import SessionsPostRequest
from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http

FILE = Path(payrix_sessions.sandbox.__file__).with_name("openapi.yaml")

everything = schemathesis.openapi.from_path(FILE)
api = everything.exclude(path_regex="^/_sandbox")

Case = schemathesis.Case[Any]

DESCRIPTION: dict[str, Any] = everything.raw_schema
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# The documented response to missing credentials is a 400, where this check wants 401 or 403.
EXCLUDED = [checks.ignored_auth]

wire, strict = Sandbox(sessions=5), Sandbox(sessions=5, strict=True)


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    with wire, strict:
        yield


@everything.parametrize()
@settings(max_examples=4)
def test_what_was_seen_on_the_wire_and_the_control_routes_are_described(case: Case) -> None:
    case.call_and_validate(base_url=wire.base_url, headers={"APIKEY": wire.api_key}, checks=CHECKS)
    wire.faults.clear()


@api.parametrize()
@settings(max_examples=4)
def test_strict_mode_keeps_to_the_description_in_every_respect(case: Case) -> None:
    case.call_and_validate(base_url=strict.base_url, headers={"APIKEY": strict.api_key}, excluded_checks=EXCLUDED)


def test_every_control_route_and_field_is_described(http: Http) -> None:
    listed = http.get("/_sandbox/nothing").json["errors"][0]["msg"].partition("there are ")[2].split(", ")
    paths = {path: item for path, item in DESCRIPTION["paths"].items() if path.startswith("/_sandbox")}
    described = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    assert described == set(listed) - {"GET /_sandbox/openapi.yaml"}
    description = http.get("/_sandbox/openapi.yaml", credentials={})
    assert (description.headers["Content-Type"], description.body) == ("application/yaml", FILE.read_bytes())
    assert set(SCHEMAS["Fault"]["properties"]) == {field.name for field in fields(Fault)} | {"times"}


def test_models_and_description_name_the_same_fields() -> None:
    session, listed = SCHEMAS["SessionFields"], SCHEMAS["ListResult"]["properties"]["response"]["properties"]["data"]
    models: dict[Any, list[dict[str, Any]]] = {
        SessionsPostRequest: [SCHEMAS["SessionsPostRequest"]],
        SessionResponse: [session],
        SessionPostResponse: [session, listed["items"]],
        ErrorItem: [SCHEMAS["ErrorItem"]],
        Details: [SCHEMAS["Details"]],
        DetailsProperties: [SCHEMAS["Details"]["properties"]["page"]],
    }
    for model, described in models.items():
        names = {field.metadata["name"] for field in fields(model)}
        assert names == {name for schema in described for name in schema["properties"]}
