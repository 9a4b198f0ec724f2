"""The control routes, and what the sandbox remembers of requests."""

from collections.abc import Iterator

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http, converse


def test_the_state_can_be_read_without_credentials(sandbox: Sandbox, http: Http) -> None:
    http.create()
    sandbox.faults.add(Fault(status=503), times=3)
    assert http.send("GET", "/_sandbox", credentials={}).json == {
        "clock": "2025-03-04 12:40:40.1380",
        "faults": 3,
        "requests": 2,
        "sessions": 1,
        "login": sandbox.login,
        "credentials": {
            "APIKEY": sandbox.api_key,
            "SESSIONKEY": sandbox.session_key,
            "TXNSESSIONKEY": sandbox.txn_session_key,
            "USERNAME": sandbox.username,
            "PASSWORD": sandbox.password,
        },
    }
    head = http.send("HEAD", "/_sandbox", credentials={})  # what health checks ask
    assert (head.status, head.body) == (200, b"")


def test_faults_can_be_queued_and_cleared(http: Http) -> None:
    fault = {"status": 429, "headers": {"Retry-After": "1"}, "times": 2, "on": "GET /sessions"}
    assert http.send("POST", "/_sandbox/faults", fault).json["faults"] == 2
    assert http.send("GET", "/sessions/x").status == 200
    limited = http.send("GET", "/sessions")
    assert (limited.status, limited.headers["Retry-After"]) == (429, "1")
    assert http.send("DELETE", "/_sandbox/faults").json["faults"] == 0
    assert http.send("GET", "/sessions").status == 200


def test_the_clock_can_be_moved(http: Http) -> None:
    http.create()
    moved = http.send("POST", "/_sandbox/clock", {"minutes": 31})
    assert moved.json["clock"].startswith("2025-03-04 13:11:40")
    assert http.list() == []


FIELDS = {
    "faults": "status, body, headers, delay, trickle, truncate_after, reset, close, record, carried_out, on, times",
    "clock": "days, hours, minutes, seconds",
}


NONSENSE: list[tuple[str, object, str]] = [
    ("faults", {"no_such_field": 1}, "unknown field 'no_such_field'"),
    ("faults", {"self": 1}, "unknown field 'self'"),
    ("faults", {"status": "503"}, "fault: status must be 200 to 599"),
    ("faults", {"times": "2"}, "fault: times must be 1 to 10000"),
    ("faults", [], "the body must be a JSON object"),
    ("faults", b"\xff", "the body must be a JSON object"),
    ("faults", b"[" * 100_000, "the body must be a JSON object"),
    ("faults", None, "the body must be a JSON object"),
    ("clock", {"weeks": 1}, "unknown field 'weeks'"),
    ("clock", {"minutes": None}, "minutes must be a number"),
    ("clock", {"seconds": True}, "seconds must be a number"),
    ("clock", b'{"hours": NaN}', "hours must be a number"),
    ("clock", {"minutes": -1}, "the sandbox's clock does not go back"),
    ("clock", {"days": 10**30}, "the sandbox's clock cannot go that far"),
    ("clock", b'{"days": Infinity}', "the sandbox's clock cannot go that far"),
]


def test_nonsense_is_a_400_that_says_why_and_lists_the_fields(http: Http) -> None:
    replies = [http.send("POST", f"/_sandbox/{route}", body) for route, body, _ in NONSENSE]
    assert {(reply.status, *reply.error_codes) for reply in replies} == {(400, "invalid_request")}
    messages = [reply.json["errors"][0]["msg"] for reply in replies]
    assert messages == [f"{problem}; known fields: {FIELDS[route]}" for route, _, problem in NONSENSE]
    assert http.send("GET", "/_sandbox").json["faults"] == 0


@pytest.mark.parametrize(("method", "route"), [("GET", "/nothing"), ("PUT", "/clock"), ("GET", "/"), ("OPTIONS", "")])
def test_an_unknown_control_route_is_a_404_that_lists_the_right_ones(http: Http, method: str, route: str) -> None:
    reply = http.send(method, f"/_sandbox{route}")
    assert reply.status == 404
    assert "GET /_sandbox/requests, POST /_sandbox/faults, " in reply.json["errors"][0]["msg"]
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_a_reset_goes_back_to_the_first_moment(sandbox: Sandbox, http: Http) -> None:
    first = http.send("POST", "/sessions", {}, request_token="once")
    sandbox.faults.add(Fault(status=503))
    sandbox.clock.advance(days=1)
    assert http.send("POST", "/_sandbox/reset").json["requests"] == 0
    again = http.send("POST", "/sessions", {}, request_token="once")
    assert (again.body, again.headers) == (first.body, first.headers)


def test_sessions_of_ones_own_can_be_put_in(http: Http) -> None:
    own = {"id": "old_1", "login": "t1_log_a", "age": 86_400, "idle": 60, "mfaAuthenticated": 1}
    made = http.send("POST", "/_sandbox/sessions", own)
    assert (made.json["id"], made.json["created"]) == ("old_1", "2025-03-03 12:40:40.1366")
    assert http.list(search="created[less]=2025-03-04&mfaAuthenticated[equals]=1") == ["old_1"]
    for wrong, problem in (({"id": "old_1"}, "session: id is taken"), ({"ag": 1}, "session: unknown field 'ag'")):
        reply = http.send("POST", "/_sandbox/sessions", wrong)
        assert (reply.status, reply.json["errors"][0]["msg"].startswith(problem)) == (400, True)


def test_requests_are_recorded_as_they_arrived(sandbox: Sandbox, http: Http) -> None:
    http.send("GET", "/sessions?page%5Blimit%5D=1&page[number]=1", search="created[greater]=2025-01-01")
    http.send("POST", "/sessions", {"login": "t1_log_ü"}, request_token="once")
    http.send("GET", "/_sandbox")
    listed, created = sandbox.requests
    assert (listed.method, listed.path, listed.body) == ("GET", "/sessions", b"")
    assert listed.query == "page%5Blimit%5D=1&page[number]=1"
    assert listed.target == f"{listed.path}?{listed.query}"
    assert listed.parameters == {"page[limit]": "1", "page[number]": "1"}
    assert listed.headers["SEARCH"] == listed.headers["search"] == "created[greater]=2025-01-01"
    assert created.json() == {"login": "t1_log_ü"}
    assert ("request-token", "once") in created.headers.items()
    assert created.address == "127.0.0.1"


def test_other_processes_can_read_and_filter_what_was_recorded(http: Http) -> None:
    session = http.create(public=1)
    http.send("DELETE", f"/sessions/{session['id']}")
    (shown,) = http.send("GET", "/_sandbox/requests?method=POST").json
    assert (shown["method"], shown["target"], shown["body"]) == ("POST", "/sessions", '{"public": 1}')
    assert ["APIKEY", "fake-api-key-of-the-sandbox"] in shown["headers"]

    def methods(query: str) -> list[str]:
        return [request["method"] for request in http.send("GET", f"/_sandbox/requests{query}").json]

    assert methods("") == ["POST", "GET", "DELETE"]
    assert methods("?last=2") == ["GET", "DELETE"]
    assert methods("?path=/sessions/{id}") == ["GET", "DELETE"]
    assert methods(f"?method=DELETE&path=/sessions/{session['id']}&last=1") == ["DELETE"]
    assert methods("?path=/sessions/y") == []


MISTAKES = {
    "/requests?verb=GET": "Known parameters, each at most once: method, path, last",
    "/requests?method=GET&method=PUT": "Known parameters, each at most once: method, path, last",
    "/requests?method=get": "method must be one such as DELETE",
    "/requests?method=/sessions": "method must be one such as DELETE",
    "/requests?path=": "path must be one such as /sessions/{id}",
    "/requests?last=0": "last must be 1 to 99999",
    "?last=1": "This control route takes no query parameters",
}


def test_an_unknown_parameter_is_an_error_and_not_ignored(http: Http) -> None:
    replies = {target: http.send("GET", f"/_sandbox{target}") for target in MISTAKES}
    assert {target: reply.json["errors"][0]["msg"] for target, reply in replies.items()} == MISTAKES
    assert {reply.status for reply in replies.values()} == {400}


def test_what_is_recorded_is_bounded_in_number_and_in_bytes(
    sandbox: Sandbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.journal._MAX_REQUESTS", 3)
    monkeypatch.setattr("payrix_sessions.sandbox.journal._MAX_BYTES", 10_000)
    for number in range(5):
        http.send("GET", f"/sessions/{number}")
    assert [request.target for request in sandbox.requests] == ["/sessions/2", "/sessions/3", "/sessions/4"]
    for number in range(3):
        http.send("POST", f"/sessions/{number}", b"x" * 6000)
    assert [request.target for request in sandbox.requests] == ["/sessions/2"]
    sandbox.reset()
    http.send("POST", "/sessions/3", b"x" * 6000)
    assert [request.target for request in sandbox.requests] == ["/sessions/3"]
    http.send("GET", "/sessions", search="x" * 11_000)
    assert sandbox.requests == []


@pytest.fixture(scope="module")
def open_sandbox() -> Iterator[Sandbox]:
    with Sandbox(host="0.0.0.0", allow_remote=True, allowed_hosts=["Sandbox.ci.example"]) as running:
        yield running


HOSTS = {
    "localhost:80": True,
    "LOCALHOST": True,
    "127.0.0.1:80": True,
    "[::1]:80": True,
    "192.0.2.7:80": True,  # a page that has an address for its name is served by that address
    "sandbox:80": True,
    "sandbox.ci.example:80": True,
    "rebound.example:80": False,
    "localhost.rebound.example": False,
    "127.0.0.1.rebound.example": False,
    "[::1": False,
}


def test_the_control_routes_respond_under_the_names_of_the_sandbox_only(open_sandbox: Sandbox) -> None:
    with Http(open_sandbox) as http:
        for method, target in (("POST", "/_sandbox/reset"), ("GET", "/_sandbox/requests")):
            assert {host: http.send(method, target, host=host).status == 200 for host in HOSTS} == HOSTS
        assert http.send("POST", "/_sandbox/reset", host="rebound.example").status == 403
        assert {http.send("GET", "/sessions", host=host).status for host in HOSTS} == {200}


def test_a_short_name_is_foreign_unless_other_machines_are_let_in(http: Http) -> None:
    assert http.send("POST", "/_sandbox/reset", host="sandbox").status == 403
    reply = http.send("GET", "/_sandbox", host="sandbox")
    assert "--allowed-host NAME" in reply.json["errors"][0]["msg"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "https://{host}"])
def test_a_page_of_another_origin_cannot_steer_the_sandbox(sandbox: Sandbox, http: Http, origin: str) -> None:
    host = f"127.0.0.1:{http.port}"
    reply = http.send("POST", "/_sandbox/faults", {"status": 503}, origin=origin.format(host=host))
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert http.send("GET", "/sessions", origin=origin.format(host=host)).headers["Access-Control-Allow-Origin"] == "*"
    assert http.send("POST", "/_sandbox/reset", origin=f"http://{host}").status == 200
    twice = f"POST /_sandbox/reset HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nOrigin: {origin}\r\n\r\n"
    assert converse(sandbox, twice.encode()).startswith(b"HTTP/1.1 403")


def test_the_log_has_one_line_a_request_with_its_errors_and_no_secret() -> None:
    lines: list[str] = []
    with Sandbox(log=lines.append) as sandbox, Http(sandbox) as http:
        http.send("GET", "/sessions")
        http.send("GET", "/sessions/%1b", credentials={})
        converse(sandbox, b"GET /\x9b31m HTTP/1.0\r\n\r\n")
        http.send("POST", "/sessions", {"login": "", "public": 2})
        http.send("PUT", "/sessions")
        sandbox.faults.add(Fault(body={"errors": [7]}))
        http.send("GET", "/sessions")
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionResetError):
            http.send("GET", "/sessions")
    assert lines == [
        "GET /sessions -> 200",
        "GET /sessions/%1b -> 404",
        "GET /\\x9b31m -> 200 invalid_resource",
        "POST /sessions -> 200 required_field invalid_range",
        "PUT /sessions -> 200 invalid_resource",
        "GET /sessions -> 200",
        "GET /sessions -> before_headers",
    ]
