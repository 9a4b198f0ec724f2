"""What a call-back sees of each call."""

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, HttpRequest, HttpResponse
from tests.wire import API_KEY, CREATE, header, make_client, reply, sent

SESSION_KEY = "fake-session-key-in-an-answer"


class Recorder:
    """A call-back that need not inherit from anything of the package."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.responses: list[HttpResponse] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.responses.append(http_response)


def record(api: RequestsMock) -> Recorder:
    recorder = Recorder()
    reply(api, {"response": {"data": [{"key": SESSION_KEY}]}})
    with make_client(http_call_back=recorder) as client:
        client.sessions.get_sessions()
    return recorder


def test_a_call_back_sees_each_request_and_response_once(api: RequestsMock) -> None:
    recorder = record(api)
    assert [(request.http_method, request.query_url) for request in recorder.requests] == [
        ("GET", "https://test-api.payrix.com/sessions")
    ]
    assert [response.status_code for response in recorder.responses] == [200]


def test_what_a_call_back_sees_is_masked(api: RequestsMock) -> None:
    recorder = record(api)
    seen = f"{recorder.requests!r} {recorder.responses!r} {recorder.responses[0].text}"
    assert API_KEY not in seen
    assert SESSION_KEY not in seen
    assert "***" in seen


def test_a_call_back_may_ask_for_what_is_masked(api: RequestsMock) -> None:
    recorder = record(api)
    headers = {name.lower(): value for name, value in recorder.requests[0].reveal().headers.items()}
    assert headers["apikey"] == API_KEY
    assert SESSION_KEY in recorder.responses[0].reveal().text


def test_a_call_back_cannot_change_what_is_sent(api: RequestsMock) -> None:
    class Meddler(Recorder):
        def on_before_request(self, request: HttpRequest) -> None:
            assert isinstance(request.headers, dict)
            request.headers["x-meddled"] = "yes"

    reply(api)
    with make_client(http_call_back=Meddler()) as client:
        client.sessions.get_sessions()
    assert "x-meddled" not in api.calls[0].request.headers


def test_a_refused_call_is_seen_too(api: RequestsMock) -> None:
    recorder = Recorder()
    reply(api, status=404)
    with make_client(http_call_back=recorder) as client:
        with pytest.raises(APIException):
            client.sessions.get_sessions()
    assert [response.status_code for response in recorder.responses] == [404]


def test_a_call_back_sees_the_request_token_that_we_made(api: RequestsMock) -> None:
    reply(api)
    seen: list[HttpRequest] = []

    class Watcher:
        def on_before_request(self, request: HttpRequest) -> None:
            seen.append(request)

        def on_after_response(self, http_response: HttpResponse) -> None:
            pass

    with make_client(http_call_back=Watcher(), auto_request_tokens=True) as client:
        CREATE(client.sessions)
    assert seen[0].headers["request-token"] == header(sent(api), "request-token")
