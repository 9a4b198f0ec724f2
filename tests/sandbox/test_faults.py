"""Faults: responses that go wrong on purpose."""

from functools import partial
from http.client import IncompleteRead
from typing import Any
from unittest import mock

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.sandbox.http import Http, complaint, connect, converse

REQUEST = b"GET /sessions HTTP/1.1\r\nHost: x\r\nAPIKEY: fake-api-key-of-the-sandbox\r\n\r\n"


def test_a_fault_hits_the_first_requests_that_it_is_for_unless_it_is_cleared(sandbox: Sandbox, http: Http) -> None:
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
    sandbox.faults.add(Fault(status=503))
    sandbox.faults.clear()
    assert http.get().status == 200


def test_a_response_can_be_made_up(sandbox: Sandbox, http: Http) -> None:
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


def test_headers_can_be_set_and_replaced_also_those_of_the_real_response(sandbox: Sandbox, http: Http) -> None:
    headers = {"content-type": "text/html", "Retry-After": "7", "Location": "https://other.example/"}
    sandbox.faults.add(Fault(status=302, body="<h1>Elsewhere</h1>", headers=headers))
    reply = http.get()
    assert headers.items() <= reply.headers.items()
    assert "Content-Type" not in reply.headers
    sandbox.faults.add(Fault(headers={"Content-Type": "text/plain"}))
    reply = http.get()
    assert (reply.data, reply.headers["Content-Type"]) == ([], "text/plain")


def test_fields_of_the_real_sessions_can_be_changed_if_there_are_any(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    changed: dict[str, object] = {"public": 7, "frozen": "0", "novelty": None}
    sandbox.faults.add(Fault(record=changed), times=3)
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


def test_a_body_can_be_cut_short_or_lost_in_a_reset_after_the_headers(sandbox: Sandbox, http: Http) -> None:
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


def test_a_connection_can_be_closed_that_was_promised_to_stay(sandbox: Sandbox) -> None:
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


def test_what_makes_no_sense_is_rejected_by_name_and_not_queued(sandbox: Sandbox) -> None:
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


def test_a_fault_stays_what_it_was_when_its_maker_changes_what_it_is_made_of(sandbox: Sandbox, http: Http) -> None:
    body: dict[str, object] = {"errors": []}
    headers = {"X-Attempt": "1"}
    sandbox.faults.add(Fault(body=body, headers=headers))
    body["errors"], headers["X-Attempt"] = object(), "\u20ac"
    reply = http.get()
    assert (reply.json, reply.headers["X-Attempt"]) == ({"errors": []}, "1")
