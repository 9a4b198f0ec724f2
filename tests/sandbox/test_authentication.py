"""Who may call, and with which credentials."""

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http

REJECTED = "400 invalid_auth"


def test_each_standing_key_opens_every_operation_and_a_password_post_alone(sandbox: Sandbox, http: Http) -> None:
    sandbox.clock.advance(days=1)  # none of them expires
    password = {"USERNAME": sandbox.username, "PASSWORD": sandbox.password}
    keys = {"APIKEY": sandbox.api_key, "SESSIONKEY": sandbox.session_key, "TXNSESSIONKEY": sandbox.txn_session_key}
    for line in ("GET /sessions", "GET /sessions/x", "DELETE /sessions/x", "POST /sessions"):
        method, target = line.split()
        body: object = {} if method == "POST" else None
        for name, key in keys.items():
            assert http.send(method, target, body, {name: key}).outcome == "200"
        assert http.send(method, target, body, password).outcome == ("200" if method == "POST" else REJECTED)


@pytest.mark.parametrize("status", [400, 401])
def test_what_is_missing_or_wrong_gets_the_documented_400_or_the_reported_401(status: int) -> None:
    item = {"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}
    with Sandbox(invalid_auth_status=status) as sandbox, Http(sandbox) as http:
        wrong: list[dict[str, str]] = [
            {}, {"APIKEY": ""}, {"SESSIONKEY": "fake-wrong"}, {"TXNSESSIONKEY": "fake-wrong"},
            {"USERNAME": sandbox.username, "PASSWORD": "fake-wrong"},
            {"APIKEY": "fake-wrong", "SESSIONKEY": sandbox.session_key},  # of several the first counts
        ]  # fmt: skip
        for credentials in wrong:
            reply = http.post(credentials=credentials)
            assert (reply.status, reply.json) == (status, {"errors": [item]})


def test_what_the_key_of_a_session_opens_depends_on_its_flags(sandbox: Sandbox, http: Http) -> None:
    private = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    created = http.post(credentials=private).data[0]
    assert created["creator"] == created["login"] == "t1_log_a"
    for flag in ("inactive", "frozen"):
        for value, outcome in ((1, REJECTED), (0, "200")):
            setattr(sandbox.sessions[-1], flag, value)
            assert http.get(credentials=private).outcome == outcome
    assert http.get(credentials={"SESSIONKEY": http.create(public=1)["key"]}).outcome == "200 invalid_resource"
    needs_token = {"SESSIONKEY": http.create(token=1)["key"]}  # to write
    assert http.get(credentials=needs_token).outcome == "200"
    assert http.post(credentials=needs_token).outcome == REJECTED
    assert http.delete("x", credentials=needs_token).outcome == REJECTED
    assert http.post(credentials=needs_token, token="fake-auth-token").outcome == "200"


def test_a_deleted_session_is_rejected_and_does_not_expire_again(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    http.delete(session["id"])
    for minutes in (0, 31):
        sandbox.clock.advance(minutes=minutes)
        assert http.list() == []
        assert http.get(credentials={"SESSIONKEY": session["key"]}).outcome == REJECTED


def test_a_session_expires_after_thirty_idle_minutes(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    credentials = {"SESSIONKEY": session["key"]}
    for _ in range(2):  # each use starts the time anew
        sandbox.clock.advance(minutes=29)
        assert http.get(credentials=credentials).data
    sandbox.clock.advance(minutes=31)
    assert http.get(credentials=credentials).outcome == REJECTED
    assert http.get(f"/sessions/{session['id']}").data == http.delete(session["id"]).data == sandbox.sessions == []


def test_an_expired_session_may_stay_listed_with_a_key_that_is_rejected() -> None:
    with Sandbox(expired="listed") as sandbox, Http(sandbox) as http:
        session = http.create()
        sandbox.clock.advance(minutes=31)
        assert http.list() == [session["id"]]
        assert http.get(credentials={"SESSIONKEY": session["key"]}).outcome == REJECTED
        assert (http.delete(session["id"]).data, http.list()) == ([session], [])
