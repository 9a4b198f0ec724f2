"""What a callback is given: redacted, whatever is done with it. tests/transport/test_observers.py has when."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jsonpickle
from responses import RequestsMock

from tests.support.leaks import leaks
from tests.wire import API_KEY, SESSION_KEY, header, make_client, reply, sent

TOKEN = "fake-auth-token"
SECRETS = (API_KEY, TOKEN, SESSION_KEY)

# `leaks` looks at what repr, pickle and serializers of slots and fields see.
SERIALIZERS: list[Callable[[Any], object]] = [
    lambda value: json.dumps(value, default=lambda each: getattr(each, "__dict__", None) or repr(each)),
    lambda value: json.dumps(dataclasses.asdict(value), default=dict),
    lambda value: jsonpickle.encode(value, unpicklable=False),
    jsonpickle.encode,
]
KEEPERS: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]


def test_a_callback_may_ask_for_what_is_redacted_and_nothing_else_finds_or_keeps_it(api: RequestsMock) -> None:
    given: list[Any] = []
    recorder = SimpleNamespace(on_before_request=given.append, on_after_response=given.append)
    reply(api, headers={"Set-Cookie": TOKEN, "X-Echo": f"{API_KEY} {TOKEN}", "Cf-Ray": f"ray-{TOKEN}"})
    with make_client(http_call_back=recorder, auto_request_tokens=True) as client:
        client.sessions.post_sessions({"login": "p1_log_1"}, token=TOKEN)
    request, response = given
    # Also that of a request token that the client made.
    assert request.headers["request-token"] == header(sent(api), "request-token")
    assert (request.headers["APIKEY"], request.parameters) == ("***", '{"login": "p1_log_1"}')
    assert (request.reveal().headers["APIKEY"], request.reveal().headers["token"]) == (API_KEY, TOKEN)
    assert SESSION_KEY in response.reveal().text
    assert response.reveal().headers["x-echo"] == f"{API_KEY} {TOKEN}"
    assert (response.headers["x-echo"], response.request_id) == ("*** ***", "ray-***")
    assert json.loads(response.text)["response"]["data"][0]["key"] == "***"
    # What is no callback's reveals itself, as it is.
    assert response.request.reveal() is response.request
    assert response.reveal().reveal().text == response.reveal().text
    for value in given:
        assert leaks(value, SECRETS) == []
        for serialize in SERIALIZERS:
            assert leaks(serialize(value), SECRETS) == []
        for keep in (*KEEPERS, dataclasses.replace):
            assert leaks(keep(value), SECRETS) == leaks(keep(value).reveal(), SECRETS) == []
    for keep in KEEPERS:  # nor what was revealed
        request, response = (keep(value.reveal()) for value in given)
        assert leaks(request, SECRETS) == []
        assert not [secret for secret in SECRETS if secret in repr(response)]
