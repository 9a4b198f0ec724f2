"""A text is what it holds: the `str` of a subclass, such as an enum's member, may be something else."""

from enum import Enum
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import ApiKeyCredentials, SessionsController
from tests.wire import (
    BASE_URL,
    GET_MANY,
    Operation,
    each_operation,
    each_operation_with_id,
    header,
    make_client,
    reply,
    sent,
)


class Shy(str):
    """Shows itself as something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return "hidden"


class Known(str, Enum):
    """Its members show their names."""

    VALUE = "real-value"


each_kind = pytest.mark.parametrize("value", [Shy("real-value"), Known.VALUE], ids=["subclass", "enum"])


@each_kind
@each_operation_with_id
def test_the_id_is_what_it_holds(
    value: str, operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    api.add(operation.http_method, f"{BASE_URL}/sessions/real-value", json={})
    operation(sessions, id=value)


@each_kind
@each_operation
@pytest.mark.parametrize("argument", ["token", "request_token"])
def test_a_header_is_what_it_holds(
    argument: str, value: str, operation: Operation, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    operation(sessions, **{argument: value})
    assert header(sent(api), argument.replace("_", "-")) == "real-value"


@each_kind
def test_a_query_is_what_it_holds(value: Any, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    GET_MANY(sessions, embed=value)
    assert str(sent(api).url).endswith("?embed=real-value")


@each_kind
def test_a_key_is_what_it_holds(value: str, api: RequestsMock) -> None:
    reply(api)
    with make_client(api_key_credentials=ApiKeyCredentials(value)) as client:
        client.sessions.get_sessions()
    assert header(sent(api), "APIKEY") == "real-value"
