"""Who may call, and with which credentials."""

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http

INVALID_AUTH = {"errors": [{"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}]}

OPERATIONS = [("GET", "/sessions"), ("POST", "/sessions"), ("GET", "/sessions/x"), ("DELETE", "/sessions/x")]


def body_of(method: str) -> object:
    return {} if method == "POST" else None


@pytest.mark.parametrize(("method", "target"), OPERATIONS)
def test_each_standing_key_opens_every_operation_and_a_password_post_alone(
    sandbox: Sandbox, http: Http, method: str, target: str
) -> None:
    for credentials in (
        {"APIKEY": sandbox.api_key},
        {"SESSIONKEY": sandbox.session_key},
        {"TXNSESSIONKEY": sandbox.txn_session_key},
    ):
        assert http.send(method, target, body_of(method), credentials=credentials).status == 200
    credentials = {"USERNAME": sandbox.username, "PASSWORD": sandbox.password}
    reply = http.send(method, target, body_of(method), credentials=credentials)
    assert reply.status == (200 if method == "POST" else 400)


@pytest.mark.parametrize(
    "credentials",
    [{}, {"APIKEY": ""}, {"SESSIONKEY": "fake-wrong"}, {"TXNSESSIONKEY": "fake-wrong"},
     {"USERNAME": "fake-user-of-the-sandbox", "PASSWORD": "fake-wrong"}],
)  # fmt: skip
def test_missing_and_wrong_credentials_get_the_documented_400(http: Http, credentials: dict[str, str]) -> None:
    reply = http.send("POST", "/sessions", {}, credentials=credentials)
    assert (reply.status, reply.json) == (400, INVALID_AUTH)


def test_the_rejection_can_be_the_reported_401() -> None:
    with Sandbox(invalid_auth_status=401) as sandbox, Http(sandbox) as http:
        reply = http.send("GET", "/sessions", credentials={})
    assert (reply.status, reply.json) == (401, INVALID_AUTH)


def test_the_first_of_several_credentials_counts(sandbox: Sandbox, http: Http) -> None:
    credentials = {"APIKEY": "fake-wrong", "SESSIONKEY": sandbox.session_key}
    assert http.send("GET", "/sessions", credentials=credentials).json == INVALID_AUTH


def test_a_private_session_opens_the_api_in_the_name_of_its_login(http: Http) -> None:
    key = http.create(login="t1_log_a")["key"]
    created = http.send("POST", "/sessions", {}, credentials={"SESSIONKEY": key}).data[0]
    assert created["creator"] == created["login"] == "t1_log_a"


def test_a_public_session_does_not_reach_sessions(http: Http) -> None:
    key = http.create(public=1)["key"]
    reply = http.send("GET", "/sessions", credentials={"SESSIONKEY": key})
    assert reply.error_codes == ["invalid_resource"]


@pytest.mark.parametrize("flag", ["inactive", "frozen"])
def test_an_inactive_or_frozen_session_is_rejected(sandbox: Sandbox, http: Http, flag: str) -> None:
    credentials = {"SESSIONKEY": http.create()["key"]}
    setattr(sandbox.sessions[0], flag, 1)
    assert http.send("GET", "/sessions", credentials=credentials).json == INVALID_AUTH
    setattr(sandbox.sessions[0], flag, 0)
    assert http.send("GET", "/sessions", credentials=credentials).status == 200


def test_a_session_with_token_needs_an_auth_token_to_write(http: Http) -> None:
    credentials = {"SESSIONKEY": http.create(token=1)["key"]}
    assert http.send("GET", "/sessions", credentials=credentials).status == 200
    assert http.send("POST", "/sessions", {}, credentials=credentials).json == INVALID_AUTH
    assert http.send("DELETE", "/sessions/x", credentials=credentials).json == INVALID_AUTH
    assert http.send("POST", "/sessions", {}, credentials=credentials, token="fake-auth-token").status == 200


def test_a_deleted_session_is_rejected(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    http.send("DELETE", f"/sessions/{session['id']}")
    sandbox.clock.advance(minutes=31)
    assert http.list() == []
    assert http.send("GET", "/sessions", credentials={"SESSIONKEY": session["key"]}).json == INVALID_AUTH


def test_a_session_expires_after_thirty_idle_minutes(sandbox: Sandbox, http: Http) -> None:
    session = http.create()
    credentials = {"SESSIONKEY": session["key"]}
    for _ in range(2):  # each use starts the time anew
        sandbox.clock.advance(minutes=29)
        assert http.send("GET", "/sessions", credentials=credentials).data
    sandbox.clock.advance(minutes=31)
    assert http.send("GET", "/sessions", credentials=credentials).json == INVALID_AUTH
    assert http.send("GET", f"/sessions/{session['id']}").data == []
    assert http.send("DELETE", f"/sessions/{session['id']}").data == []
    assert sandbox.sessions == []


def test_an_expired_session_may_stay_listed_with_a_key_that_is_rejected() -> None:
    with Sandbox(expired="listed") as sandbox, Http(sandbox) as http:
        session = http.create()
        sandbox.clock.advance(minutes=31)
        assert http.list() == [session["id"]]
        assert http.send("GET", "/sessions", credentials={"SESSIONKEY": session["key"]}).json == INVALID_AUTH
        assert http.send("DELETE", f"/sessions/{session['id']}").data == [session]
        assert http.list() == []


def test_the_standing_session_key_does_not_expire(sandbox: Sandbox, http: Http) -> None:
    sandbox.clock.advance(days=1)
    assert http.send("GET", "/sessions", credentials={"SESSIONKEY": sandbox.session_key}).status == 200


@pytest.mark.parametrize("step", [{"minutes": -1.0}, {"days": 2.6e6}, {"days": 1e300}, {"seconds": float("nan")}])
def test_a_clock_that_cannot_go_there_says_so(sandbox: Sandbox, step: dict[str, float]) -> None:
    before = sandbox.clock.now()
    with pytest.raises(ValueError, match=r"clock|seconds must be a number"):
        sandbox.clock.advance(**step)
    assert sandbox.clock.now() == before
