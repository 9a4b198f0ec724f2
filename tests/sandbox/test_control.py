"""The control routes, and what the sandbox remembers of requests."""

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http


def test_the_state_can_be_read_without_credentials(sandbox: Sandbox, http: Http) -> None:
    http.create()
    sandbox.faults.add(Fault(status=503))
    assert http.send("GET", "/_sandbox", credentials={}).json == {
        "clock": "2025-03-04 12:40:40.1380",
        "faults": 1,
        "requests": 2,
        "sessions": 1,
        "credentials": {
            "APIKEY": sandbox.api_key,
            "SESSIONKEY": sandbox.session_key,
            "TXNSESSIONKEY": sandbox.txn_session_key,
            "USERNAME": sandbox.username,
            "PASSWORD": sandbox.password,
        },
    }


def test_faults_can_be_queued_and_cleared(http: Http) -> None:
    queued = http.send("POST", "/_sandbox/faults", {"status": 429, "headers": {"Retry-After": "1"}, "times": 2})
    assert queued.json["faults"] == 2
    refused = http.send("GET", "/sessions")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert http.send("DELETE", "/_sandbox/faults").json["faults"] == 0
    assert http.send("GET", "/sessions").status == 200


def test_the_clock_can_be_moved(http: Http) -> None:
    http.create()
    moved = http.send("POST", "/_sandbox/clock", {"minutes": 31})
    assert moved.json["clock"].startswith("2025-03-04 13:11:40")
    assert http.list() == []


FIELDS = {
    "faults": "status, body, headers, delay, trickle, cut_after, reset, close, record, carried_out, times",
    "clock": "days, hours, minutes, seconds",
}


@pytest.mark.parametrize(
    ("route", "body", "problem"),
    [
        ("faults", {"no_such_field": 1}, "unknown field 'no_such_field'"),
        ("faults", {"self": 1}, "unknown field 'self'"),
        ("faults", {"status": 1}, "fault: status must be 200 to 599"),
        ("faults", {"status": "503"}, "fault: status must be 200 to 599"),
        ("faults", {"headers": {"Retry-After": 1}}, "fault: headers must be names and values of printable ASCII"),
        ("faults", {"delay": True}, "fault: delay must be 0 to 3600 seconds"),
        ("faults", {"carried_out": 1}, "fault: carried_out must be true, false or null"),
        ("faults", {"times": 0}, "fault: times must be 1 to 10000"),
        ("faults", {"times": "2"}, "fault: times must be 1 to 10000"),
        ("faults", [], "the body must be a JSON object"),
        ("faults", b"{", "the body must be a JSON object"),
        ("faults", b"\xff", "the body must be a JSON object"),
        ("faults", b"[" * 100_000, "the body must be a JSON object"),
        ("faults", None, "the body must be a JSON object"),
        ("clock", {"weeks": 1}, "unknown field 'weeks'"),
        ("clock", {"minutes": "x"}, "minutes must be a number"),
        ("clock", {"minutes": None}, "minutes must be a number"),
        ("clock", {"seconds": True}, "seconds must be a number"),
        ("clock", b'{"hours": NaN}', "hours must be a number"),
        ("clock", {"minutes": -1}, "the sandbox's clock does not go back"),
        ("clock", {"days": 10**30}, "the sandbox's clock cannot go that far"),
        ("clock", b'{"days": Infinity}', "the sandbox's clock cannot go that far"),
    ],
)
def test_nonsense_is_a_400_that_says_why_and_lists_the_fields(
    http: Http, route: str, body: object, problem: str
) -> None:
    reply = http.send("POST", f"/_sandbox/{route}", body)
    assert (reply.status, reply.error_codes) == (400, ["invalid_request"])
    assert reply.json["errors"][0]["msg"] == f"{problem}; known fields: {FIELDS[route]}"
    assert http.send("GET", "/_sandbox").json["faults"] == 0


def test_every_listed_field_is_taken(http: Http) -> None:
    fault: dict[str, object] = {
        "status": None, "body": None, "headers": {}, "delay": 0, "trickle": 0.5, "cut_after": None,
        "reset": None, "close": False, "record": {}, "carried_out": None, "times": 1,
    }  # fmt: skip
    assert ", ".join(fault) == FIELDS["faults"]
    assert http.send("POST", "/_sandbox/faults", fault).status == 200
    clock = {"days": 1, "hours": 0.5, "minutes": 0, "seconds": 0}
    assert ", ".join(clock) == FIELDS["clock"]
    assert http.send("POST", "/_sandbox/clock", clock).status == 200


@pytest.mark.parametrize(("method", "route"), [("GET", "nothing"), ("PUT", "clock"), ("GET", "faults/1")])
def test_an_unknown_control_route_is_a_404(http: Http, method: str, route: str) -> None:
    assert http.send(method, f"/_sandbox/{route}").status == 404


def test_a_reset_goes_back_to_the_first_moment(sandbox: Sandbox, http: Http) -> None:
    first = http.send("POST", "/sessions", {}, request_token="once")
    sandbox.faults.add(Fault(status=503))
    sandbox.clock.advance(days=1)
    assert http.send("POST", "/_sandbox/reset").json["requests"] == 0
    again = http.send("POST", "/sessions", {}, request_token="once")
    assert (again.body, again.headers) == (first.body, first.headers)


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


def test_recorded_requests_can_be_read_by_other_processes(http: Http) -> None:
    http.send("POST", "/sessions?x=1", {"public": 1})
    (shown,) = http.send("GET", "/_sandbox/requests").json
    assert (shown["method"], shown["target"], shown["body"]) == ("POST", "/sessions?x=1", '{"public": 1}')
    assert ["APIKEY", "fake-api-key-of-the-sandbox"] in shown["headers"]


def test_a_body_that_is_no_json_says_so(sandbox: Sandbox, http: Http) -> None:
    http.send("POST", "/sessions", b"[" * 100_000)
    with pytest.raises(ValueError, match="nested"):
        sandbox.requests[0].json()


def test_the_log_has_one_line_a_request_and_no_secret() -> None:
    lines: list[str] = []
    with Sandbox(log=lines.append) as sandbox, Http(sandbox) as http:
        http.send("GET", "/sessions")
        http.send("GET", "/sessions/%1b", credentials={})
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionResetError):
            http.send("GET", "/sessions")
    assert lines == [
        "GET /sessions -> 200",
        "GET /sessions/%1b -> 400",
        "GET /sessions -> before_headers",
    ]
