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
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

import payrix_sessions.sandbox
from payrix_sessions import SessionsPostRequest
from payrix_sessions.models.details import Details
from payrix_sessions.models.details_properties import DetailsProperties
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http

FILE = Path(payrix_sessions.sandbox.__file__).with_name("openapi.yaml")

everything = schemathesis.openapi.from_path(FILE)
api = everything.exclude(path_regex="^/_sandbox")
control = everything.include(path_regex="^/_sandbox")

DESCRIPTION: dict[str, Any] = everything.raw_schema
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def wire() -> Iterator[Sandbox]:
    with Sandbox(sessions=5) as running:
        yield running


@pytest.fixture(scope="module")
def strict() -> Iterator[Sandbox]:
    with Sandbox(sessions=5, strict=True) as running:
        yield running


@api.parametrize()
@settings(max_examples=8)
def test_what_was_seen_on_the_wire_is_described(case: "schemathesis.Case[Any]", wire: Sandbox) -> None:
    case.call_and_validate(base_url=wire.base_url, headers={"APIKEY": wire.api_key}, checks=CHECKS)


@api.parametrize()
@settings(max_examples=8)
def test_strict_mode_keeps_to_the_description_in_every_respect(case: "schemathesis.Case[Any]", strict: Sandbox) -> None:
    # The documented response to missing credentials is a 400, where the check wants 401 or 403.
    case.call_and_validate(base_url=strict.base_url, headers={"APIKEY": strict.api_key}, excluded_checks=[ignored_auth])


@control.parametrize()
@settings(max_examples=8)
def test_the_control_routes_are_described(case: "schemathesis.Case[Any]", wire: Sandbox) -> None:
    case.call_and_validate(base_url=wire.base_url, checks=CHECKS)
    wire.faults.clear()


def test_every_control_route_and_field_is_described(wire: Sandbox) -> None:
    with Http(wire) as http:
        listed = http.send("GET", "/_sandbox/nothing").json["errors"][0]["msg"].partition("there are ")[2].split(", ")
        description = http.send("GET", "/_sandbox/openapi.yaml", credentials={})
    assert description.headers["Content-Type"] == "application/yaml"
    assert description.body == FILE.read_bytes()
    described = {
        f"{method.upper()} {path}"
        for path, item in DESCRIPTION["paths"].items()
        for method in item
        if path.startswith("/_sandbox")
    }
    assert described == set(listed) - {"GET /_sandbox/openapi.yaml"}
    assert set(SCHEMAS["Fault"]["properties"]) == {field.name for field in fields(Fault)} | {"times"}


SESSION = set(SCHEMAS["SessionFields"]["properties"])
LISTED = SCHEMAS["ListResult"]["properties"]["response"]["properties"]["data"]["items"]["properties"]


@pytest.mark.parametrize(
    ("model", "described"),
    [
        (SessionsPostRequest, set(SCHEMAS["SessionsPostRequest"]["properties"])),
        (SessionResponse, SESSION),
        (SessionPostResponse, SESSION | set(LISTED)),
        (ErrorItem, set(SCHEMAS["ErrorItem"]["properties"])),
        (Details, set(SCHEMAS["Details"]["properties"])),
        (DetailsProperties, set(SCHEMAS["Details"]["properties"]["page"]["properties"])),
    ],
)
def test_models_and_description_name_the_same_fields(model: type[Any], described: set[str]) -> None:
    assert {field.metadata["name"] for field in fields(model)} == described
