"""Faults: responses that go wrong on purpose."""

import socket
import time
from http.client import IncompleteRead
from typing import Any
from unittest import mock

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http, complaint, converse

REQUEST = b"GET /sessions HTTP/1.1\r\nHost: x\r\nAPIKEY: fake-api-key-of-the-sandbox\r\n\r\n"


def test_faults_are_used_up_in_their_order(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(status=503), times=2)
    sandbox.faults.add(Fault(status=502))
    assert len(sandbox.faults) == 3
    assert [http.send("GET", "/sessions").status for _ in range(4)] == [503, 503, 502, 200]
    assert len(sandbox.faults) == 0


def test_a_fault_hits_the_requests_that_it_is_for(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    sandbox.faults.add(Fault(status=500, on="DELETE"))
    sandbox.faults.add(Fault(status=501, on="GET /sessions/{id}"))
    sandbox.faults.add(Fault(status=502, on=f"/sessions/{session['id']}"), times=2)
    sandbox.faults.add(Fault(status=503))
    assert http.send("OPTIONS", "/sessions").status == 200  # what a browser asks on its own takes no fault
    assert http.send("GET", "/sessions?page[limit]=1").status == 503
    assert http.send("GET", "/sessions").status == 200
    assert [http.send("GET", f"/sessions/{session['id']}").status for _ in range(4)] == [501, 502, 502, 200]
    assert [http.send("DELETE", "/sessions/x").status for _ in range(2)] == [500, 200]
    sandbox.faults.add(Fault(status=504, on="OPTIONS /sessions"))
    assert http.send("OPTIONS", "/sessions").status == 504


@pytest.mark.parametrize("thing", [{"status": 503}, 503, None])
def test_what_is_no_fault_is_rejected_at_once(sandbox: Sandbox, thing: Any) -> None:
    with pytest.raises(ValueError, match=r"must be a Fault, such as Fault\(status=503\), not "):
        sandbox.faults.add(thing)
    assert len(sandbox.faults) == 0


def test_faults_can_be_cleared(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(status=503))
    sandbox.faults.clear()
    assert http.send("GET", "/sessions").status == 200


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Fault(status=503), 503, b""),
        (Fault(body=""), 200, b""),
        (Fault(body=b"\xff"), 200, b"\xff"),
        (Fault(body='{"response": {"data": ['), 200, b'{"response": {"data": ['),
        (Fault(body={"errors": [{"code": 64}]}), 200, b'{"errors":[{"code":64}]}'),
        (Fault(status=599, body=[]), 599, b"[]"),
    ],
)
def test_a_response_can_be_made_up(sandbox: Sandbox, http: Http, fault: Fault, status: int, body: bytes) -> None:
    sandbox.faults.add(fault)
    reply = http.send("GET", "/sessions")
    assert (reply.status, reply.body) == (status, body)
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert http.send("GET", "/sessions").data == []


def test_a_made_up_204_has_no_body_whatever_was_asked_for(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(status=204, body="dropped"))
    assert converse(sandbox, REQUEST).endswith(b"\r\n\r\n")


def test_headers_can_be_set_and_replaced(sandbox: Sandbox, http: Http) -> None:
    headers = {"content-type": "text/html", "Retry-After": "7", "Location": "https://other.example/"}
    sandbox.faults.add(Fault(status=302, body="<h1>Elsewhere</h1>", headers=headers))
    reply = http.send("GET", "/sessions")
    assert headers.items() <= reply.headers.items()
    assert "Content-Type" not in reply.headers


def test_headers_of_the_real_response_can_be_replaced_too(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(headers={"Content-Type": "text/plain"}))
    reply = http.send("GET", "/sessions")
    assert (reply.data, reply.headers["Content-Type"]) == ([], "text/plain")


def test_fields_of_the_real_sessions_can_be_changed(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    sandbox.faults.add(Fault(record={"public": 7, "frozen": "0", "novelty": None}))
    reply = http.send("GET", f"/sessions/{session['id']}")
    assert reply.data == [{**session, "public": 7, "frozen": "0", "novelty": None}]
    assert int(reply.headers["Content-Length"]) == len(reply.body)


def test_changed_fields_do_no_harm_to_a_response_without_sessions(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(record={"novelty": 1}), times=2)
    assert http.send("GET", "/sessions/not-valid").body == b""
    assert http.send("GET", "/sessions", credentials={}).error_codes == ["invalid_auth"]


def test_a_made_up_response_leaves_the_request_undone(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(status=500))
    http.send("POST", "/sessions", {})
    assert sandbox.sessions == []


def test_a_made_up_response_may_follow_a_request_that_was_carried_out(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(status=500, carried_out=True))
    assert http.send("POST", "/sessions", {}).status == 500
    assert len(sandbox.sessions) == 1


@pytest.mark.parametrize("carried_out", [None, False])
def test_a_lost_response_may_belong_to_a_request_that_was_carried_out(
    sandbox: Sandbox, http: Http, carried_out: bool | None
) -> None:
    sandbox.faults.add(Fault(reset="before_headers", carried_out=carried_out))
    with pytest.raises(ConnectionResetError):
        http.send("POST", "/sessions", {}, request_token="once")
    assert len(sandbox.sessions) == (1 if carried_out is None else 0)


def test_a_reset_after_the_headers_loses_the_body(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(reset="after_headers"))
    with socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))) as connection:
        connection.sendall(REQUEST)
        received = connection.recv(65536)
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert received.endswith(b"\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)


def test_a_body_can_be_cut_short(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.add(Fault(truncate_after=10))
    with pytest.raises(IncompleteRead) as caught:
        http.send("GET", "/sessions")
    assert caught.value.partial == b'{"response'


def test_a_connection_can_be_closed_that_was_promised_to_stay(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(close=True))
    received = converse(sandbox, REQUEST * 2)
    assert received.count(b"HTTP/1.1") == 1
    assert b"Connection: close" not in received
    assert converse(sandbox, REQUEST * 2).count(b"HTTP/1.1") == 2


def test_a_response_can_be_late_and_its_body_can_trickle(sandbox: Sandbox, http: Http) -> None:
    waits: list[float] = []
    server = sandbox._server  # pyright: ignore[reportPrivateUsage]
    assert server is not None
    with mock.patch.object(server.stopping, "wait", waits.append):
        sandbox.faults.add(Fault(body="0123456789", delay=7, trickle=3))
        assert http.send("GET", "/sessions").body == b"0123456789"
    assert waits == [7] + [3] * 10


@pytest.mark.parametrize("fault", [Fault(delay=60), Fault(trickle=60)])
def test_a_late_response_keeps_nobody_from_stopping(fault: Fault) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(fault)
        with socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))) as connection:
            connection.sendall(REQUEST)
            while not sandbox.requests:
                time.sleep(0.001)
            sandbox.stop()  # which would take a minute


NONSENSE: list[tuple[str, Any]] = [
    ("status", 99), ("status", 600), ("status", True), ("body", {1, 2}), ("headers", {"a": 1}),
    ("headers", {"": "x"}), ("headers", {"a": "x\r\ny"}), ("headers", {"a": "ü"}), ("headers", []), ("delay", -1),
    ("delay", "1"), ("delay", float("nan")), ("trickle", 3601), ("truncate_after", -1), ("reset", "sometimes"),
    ("close", 1), ("record", []), ("record", {"a": {1}}), ("carried_out", 1), ("on", "DELET"), ("on", "delete"),
    ("on", ""), ("on", "sessions"), ("on", "GET /sessions?x=1"), ("on", "GET GET"), ("on", 1),
]  # fmt: skip


def test_a_fault_that_makes_no_sense_is_rejected_by_name() -> None:
    assert [each for each in NONSENSE if not complaint(Fault, *each).startswith(f"fault: {each[0]} must be")] == []


@pytest.mark.parametrize("times", [0, 10_001, True, 1.5])
def test_times_must_be_a_number_of_times(sandbox: Sandbox, times: Any) -> None:
    with pytest.raises(ValueError, match="times must be"):
        sandbox.faults.add(Fault(), times=times)


def test_a_fault_stays_what_it_was_when_its_maker_changes_what_it_is_made_of(sandbox: Sandbox, http: Http) -> None:
    body: dict[str, object] = {"errors": []}
    headers = {"X-Attempt": "1"}
    sandbox.faults.add(Fault(body=body, headers=headers))
    body["errors"], headers["X-Attempt"] = object(), "\u20ac"
    reply = http.send("GET", "/sessions")
    assert (reply.json, reply.headers["X-Attempt"]) == ({"errors": []}, "1")
