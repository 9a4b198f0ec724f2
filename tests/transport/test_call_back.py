"""`http_call_back` sees each call once before and once after, masked unless it asks."""

import pytest

from payrix_sessions import APIException, ConnectionException, HttpCallBack, HttpRequest, HttpResponse
from tests.support.payrix import REFUSED
from tests.support.server import Server, answer, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, Operation, each_operation

SESSION_KEY = "planted-session-key"
BODY = {"response": {"data": [{"id": "p1_ssn_1", "key": SESSION_KEY}]}}


class Watcher:
    """A class of the user's that has nothing of ours."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.responses: list[HttpResponse] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.responses.append(http_response)


class Heir(HttpCallBack):
    """A class that inherits from ours."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.seen.append(request.http_method)

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.seen.append(str(http_response.status_code))


@each_operation
def test_it_sees_each_call_before_and_after(connect: Connect, operation: Operation) -> None:
    watcher = Watcher()
    with Server([answer(BODY)]) as server:
        operation(connect(server, http_call_back=watcher).sessions)
    (request,), (response,) = watcher.requests, watcher.responses
    assert (request.http_method, request.query_url) == (operation.http_method, server.url + operation.path)
    assert response.status_code == 200


def test_a_class_that_inherits_works_as_well(connect: Connect) -> None:
    heir = Heir()
    with Server([answer(BODY)]) as server:
        GET_ONE(connect(server, http_call_back=heir).sessions)
    assert heir.seen == ["GET", "200"]


def test_what_it_sees_is_masked_unless_it_asks(connect: Connect) -> None:
    watcher = Watcher()
    with Server([answer(BODY)]) as server:
        client = connect(server, http_call_back=watcher)
        client.sessions.get_sessions_id("p1_ssn_1", token="planted-token")
    (request,), (response,) = watcher.requests, watcher.responses
    assert {name.lower(): value for name, value in request.headers.items()}["apikey"] == "***"
    shown = f"{request!r} {request} {response!r} {response} {request.headers} {response.text} {response.request}"
    for secret in (API_KEY, SESSION_KEY, "planted-token"):
        assert secret not in shown
    revealed = {name.lower(): value for name, value in request.reveal().headers.items()}
    assert (revealed["apikey"], revealed["token"]) == (API_KEY, "planted-token")
    assert SESSION_KEY in response.reveal().text


def test_a_call_that_is_retried_is_shown_once_with_its_last_answer(connect: Connect, waits: object) -> None:
    watcher = Watcher()
    with Server([reset(), answer(b"", 503), answer(BODY)]) as server:
        GET_ONE(connect(server, http_call_back=watcher, max_retries=2).sessions)
    assert len(watcher.requests) == 1
    assert [response.status_code for response in watcher.responses] == [200]


def test_it_sees_error_answers(connect: Connect) -> None:
    watcher = Watcher()
    with Server([answer(REFUSED, 401)]) as server, pytest.raises(APIException):
        GET_ONE(connect(server, http_call_back=watcher).sessions)
    assert [response.status_code for response in watcher.responses] == [401]


def test_a_call_without_an_answer_has_a_before_and_no_after(connect: Connect) -> None:
    watcher = Watcher()
    with Server([reset()]) as server, pytest.raises(ConnectionException):
        GET_ONE(connect(server, http_call_back=watcher).sessions)
    assert (len(watcher.requests), watcher.responses) == (1, [])


def test_it_sees_the_body_of_a_post(connect: Connect) -> None:
    watcher = Watcher()
    with Server([answer(BODY)]) as server:
        CREATE(connect(server, http_call_back=watcher).sessions)
    assert "p1_log_example" in (watcher.requests[0].parameters or "")


def test_it_cannot_change_what_is_sent(connect: Connect) -> None:
    class Meddler(Watcher):
        def on_before_request(self, request: HttpRequest) -> None:
            request.query_url = "http://elsewhere.example/"
            headers = dict(request.headers)
            headers["APIKEY"] = "another"
            request.headers = headers

    with Server([answer(BODY)]) as server:
        GET_ONE(connect(server, http_call_back=Meddler()).sessions)
        assert server.requests[0].headers["apikey"] == API_KEY


def test_what_it_raises_reaches_the_caller_and_the_connection_is_kept(connect: Connect) -> None:
    class Objector(Watcher):
        def on_after_response(self, http_response: HttpResponse) -> None:
            raise RuntimeError("not today")

    with Server([answer(BODY)] * 3) as server:
        client = connect(server, http_call_back=Objector(), pool_size=1, timeout=2)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="not today"):
                GET_ONE(client.sessions)
        assert server.connections == 1
