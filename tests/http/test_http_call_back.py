"""What a callback is given: redacted, whatever is done with it.

tests/transport/test_call_back.py has when it is called.
"""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import jsonpickle
import pytest
from responses import RequestsMock

from payrix_sessions import HttpRequest, HttpResponse
from tests.support.leaks import leaks
from tests.wire import API_KEY, CREATE, SESSION_KEY, header, make_client, reply, sent

TOKEN = "fake-auth-token"
SECRETS = (API_KEY, TOKEN, SESSION_KEY)


class Recorder:
    """A callback that need not inherit from anything of the package."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.responses: list[HttpResponse] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.responses.append(http_response)


@pytest.fixture
def given(api: RequestsMock) -> list[Any]:
    """What a callback was given in one call."""
    recorder = Recorder()
    reply(api, headers={"Set-Cookie": TOKEN, "X-Echo": f"{API_KEY} {TOKEN}", "Cf-Ray": f"ray-{TOKEN}"})
    with make_client(http_call_back=recorder) as client:
        client.sessions.get_sessions_id("p1_ssn_1", "order-7", token=TOKEN)
    return [*recorder.requests, *recorder.responses]


def slots(value: object) -> list[Any]:
    """List what is in the slots and the dict of an object, as serializers that know no dataclasses do."""
    names = [name for kind in type(value).__mro__ for name in vars(kind).get("__slots__", ())]
    return [getattr(value, name, None) for name in names] + list(getattr(value, "__dict__", {}).values())


# Each returns strings, or something that leads to them by fields.
SERIALIZERS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "asdict": lambda value: repr(dataclasses.asdict(value)),
    "fields": lambda value: [getattr(value, field.name) for field in dataclasses.fields(value)],
    "slots": lambda value: repr([part for part in slots(value) if not callable(part)]),
    "json": lambda value: json.dumps(value, default=lambda each: getattr(each, "__dict__", None) or repr(each)),
    "json of fields": lambda value: json.dumps(dataclasses.asdict(value), default=dict),
    "pickle": lambda value: pickle.dumps(value).decode("latin-1"),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "replace": dataclasses.replace,
    "jsonpickle": lambda value: jsonpickle.encode(value, unpicklable=False),
    "jsonpickle of objects": jsonpickle.encode,
}


@pytest.mark.parametrize("name", SERIALIZERS)
def test_no_serializer_finds_a_secret(name: str, given: list[Any]) -> None:
    for value in given:
        made = SERIALIZERS[name](value)
        assert not [secret for secret in SECRETS if secret in f"{made!r} {made!s}"]
        assert leaks(made, SECRETS) == []


@pytest.mark.parametrize("name", ["copy", "deepcopy", "replace"])
def test_a_copy_cannot_be_revealed(name: str, given: list[Any]) -> None:
    for value in given:
        made: Any = SERIALIZERS[name](value)
        assert leaks(made.reveal(), SECRETS) == []


@pytest.mark.parametrize("keep", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda keep: keep.__name__)
def test_what_was_revealed_is_not_kept_either(keep: Callable[[Any], Any], given: list[Any]) -> None:
    request, response = given
    kept = keep(request.reveal())
    assert leaks(kept, SECRETS) == []
    assert leaks(pickle.loads(kept) if isinstance(kept, bytes) else kept, SECRETS) == []
    assert not [secret for secret in SECRETS if secret in repr(keep(response.reveal()))]


def test_a_callback_may_ask_for_what_is_redacted(given: list[Any]) -> None:
    request, response = given
    assert (request.headers["APIKEY"], request.headers["request-token"]) == ("***", "order-7")
    assert (request.reveal().headers["APIKEY"], request.reveal().headers["token"]) == (API_KEY, TOKEN)
    assert SESSION_KEY in response.reveal().text
    assert response.reveal().headers["x-echo"] == f"{API_KEY} {TOKEN}"
    assert (response.headers["x-echo"], response.request_id) == ("*** ***", "ray-***")
    assert json.loads(response.text)["response"]["data"][0]["key"] == "***"
    # What is no callback's reveals itself, as it is.
    assert response.request.reveal() is response.request
    assert response.reveal().reveal().text == response.reveal().text


def test_a_request_token_that_the_client_made_is_seen(api: RequestsMock) -> None:
    reply(api)
    recorder = Recorder()
    with make_client(http_call_back=recorder, auto_request_tokens=True) as client:
        CREATE(client.sessions)
    assert recorder.requests[0].headers["request-token"] == header(sent(api), "request-token")
    assert recorder.requests[0].parameters == '{"login": "p1_log_example"}'
