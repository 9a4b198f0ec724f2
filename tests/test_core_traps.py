"""The traps of the runtime underneath, each with what would go wrong if we stepped into it.

Others stand where they belong: a 404 as a success and lost errors in tests/controllers/test_responses.py, the cleaning
of URLs in test_requests.py, the choice of credentials in test_credentials_on_the_wire.py, shared retries in
tests/transport/test_retries.py and test_user_session.py, a talkative logger in test_logs.py.
"""

import importlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any
from unittest import mock

from apimatic_core.utilities.api_helper import ApiHelper
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, SessionKeyCredentials, SessionsController
from tests.wire import OPERATIONS, header, make_client, outcome, printed, reply

ran: list[str] = []
CODE: dict[str, Any] = {
    "py/reduce": [{"py/function": f"{__name__}.run"}, {"py/tuple": ["reduce"]}],
    "py/object": f"{__name__}.run",
    "py/repr": "os/os.getcwd()",
}


def run(word: str) -> str:
    """Remember that code named in a body was run."""
    ran.append(word)
    return word


def test_code_named_in_a_response_is_never_run(api: RequestsMock, sessions: SessionsController) -> None:
    bodies: list[Any] = [CODE, {"response": CODE}, {"response": {"data": [CODE], "details": CODE}}, {"errors": [CODE]}]
    ran.clear()
    ApiHelper.json_deserialize(json.dumps({"py/reduce": CODE["py/reduce"]}))
    assert ran == ["reduce"]  # the core would run it; when this fails, a rule of ours may be dropped
    ran.clear()
    for status, body, operation in product((200, 400, 500), bodies, OPERATIONS):
        api.reset()
        reply(api, body, status=status)
        result = outcome(partial(operation, sessions))
        assert isinstance(result, (ApiResponse, APIException))
        assert printed(result, *result.errors)
    assert ran == []


def test_threads_do_not_share_the_state_of_a_call(api: RequestsMock) -> None:
    reply(api)
    with make_client() as client:
        keys = [f"fake-key-{index}" for index in range(8)]
        clients = [client.with_options(session_key_credentials=SessionKeyCredentials(key)) for key in keys]

        def work(index: int) -> None:
            for turn in range(20):
                clients[index].sessions.get_sessions_id(f"{index}-{turn}", f"token-{index}-{turn}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    assert len(api.calls) == 160
    for call in api.calls:
        index, turn = str(call.request.url).rsplit("/", 1)[1].split("-")
        assert header(call.request, "SESSIONKEY") == f"fake-key-{index}"
        assert header(call.request, "request-token") == f"token-{index}-{turn}"


def test_our_client_stands_behind_the_interface_of_the_core() -> None:
    interface: Any = importlib.import_module("apimatic_core_interfaces.client.http_client").HttpClient
    client = vars(importlib.import_module("payrix_sessions._core"))["_ClientForCore"](mock.Mock(), None)
    assert isinstance(client, interface)
    # What the core calls after its own adapters: ours responds in the right form already.
    assert client.convert_response("response", contains_binary_response=False, request=None) == "response"
