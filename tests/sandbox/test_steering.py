"""How tests steer the sandbox: faults, control routes, and what it remembers of requests."""

from functools import partial
from http.client import IncompleteRead
from typing import Any
from unittest import mock

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http, Reply, complaint, connect, converse

REQUEST = b"GET /sessions HTTP/1.1\r\nHost: x\r\nAPIKEY: fake-api-key-of-the-sandbox\r\n\r\n"


def test_a_fault_hits_the_first_requests_that_it_is_for(sandbox: Sandbox, http: Http) -> None:
    session = http.create()["id"]
    for fault, times in (
        (Fault(status=500, on="DELETE"), 1),
        (Fault(status=501, on="GET /sessions/{id}"), 1),
        (Fault(status=502, on=f"/sessions/{session}"), 2),
        (Fault(status=503), 1),
    ):
        sandbox.faults.add(fault, times=times)
    assert len(sandbox.faults) == 5
    assert http.send("OPTIONS", "/sessions").status == 200  # what a browser asks on its own takes no fault
    assert [http.get(target).status for target in ("/sessions?page[limit]=1", "/sessions")] == [503, 200]
    assert [http.get(f"/sessions/{session}").status for _ in range(4)] == [501, 502, 502, 200]
    assert [http.delete("x").status for _ in range(2)] == [500, 200]
    assert len(sandbox.faults) == 0
    sandbox.faults.add(Fault(status=504, on="OPTIONS /sessions"))
    assert http.send("OPTIONS", "/sessions").status == 504


def test_a_response_can_be_made_up_and_headers_and_fields_of_the_real_one_changed(sandbox: Sandbox, http: Http) -> None:
    made_up: list[tuple[Fault, int, bytes]] = [
        (Fault(status=503), 503, b""),
        (Fault(body=""), 200, b""),
        (Fault(body="ü"), 200, "ü".encode()),
        (Fault(body=b"\xff"), 200, b"\xff"),
        (Fault(body={"errors": [{"code": 64}]}), 200, b'{"errors":[{"code":64}]}'),
        (Fault(status=599, body=[]), 599, b"[]"),
    ]
    for fault, status, body in made_up:
        sandbox.faults.add(fault)
        reply = http.get()
        assert (reply.status, reply.body) == (status, body)
        assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"
        assert http.get().data == []
    sandbox.faults.add(Fault(status=204, body="dropped"))
    assert converse(sandbox, REQUEST).endswith(b"\r\n\r\n")
    headers = {"content-type": "text/html", "Retry-After": "7", "Location": "https://other.example/"}
    sandbox.faults.add(Fault(status=302, body="<h1>Elsewhere</h1>", headers=headers))
    reply = http.get()
    assert headers.items() <= reply.headers.items()
    assert "Content-Type" not in reply.headers
    sandbox.faults.add(Fault(headers={"Content-Type": "text/plain"}))
    reply = http.get()
    assert (reply.data, reply.headers["Content-Type"]) == ([], "text/plain")
    session = http.create()
    changed: dict[str, object] = {"public": 7, "frozen": "0", "novelty": None}
    sandbox.faults.add(Fault(record=changed), times=3)  # in the sessions, if there are any
    reply = http.get(f"/sessions/{session['id']}")
    assert reply.data == [{**session, **changed}]
    assert int(reply.headers["Content-Length"]) == len(reply.body)
    assert http.get("/sessions/not-valid").body == b""
    assert http.get(credentials={}).outcome == "400 invalid_auth"


def test_a_request_without_its_real_response_may_have_been_carried_out(sandbox: Sandbox, http: Http) -> None:
    for carried_out, after_a_500, after_a_reset in ((None, 0, 1), (True, 1, 1), (False, 0, 0)):
        sandbox.reset()
        sandbox.faults.add(Fault(status=500, carried_out=carried_out))
        assert http.post().status == 500
        assert len(sandbox.sessions) == after_a_500
        sandbox.faults.add(Fault(reset="before_headers", carried_out=carried_out))
        with pytest.raises(ConnectionResetError):
            http.post()
        assert len(sandbox.sessions) == after_a_500 + after_a_reset


def test_a_body_can_be_cut_short_or_lost_and_a_connection_end_that_was_to_stay(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(truncate_after=10))
    with pytest.raises(IncompleteRead) as caught:
        http.get()
    assert caught.value.partial == b'{"response'
    sandbox.faults.add(Fault(reset="after_headers"))
    with connect(sandbox) as connection:
        connection.sendall(REQUEST)
        received = connection.recv(65536)
        assert (received[:17], received[-4:]) == (b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)
    sandbox.faults.add(Fault(close=True))
    received = converse(sandbox, REQUEST * 2)
    assert received.count(b"HTTP/1.1") == 1
    assert b"Connection: close" not in received
    assert converse(sandbox, REQUEST * 2).count(b"HTTP/1.1") == 2


def test_a_response_can_be_late_and_its_body_can_trickle(sandbox: Sandbox, http: Http) -> None:
    waits: list[float] = []
    assert sandbox._server is not None
    with mock.patch.object(sandbox._server.stopping, "wait", waits.append):
        sandbox.faults.add(Fault(body="0123456789", delay=7, trickle=3))
        assert http.get().body == b"0123456789"
    assert waits == [7] + [3] * 10


def test_what_makes_no_sense_is_rejected_by_name_and_what_it_is_made_of_may_change_later(
    sandbox: Sandbox, http: Http
) -> None:
    nonsense: list[tuple[str, Any]] = [
        ("status", 199), ("status", 600), ("body", {1, 2}), ("headers", {"a": 1}), ("headers", {"": "x"}),
        ("headers", {"a": "x\r\ny"}), ("headers", {"a": "ü"}), ("headers", []), ("delay", True), ("delay", "1"),
        ("delay", float("nan")), ("trickle", 3601), ("truncate_after", -1), ("reset", "sometimes"), ("close", 1),
        ("record", []), ("record", {"a": {1}}), ("carried_out", 1), ("on", "delete"), ("on", "sessions"),
        ("on", "GET /sessions?x=1"), ("on", "GET GET"), ("on", 1),
    ]  # fmt: skip
    assert [each for each in nonsense if not complaint(Fault, *each).startswith(f"fault: {each[0]} must be")] == []
    misuse = complaint(sandbox.faults.add, "fault", {"status": 503})
    assert "must be a Fault, such as Fault(status=503), not dict" in misuse
    for times in (0, 10_001, 1.5):
        assert "times must be" in complaint(partial(sandbox.faults.add, Fault()), "times", times)
    assert len(sandbox.faults) == 0
    body: dict[str, object] = {"errors": []}
    headers = {"X-Attempt": "1"}
    sandbox.faults.add(Fault(body=body, headers=headers))
    body["errors"], headers["X-Attempt"] = object(), "\u20ac"
    reply = http.get()
    assert (reply.json, reply.headers["X-Attempt"]) == ({"errors": []}, "1")


def steer(http: Http, route: str, body: object = None, **headers: str) -> Reply:
    return http.send("POST", f"/_sandbox/{route}", body, {}, **headers)


def test_state_faults_and_clock_can_be_read_and_steered_without_credentials(sandbox: Sandbox, http: Http) -> None:
    first = http.post(request_token="once")
    state = steer(http, "faults", {"status": 429, "times": 3}).json
    assert http.get("/_sandbox", credentials={}).json == state
    assert list(state.pop("credentials").items()) == [
        ("APIKEY", sandbox.api_key), ("SESSIONKEY", sandbox.session_key), ("TXNSESSIONKEY", sandbox.txn_session_key),
        ("USERNAME", sandbox.username), ("PASSWORD", sandbox.password),
    ]  # fmt: skip
    moment = "2025-03-04 12:40:40.1373"
    assert state == {"clock": moment, "faults": 3, "requests": 1, "sessions": 1, "login": sandbox.login}
    head = http.send("HEAD", "/_sandbox", credentials={})  # what health checks ask
    assert (head.status, head.body) == (200, b"")
    assert http.get().status == 429
    assert http.send("DELETE", "/_sandbox/faults", credentials={}).json["faults"] == 0
    assert http.get().status == 200
    sandbox.faults.add(Fault(status=503), times=3)
    assert steer(http, "clock", {"minutes": 31}).json["clock"].startswith("2025-03-04 13:11:40")
    assert sandbox.sessions == []
    assert steer(http, "reset").json["requests"] == 0  # and everything else is as it was at first
    again = http.post(request_token="once")
    assert (again.body, again.headers) == (first.body, first.headers)


def test_what_makes_no_sense_is_an_error_that_says_what_would_and_changes_nothing(http: Http) -> None:
    fields = {
        "faults": "status, body, headers, delay, trickle, truncate_after, reset, close, record, carried_out, on, times",
        "clock": "days, hours, minutes, seconds",
    }
    nonsense: list[tuple[str, object, str]] = [
        ("faults", {"no_such_field": 1}, "unknown field 'no_such_field'"),
        ("faults", {"status": "503"}, "fault: status must be 200 to 599"),
        ("faults", {"times": "2"}, "fault: times must be 1 to 10000"),
        ("faults", [], "the body must be a JSON object"),
        ("faults", None, "the body must be a JSON object"),
        ("clock", {"minutes": None}, "minutes must be a number"),
        ("clock", {"minutes": -1}, "the sandbox's clock does not go back"),
        ("clock", {"days": 2.6e6}, "the sandbox's clock cannot go that far"),
        ("clock", b'{"days": Infinity}', "the sandbox's clock cannot go that far"),
    ]
    before = http.get("/_sandbox").json
    for route, body, problem in nonsense:
        reply = steer(http, route, body)
        assert (reply.outcome, reply.message) == ("400 invalid_request", f"{problem}; known fields: {fields[route]}")
    known = "Known parameters, each at most once: method, path, last"
    mistakes = {
        "/requests?verb=GET": known,
        "/requests?method=GET&method=PUT": known,
        "/requests?method=/sessions": "method must be one such as DELETE",
        "/requests?path=": "path must be one such as /sessions/{id}",
        "/requests?last=0": "last must be 1 to 99999",
        "?last=1": "This control route takes no query parameters",
    }
    for target, problem in mistakes.items():
        reply = http.get(f"/_sandbox{target}")
        assert (reply.status, reply.message) == (400, problem)
    for method, route in (("GET", "/nothing"), ("PUT", "/clock"), ("GET", "/"), ("OPTIONS", "")):
        reply = http.send(method, f"/_sandbox{route}")
        assert reply.status == 404
        assert "GET /_sandbox/requests, POST /_sandbox/faults, " in reply.message
        assert "Access-Control-Allow-Origin" not in reply.headers
    assert http.get("/_sandbox").json == before


def test_requests_are_recorded_as_they_arrived_also_for_other_processes(sandbox: Sandbox, http: Http) -> None:
    http.get("/sessions?page%5Blimit%5D=1&page[number]=1", search="created[greater]=2025-01-01")
    http.post({"login": "t1_log_ü"}, request_token="once")
    http.delete("x")
    http.get("/_sandbox")
    listed, created, _ = sandbox.requests
    assert (listed.method, listed.path, listed.body) == ("GET", "/sessions", b"")
    assert listed.target == f"/sessions?{listed.query}" == "/sessions?page%5Blimit%5D=1&page[number]=1"
    assert listed.headers["SEARCH"] == listed.headers["search"] == "created[greater]=2025-01-01"
    assert (created.json(), created.address) == ({"login": "t1_log_ü"}, "127.0.0.1")
    assert ("request-token", "once") in created.headers.items()
    (shown,) = http.get("/_sandbox/requests?method=POST").json
    assert (shown["method"], shown["target"], shown["body"]) == ("POST", "/sessions", created.body.decode())
    assert ["APIKEY", "fake-api-key-of-the-sandbox"] in shown["headers"]
    queries = {
        "": ["GET", "POST", "DELETE"],
        "?last=2": ["POST", "DELETE"],
        "?path=/sessions/{id}": ["DELETE"],
        "?method=GET&path=/sessions": ["GET"],
    }
    found = {query: http.get(f"/_sandbox/requests{query}").json for query in queries}
    assert {query: [request["method"] for request in requests] for query, requests in found.items()} == queries


def test_what_is_recorded_is_bounded_in_number_and_in_bytes(
    sandbox: Sandbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.journal._MAX_REQUESTS", 3)
    monkeypatch.setattr("payrix_sessions.sandbox.journal._MAX_BYTES", 10_000)
    for number in range(5):
        http.get(f"/sessions/{number}")
    assert [request.path for request in sandbox.requests] == ["/sessions/2", "/sessions/3", "/sessions/4"]
    for size in (6000, 6001):
        http.post(b"x" * size)
    assert [len(request.body) for request in sandbox.requests] == [6001]
    sandbox.reset()
    http.post(b"x" * 6000)
    assert len(sandbox.requests) == 1
    http.get(search="x" * 11_000)
    assert sandbox.requests == []


def test_the_control_routes_respond_under_the_names_of_the_sandbox_only(http: Http) -> None:
    # A page that has an address for its name is served by that address.
    own_hosts = ["LOCALHOST", "192.0.2.7", "[::1]:80", "sandbox:80", "sandbox.ci.example:80"]
    foreign_hosts = ["rebound.example:80", "localhost.rebound.example", "[::1"]
    reply = steer(http, "reset", host="sandbox")  # a short name is foreign unless other machines are let in
    assert (reply.status, "--allowed-host NAME" in reply.message) == (403, True)
    assert steer(http, "reset", host="localhost:80").status == 200
    sandbox = Sandbox(host="0.0.0.0", allow_remote=True, allowed_hosts=["Sandbox.ci.example"])
    with sandbox, Http(sandbox) as open_http:
        for host in (*own_hosts, *foreign_hosts):
            expected = 200 if host in own_hosts else 403
            assert steer(open_http, "reset", host=host).status == expected
            assert open_http.get("/_sandbox/requests", host=host).status == expected
            assert open_http.get(host=host).status == 200


def test_a_page_of_another_origin_cannot_steer_the_sandbox(sandbox: Sandbox, http: Http) -> None:
    own = f"http://{http.host}"
    assert steer(http, "reset", origin=own).status == 200
    with Sandbox(tls=True) as other, Http(other) as https:
        assert steer(https, "reset", origin=f"https://{https.host}").status == 200
    for origin in ("https://evil.example", "null", "http://127.0.0.1", f"https://{http.host}"):
        reply = steer(http, "faults", {"status": 503}, origin=origin)
        assert reply.status == 403
        assert "Access-Control-Allow-Origin" not in reply.headers
        assert http.get(origin=origin).headers["Access-Control-Allow-Origin"] == "*"
        twice = f"POST /_sandbox/reset HTTP/1.1\r\nHost: {http.host}\r\nOrigin: {own}\r\nOrigin: {origin}\r\n\r\n"
        assert converse(sandbox, twice.encode()).startswith(b"HTTP/1.1 403")


def test_the_log_has_one_line_a_request_with_its_errors_and_no_secret() -> None:
    lines: list[str] = []
    with Sandbox(log=lines.append) as sandbox, Http(sandbox) as http:
        http.get()
        http.get("/sessions/%1b", credentials={})
        converse(sandbox, b"GET /\x9b31m HTTP/1.0\r\n\r\n")
        http.post({"login": "", "public": 2})
        sandbox.faults.add(Fault(body={"errors": [7]}))
        http.get()
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionResetError):
            http.get()
    assert lines == [
        "GET /sessions -> 200",
        "GET /sessions/%1b -> 404",
        "GET /\\x9b31m -> 200 invalid_resource",
        "POST /sessions -> 200 required_field invalid_range",
        "GET /sessions -> 200",
        "GET /sessions -> before_headers",
    ]
