"""Secrets are planted in every place they can come from and looked for in every place they could come out."""

import copy
import gzip
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from payrix_sessions import (
    ApiKeyCredentials,
    ApiResponse,
    Client,
    HttpRequest,
    HttpResponse,
    PasswordCredentials,
    PayrixException,
    ProxySettings,
    SessionKeyCredentials,
    SessionsPostRequest,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests.support.leaks import leaks, record_texts
from tests.support.server import OK_HEAD, Exchange, Request, Server, Step, answer, chunked, raw, reset, silence
from tests.transport.conftest import Connect
from tests.wire import make_client

API_KEY = "planted-api-key"
SESSION_KEY = "planted-session-key"
TXN_SESSION_KEY = "planted-txn-session-key"
USERNAME = "planted-username"
PASSWORD = "planted-password"
TOKEN = "planted-token"
SEARCHED = "planted-searched"
ANSWERED = "planted-answered"
EXPANDED = "planted-expanded"
PROXY_PASSWORD = "planted-proxy-password"
SECRETS = (
    API_KEY, SESSION_KEY, TXN_SESSION_KEY, USERNAME, PASSWORD, TOKEN, SEARCHED, ANSWERED, EXPANDED, PROXY_PASSWORD,
)  # fmt: skip

CREDENTIALS: dict[str, dict[str, Any]] = {
    "api key": {"api_key_credentials": ApiKeyCredentials(API_KEY)},
    "session key": {"session_key_credentials": SessionKeyCredentials(SESSION_KEY)},
    "transaction session key": {"txn_session_key_credentials": TxnSessionKeyCredentials(TXN_SESSION_KEY)},
    "all of them": {
        "api_key_credentials": ApiKeyCredentials(API_KEY),
        "session_key_credentials": SessionKeyCredentials(SESSION_KEY),
        "txn_session_key_credentials": TxnSessionKeyCredentials(TXN_SESSION_KEY),
        "username_credentials": UsernameCredentials(USERNAME),
        "password_credentials": PasswordCredentials(PASSWORD),
    },
}
LOGIN: dict[str, Any] = {
    "username_credentials": UsernameCredentials(USERNAME),
    "password_credentials": PasswordCredentials(PASSWORD),
}
each_credential = pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)

Call = Callable[[Client], ApiResponse[Any]]
CALLS: dict[str, Call] = {
    "get one": lambda client: client.sessions.get_sessions_id("p1_ssn_1", token=TOKEN),
    "delete": lambda client: client.sessions.delete_sessions_id("p1_ssn_1", token=TOKEN),
    "get many": lambda client: client.sessions.get_sessions(search=f"key[equals]={SEARCHED}", token=TOKEN),
    "post": lambda client: client.sessions.post_sessions(SessionsPostRequest(login="p1_log_1"), token=TOKEN),
    "post a dictionary": lambda client: client.sessions.post_sessions({"login": "p1_log_1"}, token=TOKEN),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

LOGIN_RECORD = {"id": "p1_log_1", "password": EXPANDED, "mfaSecret": EXPANDED, "key": EXPANDED}
RECORD = {"id": "p1_ssn_1", "key": ANSWERED, "login": LOGIN_RECORD, "creator": LOGIN_RECORD}
SUCCESS = {"response": {"data": [RECORD], "details": {"requestId": 1}, "errors": []}}
BODY = json.dumps(SUCCESS).encode()
FAILED = {"response": {"data": [RECORD], "errors": [{"severity": 2, "msg": "no", "errorCode": "e"}]}}


def sent(request: Request) -> str:
    """Return everything secret that was sent."""
    names = ("apikey", "sessionkey", "txnsessionkey", "username", "password", "token", "search")
    return ", ".join(f"{name}: {request.headers[name]}" for name in names if name in request.headers)


def echo(status: int, template: str) -> Step:
    """Answer with everything secret that was sent, the way a debugging server does."""

    def play(exchange: Exchange) -> bool:
        came = sent(exchange.request)
        headers = {"X-Echo": came, "Set-Cookie": f"debug={came}"}
        body = template.replace("SENT", came).encode()
        return answer(body, status, headers=headers, reason=f"No {came}")(exchange)

    return play


def echo_raw(before: bytes) -> Step:
    """Say these bytes and then everything secret that was sent, where it does not belong."""
    return lambda exchange: raw(before + sent(exchange.request).encode() + b"\r\n\r\n")(exchange)


HTML = '<html><h1>Debug</h1><pre>SENT</pre><script>{"key": "' + ANSWERED + '"}</script></html>'
MESSAGE = json.dumps({"errors": [{"severity": 3, "msg": "Invalid SENT", "errorCode": "SENT", "field": "SENT"}]})
UNKNOWN_MEMBERS = json.dumps({"errors": [{"severity": 3, "msg": "no", "debug": {"headers": "SENT", "key": ANSWERED}}]})
CUT = BODY[: BODY.index(b"planted-answered") + 12]
ZIPPED = gzip.compress(BODY)

FAULTS: dict[str, Step] = {
    "echoed in an error's message (400)": echo(400, MESSAGE),
    "echoed in an error's message (401)": echo(401, MESSAGE),
    "echoed in an error's unknown members": echo(400, UNKNOWN_MEMBERS),
    "echoed in an HTML page (500)": echo(500, HTML),
    "echoed in an HTML page (200)": echo(200, HTML),
    "a session in an error's body": answer(SUCCESS, 500),
    "a session in a redirect": answer(SUCCESS, 302, headers={"Location": f"https://other.example/?key={API_KEY}"}),
    "cut within the key": raw(OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + CUT),
    "cut within the key, in chunks": raw(chunked(CUT, end=False)),
    "JSON that ends within the key": answer(CUT),
    "JSON with rubbish behind": answer(BODY + b"}"),
    "a list of sessions": answer([RECORD]),
    "data of a wrong type": answer({"response": {"data": RECORD}}),
    "a key that is a number": answer(b'{"response": {"data": {"key": "%s", "x": 1' % ANSWERED.encode()),
    "no UTF-8": answer(BODY[:-2] + b"\xff\xfe"),
    "cut gzip": raw(OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED[:-30]),
    "reset": reset(BODY),
    "no answer": silence,
    "echoed in what is no HTTP": echo_raw(b""),
    "echoed in the size of a chunk": echo_raw(chunked(end=False)),
    "echoed in Retry-After": answer(b"", 503, headers={"Retry-After": API_KEY}),
}  # fmt: skip


def caught_from(client: Client, call: Call) -> PayrixException:
    with pytest.raises(PayrixException) as caught:
        call(client).raise_for_errors()
    return caught.value


@pytest.mark.usefixtures("waits")
@each_call
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_exception_holds_no_secret(
    connect: Connect, caplog: pytest.LogCaptureFixture, fault: Step, call: Call
) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([fault] * 3) as server:
        client = connect(server, max_retries=1, timeout=0.06 if fault is silence else 5.0)
        client = client.with_options(**CREDENTIALS["all of them"])
        error = caught_from(client, call)
        logging.getLogger("application").error("it failed", exc_info=error)
    assert leaks(error, SECRETS) == []
    assert leaks(record_texts(caplog.records), SECRETS) == []
    assert leaks(copy.copy(error), SECRETS) == []
    assert leaks(copy.deepcopy(error), SECRETS) == []
    assert leaks(pickle.loads(pickle.dumps(error)), SECRETS) == []


@each_credential
@pytest.mark.parametrize(
    "fault", ["echoed in an error's message (400)", "echoed in an HTML page (500)", "echoed in what is no HTTP"]
)
def test_every_kind_of_credential_is_kept_out_of_exceptions(
    connect: Connect, credentials: dict[str, Any], fault: str
) -> None:
    with Server([FAULTS[fault]]) as server:
        client = connect(server, api_key_credentials=None).with_options(**credentials)
        assert leaks(caught_from(client, CALLS["get one"]), SECRETS) == []


@pytest.mark.parametrize("fault", ["echoed in an error's message (400)", "echoed in an HTML page (200)", "reset"])
def test_username_and_password_are_kept_out_of_exceptions(connect: Connect, fault: str) -> None:
    with Server([FAULTS[fault]]) as server:
        client = connect(server, api_key_credentials=None).with_options(**LOGIN)
        assert leaks(caught_from(client, CALLS["post"]), SECRETS) == []


@each_call
@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_connection_that_cannot_be_made_gives_nothing_away(call: Call, through_proxy: bool) -> None:
    with Server([]) as closed:
        pass
    proxy = ProxySettings("127.0.0.1", closed.port, "proxy-user", PROXY_PASSWORD) if through_proxy else None
    with make_client(base_url=closed.url, proxy_settings=proxy, **CREDENTIALS["all of them"]) as client:
        assert leaks(caught_from(client, call), SECRETS) == []


@pytest.mark.parametrize("body", [SUCCESS, FAILED], ids=["success", "errors in a 200"])
@each_call
def test_a_result_shows_no_secret_but_what_the_user_asked_for(
    connect: Connect, caplog: pytest.LogCaptureFixture, body: dict[str, Any], call: Call
) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([answer(body)]) as server:
        result = call(connect(server).with_options(**CREDENTIALS["all of them"]))
    assert leaks(result.request, SECRETS) == []
    assert leaks(pickle.loads(pickle.dumps(result)).request, SECRETS) == []
    assert leaks(record_texts(caplog.records), SECRETS) == []
    shown = f"{result!r} {result} {result.body!r} {result.body} {result.errors!r} {result.body.data!r}"
    assert [secret for secret in SECRETS if secret in shown] == []
    assert result.body.data[0].key == ANSWERED
    pickled = pickle.dumps(result)
    assert [secret for secret in SECRETS if secret.encode() in pickled] == [ANSWERED, EXPANDED]


REFUSED_CALLS: dict[str, Call] = {
    "id": lambda client: client.sessions.get_sessions_id("..", token=TOKEN),
    "token": lambda client: client.sessions.get_sessions_id("p1", token=TOKEN + "\r\nX: y"),
    "search": lambda client: client.sessions.get_sessions(search=f"key[equals]={SEARCHED}\n", token=TOKEN),
    "page": lambda client: client.sessions.get_sessions(search=f"key[equals]={SEARCHED}", page_number=0),
    "body": lambda client: client.sessions.post_sessions({"login": object()}, token=TOKEN),
    "flag": lambda client: client.sessions.post_sessions({"login": "p1_log_1", "public": 7}, token=TOKEN),
}


@pytest.mark.parametrize("call", REFUSED_CALLS.values(), ids=REFUSED_CALLS)
def test_a_refused_argument_gives_no_other_argument_away(call: Call) -> None:
    with make_client(**CREDENTIALS["all of them"]) as client:
        assert leaks(caught_from(client, call), SECRETS) == []


@pytest.mark.parametrize(
    "make",
    [
        ApiKeyCredentials,
        SessionKeyCredentials,
        TxnSessionKeyCredentials,
        UsernameCredentials,
        PasswordCredentials,
    ],
)
@pytest.mark.parametrize("bad", [API_KEY + "\nX: y", API_KEY + "\u20ac", API_KEY + "\0"])
def test_credentials_that_no_header_can_carry_are_refused_without_showing_them(
    make: Callable[[str], object], bad: str
) -> None:
    with pytest.raises(PayrixException) as caught:
        make(bad)
    assert leaks(caught.value, SECRETS) == []


class Objector:
    """A call-back that fails."""

    def on_before_request(self, request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise RuntimeError("not today")

    def on_after_response(self, http_response: HttpResponse) -> None:
        raise RuntimeError("not today")


@each_call
def test_an_exception_of_a_call_back_takes_no_secret_of_ours_along(connect: Connect, call: Call) -> None:
    with Server([answer(SUCCESS)]) as server:
        client = connect(server, http_call_back=Objector()).with_options(**CREDENTIALS["all of them"])
        with pytest.raises(RuntimeError, match="not today") as caught:
            call(client)
    assert leaks(caught.value, SECRETS) == []


def test_clients_and_what_they_are_made_of_show_no_secret() -> None:
    proxy = ProxySettings("127.0.0.1", 8080, "proxy-user", PROXY_PASSWORD)
    with make_client(proxy_settings=proxy, **CREDENTIALS["all of them"]) as client:
        shown = [
            client,
            client.config,
            client.sessions,
            proxy,
            vars(client) if hasattr(client, "__dict__") else "",
        ]
        shown += CREDENTIALS["all of them"].values()
        shown += [client.with_options(timeout=1)]
        assert [secret for secret in SECRETS if secret in " ".join(f"{thing!r} {thing}" for thing in shown)] == []


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy], ids=lambda f: f.__name__)
def test_a_client_refuses_to_be_pickled_and_says_why(duplicate: Callable[[Client], object]) -> None:
    with make_client(**CREDENTIALS["all of them"]) as client:
        with pytest.raises(TypeError, match=r"(?i)client") as caught:
            duplicate(client)
        assert [secret for secret in SECRETS if secret in str(caught.value)] == []


def test_a_controller_does_not_pickle_its_client_along() -> None:
    with make_client(**CREDENTIALS["all of them"]) as client, pytest.raises(TypeError):
        pickle.dumps(client.sessions)
