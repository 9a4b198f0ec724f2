"""Secrets are planted in every place they can come from and looked for in every place they could come out."""

import copy
import gzip
import json
import logging
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType
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
    Search,
    SessionKeyCredentials,
    SessionsPostRequest,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests.support.clock import Clock
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

ALL: dict[str, Any] = {
    "api_key_credentials": ApiKeyCredentials(API_KEY),
    "session_key_credentials": SessionKeyCredentials(SESSION_KEY),
    "txn_session_key_credentials": TxnSessionKeyCredentials(TXN_SESSION_KEY),
    "username_credentials": UsernameCredentials(USERNAME),
    "password_credentials": PasswordCredentials(PASSWORD),
}
# Each kind, where it is the one that is sent.
CREDENTIALS: list[list[str]] = [
    ["session_key_credentials"],
    ["txn_session_key_credentials"],
    ["username_credentials", "password_credentials"],
]

Call = Callable[[Client], ApiResponse[Any]]
CALLS: dict[str, Call] = {
    "get one": lambda client: client.sessions.get_sessions_id("p1_ssn_1", token=TOKEN),
    "delete": lambda client: client.sessions.delete_sessions_id("p1_ssn_1", token=TOKEN),
    "get many": lambda client: client.sessions.get_sessions(search=f"key[equals]={SEARCHED}", token=TOKEN),
    "post": lambda client: client.sessions.post_sessions(SessionsPostRequest(login="p1_log_1"), token=TOKEN),
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


def echo(status: int, template: str, **more: str) -> Step:
    """Answer with everything secret that was sent, the way a debugging server does."""

    def play(exchange: Exchange) -> bool:
        came = sent(exchange.request)
        headers = {
            "X-Echo": came,
            "Set-Cookie": f"debug={came}",
            **{k: v.replace("SENT", came) for k, v in more.items()},
        }
        return answer(template.replace("SENT", came).encode(), status, headers=headers, reason=f"No {came}")(exchange)

    return play


def echo_raw(before: bytes) -> Step:
    """Say these bytes and then everything secret that was sent, where it does not belong."""
    return lambda exchange: raw(before + sent(exchange.request).encode() + b"\r\n\r\n")(exchange)


HTML = '<html><h1>Debug</h1><pre>SENT</pre><script>{"key": "' + ANSWERED + '"}</script></html>'
MESSAGE = json.dumps({"errors": [{"severity": 3, "msg": "Invalid SENT", "errorCode": "SENT", "field": "SENT"}]})
UNKNOWN_MEMBERS = json.dumps({"errors": [{"severity": 3, "msg": "no", "debug": {"headers": "SENT", "key": ANSWERED}}]})
REQUEST_ID = json.dumps({"response": {"details": {"requestId": "SENT"}}, "errors": [{"severity": 2, "msg": "no"}]})
CUT = BODY[: BODY.index(b"planted-answered") + 12]
ZIPPED = gzip.compress(BODY)

# How a key stands in a body that is no JSON, or is more than that.
DUMPS: dict[str, str] = {
    "PHP": '["key"]=>\n  string(16) "%s"',
    "print_r": "Array ( [id] => p1_ssn_1 [key] => %s )",
    "PHP code": "array('key' => '%s', 'id' => 1)",
    "Python": "{'id': 1, 'key': '%s'}",
    "a byte string": "{'password': b'%s'}",
    "XML": "<session><key>%s</key></session>",
    "XML attribute": '<session id="1" key="%s"/>',
    "a form": "id=1&key=%s&x=2",
    "YAML": "session:\n  key: %s\n",
    "JavaScript": 'var session = {key: "%s"};',
    "escaped JSON": '{\\"key\\": \\"%s\\"',
    "an entity": "{&quot;key&quot;: &quot;%s&quot;}",
    "capitals": '{"KEY": "%s", ',
    "duplicate members": '{"response": {"data": [{"key": "%s", "key": null}]}, "errors": 1',
    "duplicate members, whole": '{"errors": [{"severity": 2, "key": "%s", "key": "x", "msg": "no"}]}',
    "unicode escapes": '{"errors": [{"severity": 2, "\\u006bey": "%s", "msg": "no"}]}',
}

FAULTS: dict[str, Step] = {
    "echoed in an error's message": echo(400, MESSAGE),
    "echoed in an error's unknown members": echo(401, UNKNOWN_MEMBERS),
    "echoed in an HTML page (500)": echo(500, HTML),
    "echoed in an HTML page (200)": echo(200, HTML),
    "echoed in the request id": echo(500, REQUEST_ID),
    "echoed in the request id of a 200": echo(200, REQUEST_ID),
    "echoed in Cf-Ray": echo(500, "{}", **{"Cf-Ray": "SENT"}),
    "echoed in the location's host": echo(302, "", Location=f"https://{API_KEY}.example/"),
    "a session in a redirect": answer(SUCCESS, 302, headers={"Location": f"https://other.example/?key={API_KEY}"}),
    "cut within the key": raw(OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + CUT),
    "cut within the key, in chunks": raw(chunked(CUT, end=False)),
    "cut within a chunk": raw(chunked(BODY, end=False)[:-20]),
    "JSON that ends within the key": answer(CUT),
    "JSON with more behind": answer(BODY + b"}"),
    "a list of sessions": answer([RECORD]),
    "no UTF-8": answer(BODY[:-2] + b"\xff\xfe"),
    "UTF-16": answer(BODY.decode().encode("utf-16"), 500),
    "UTF-16 without a mark": answer(BODY.decode().encode("utf-16-le"), 500),
    "cut gzip": raw(OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED[:-30]),
    "reset": reset(BODY),
    "no response": silence,
    "echoed in what is no HTTP": echo_raw(b""),
    "echoed in the size of a chunk": echo_raw(chunked(end=False)),
    "echoed in a chunk's end": echo_raw(chunked(end=False) + b"2\r\n{}"),
    "echoed in a header without a colon": echo_raw(OK_HEAD[:-2] + b"\r\nno colon "),
    "echoed in a length": echo_raw(OK_HEAD + b"Content-Length: "),
    "echoed in an encoding": echo_raw(OK_HEAD + b"Content-Encoding: gzip, "),
    "echoed in Retry-After": answer(b"", 503, headers={"Retry-After": API_KEY}),
    **{name: answer((form % ANSWERED).encode(), 500) for name, form in DUMPS.items()},
}


def caught_from(client: Client, call: Call) -> PayrixException:
    with pytest.raises(PayrixException) as caught:
        call(client).raise_for_errors()
    return caught.value


@pytest.mark.parametrize(
    ("fault", "call"),
    [pytest.param(fault, CALLS["get one"], id=name) for name, fault in FAULTS.items()]
    + [pytest.param(FAULTS["reset"], call, id=f"reset, {name}") for name, call in CALLS.items()]
    + [pytest.param(FAULTS["echoed in an HTML page (500)"], call, id=f"HTML, {name}") for name, call in CALLS.items()],
)
def test_an_exception_holds_no_secret(
    connect: Connect, clock: Clock, caplog: pytest.LogCaptureFixture, fault: Step, call: Call
) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([fault] * 3) as server:
        client = connect(server, max_retries=1, timeout=0.1 if fault is silence else 4.0).with_options(**ALL)
        error = caught_from(client, call)
        logging.getLogger("application").error("it failed", exc_info=error)
    assert leaks(error, SECRETS) == []
    assert leaks(record_texts(caplog.records), SECRETS) == []
    for duplicate in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert leaks(duplicate, SECRETS) == []


def test_every_kind_of_credential_is_kept_out_of_exceptions(connect: Connect) -> None:
    for fault in ("echoed in an error's message", "echoed in what is no HTTP"):
        for kinds in CREDENTIALS:
            with Server([FAULTS[fault]]) as server:
                client = connect(server, api_key_credentials=None).with_options(**{kind: ALL[kind] for kind in kinds})
                assert leaks(caught_from(client, CALLS["post"]), SECRETS) == []
                assert any(ALL[kind].value in server.requests[0].headers.values() for kind in kinds)


def test_a_connection_that_cannot_be_made_gives_nothing_away() -> None:
    rows: list[bool] = [False, True]
    for through_proxy in rows:
        with Server([]) as closed:
            pass
        proxy = ProxySettings("127.0.0.1", closed.port, "proxy-user", PROXY_PASSWORD) if through_proxy else None
        with make_client(base_url=closed.url, proxy_settings=proxy, **ALL) as client:
            assert leaks(caught_from(client, CALLS["get many"]), SECRETS) == []


@pytest.mark.parametrize("body", [SUCCESS, FAILED], ids=["success", "errors in a 200"])
@each_call
def test_a_result_shows_no_secret_but_what_the_user_asked_for(
    connect: Connect, caplog: pytest.LogCaptureFixture, body: dict[str, Any], call: Call
) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([answer(body)]) as server:
        result = call(connect(server).with_options(**ALL))
    assert leaks(result.request, SECRETS) == []
    assert leaks(pickle.loads(pickle.dumps(result)).request, SECRETS) == []
    assert leaks(record_texts(caplog.records), SECRETS) == []
    shown = f"{result!r} {result} {result.body!r} {result.body} {result.errors!r} {result.body.data!r}"
    assert [secret for secret in SECRETS if secret in shown] == []
    assert result.body.data[0].key == ANSWERED
    pickled = pickle.dumps(result)
    assert [secret for secret in SECRETS if secret.encode() in pickled] == [ANSWERED, EXPANDED]


class SoftLimit(Exception):
    """What a signal handler raises in mid-call."""


class SocketBlockedError(RuntimeError):
    """What a tool raises that keeps tests off the network."""


def blocked(*_: object, **__: object) -> None:
    raise SocketBlockedError("no network here")


LONG = "planted-long-" + "x" * 300  # reporters cut it, and show the beginning


@pytest.mark.parametrize("fault", ["echoed in an error's message", "echoed in an HTML page (500)", "reset"])
def test_a_long_secret_is_not_cut_open(connect: Connect, fault: str) -> None:
    with Server([FAULTS[fault]]) as server:
        client = connect(server, api_key_credentials=ApiKeyCredentials(LONG))
        error = caught_from(client, lambda client: client.sessions.get_sessions(search=f"key[in]={LONG}", token=LONG))
    assert leaks(error, [LONG[:30], LONG[-30:]]) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3's
@pytest.mark.parametrize("call", [CALLS["get many"], CALLS["post"]], ids=["get many", "post"])
@pytest.mark.parametrize("blocks", ["socket.socket.connect", "socket.getaddrinfo", "socket.socket.sendall"])
def test_a_network_blocker_s_exception_takes_no_secret_along(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, call: Call, blocks: str
) -> None:
    with Server([]) as server:
        client = connect(server, base_url=f"http://localhost:{server.port}").with_options(**ALL)
        owner, _, name = blocks.rpartition(".")
        monkeypatch.setattr(socket.socket if owner == "socket.socket" else socket, name, blocked)
        with pytest.raises(SocketBlockedError) as caught:
            call(client)
        monkeypatch.undo()
    assert leaks(caught.value, SECRETS) == []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
@pytest.mark.parametrize("name", ["get many", "post"])
@pytest.mark.parametrize("where", ["within the response", "between attempts"])
def test_an_exception_of_a_signal_handler_takes_no_secret_along(connect: Connect, name: str, where: str) -> None:
    def on_alarm(number: int, frame: object) -> None:
        raise SoftLimit

    before = signal.signal(signal.SIGALRM, on_alarm)
    step = silence if where == "within the response" else answer(b"", 503, headers={"Retry-After": "9"})
    try:
        with Server([step] * 2) as server:
            client = connect(server, timeout=4.0, max_retries=1, retry_methods=("GET", "POST")).with_options(**ALL)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(SoftLimit) as caught:
                CALLS[name](client)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert leaks(caught.value, SECRETS) == []


@pytest.mark.parametrize("function", ["raw_decode", "read_list", "quote_from_bytes"])
def test_an_exception_at_any_moment_takes_no_secret_along_from_frames_of_python_and_of_generated_code(
    connect: Connect, function: str
) -> None:
    def interrupt(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_name == function and any(s in repr(frame.f_locals) for s in SECRETS):
            sys.setprofile(None)
            raise SoftLimit

    notice = {"msg": "a notice", "severity": 0}
    with Server([answer({"response": {"data": [RECORD], "errors": [notice]}})]) as server:
        client = connect(server).with_options(**ALL)
        sys.setprofile(interrupt)
        with pytest.raises(SoftLimit) as caught:
            client.sessions.get_sessions(search=Search("key").equals(f"{SEARCHED}/"), token=TOKEN)
    assert leaks(caught.value, SECRETS) == []


class Objector:
    """A callback that fails."""

    def on_before_request(self, request: HttpRequest) -> None:
        if request.http_method == "DELETE":
            raise RuntimeError("not today")

    def on_after_response(self, http_response: HttpResponse) -> None:
        raise RuntimeError("not today")


@each_call
def test_an_exception_of_a_callback_takes_no_secret_of_ours_along(connect: Connect, call: Call) -> None:
    with Server([answer(SUCCESS)]) as server:
        client = connect(server, http_call_back=Objector()).with_options(**ALL)
        with pytest.raises(RuntimeError, match="not today") as caught:
            call(client)
    assert leaks(caught.value, SECRETS) == []


@pytest.mark.parametrize(
    "arguments", [{"token": TOKEN + "\r\nX: y"}, {"search": f"key[equals]={SEARCHED}\n"}, {"page_number": 0}], ids=str
)
def test_a_rejected_call_gives_no_token_and_no_searched_key_away_in_its_frames_either(arguments: Any) -> None:
    with make_client(**ALL) as client:
        whole: dict[str, Any] = {"search": f"key[equals]={SEARCHED}", "token": TOKEN, **arguments}
        assert leaks(caught_from(client, lambda client: client.sessions.get_sessions(**whole)), SECRETS) == []


def told(error: BaseException | None) -> Iterator[object]:
    """All that an exception and what lies below it say, without the frames: these hold what the caller gave."""
    while error is not None:
        yield str(error), repr(error), error.args, vars(error)
        error = error.__cause__ or error.__context__


# A secret where something else belongs.
MISPLACED: dict[str, Callable[[], object]] = {
    "id": lambda: sessions().get_sessions_id(f"{API_KEY}\n", token=TOKEN),
    "page": lambda: sessions().get_sessions(page_number=API_KEY),
    "page limit": lambda: sessions().get_sessions(page_limit=TOKEN),
    "embed": lambda: sessions().get_sessions_id("p1", embed=f"{API_KEY}\n"),
    "body": lambda: sessions().post_sessions(TOKEN),
    "member": lambda: sessions().post_sessions({"login": object()}, token=TOKEN),
    "flag": lambda: sessions().post_sessions({"login": "p1_log_1", "token": TOKEN}),
    "another flag": lambda: sessions().post_sessions(SessionsPostRequest(login="x", public=API_KEY)),  # type: ignore[arg-type]
    "credentials": lambda: make_client(api_key_credentials=API_KEY),
    "environment": lambda: make_client(environment=API_KEY),
    "base_url": lambda: make_client(base_url=API_KEY),
    "base_url with a user": lambda: make_client(base_url=f"https://user:{PASSWORD}@payrix.example"),
    "timeout": lambda: make_client(timeout=API_KEY),
    "max_retries": lambda: make_client(max_retries=API_KEY),
    "backoff_factor": lambda: make_client(backoff_factor=API_KEY),
    "retry_methods": lambda: make_client(retry_methods=[API_KEY]),
    "retry_statuses": lambda: make_client(retry_statuses=[API_KEY]),
    "http_call_back": lambda: make_client(http_call_back=API_KEY),
    "proxy": lambda: ProxySettings(f"http://user:{PROXY_PASSWORD}@proxy.example"),
    "a line break": lambda: ApiKeyCredentials(API_KEY + "\nX: y"),
    "beyond Latin-1": lambda: PasswordCredentials(PASSWORD + "\u20ac"),
    "a NUL": lambda: SessionKeyCredentials(SESSION_KEY + "\0"),
}


def sessions() -> Any:
    return make_client(**ALL).sessions


def test_an_argument_that_is_rejected_is_not_shown() -> None:
    for misplace in MISPLACED.values():
        with pytest.raises(PayrixException) as caught:
            misplace()
        assert leaks(list(told(caught.value)), SECRETS) == []


@pytest.mark.parametrize("variable", ["PAYRIX_ENVIRONMENT", "PAYRIX_BASE_URL"])
def test_a_variable_that_is_rejected_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, API_KEY)
    with pytest.raises(PayrixException, match=variable) as caught:
        Client.from_environment(**ALL)
    assert leaks(list(told(caught.value)), SECRETS) == []


def test_a_request_body_with_a_secret_for_a_flag_does_not_print_it() -> None:
    body = SessionsPostRequest(login="p1_log_1", token=TOKEN)  # type: ignore[arg-type]
    assert TOKEN not in f"{body!r} {body}"


def test_clients_and_what_they_are_made_of_show_no_secret() -> None:
    proxy = ProxySettings("127.0.0.1", 8080, "proxy-user", PROXY_PASSWORD)
    with make_client(proxy_settings=proxy, **ALL) as client:
        shown = [client, client.config, client.sessions, proxy, *ALL.values(), client.with_options(timeout=1)]
        assert [secret for secret in SECRETS if secret in " ".join(f"{thing!r} {thing}" for thing in shown)] == []
        for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=r"(?i)client") as caught:
                duplicate(client)
            assert [secret for secret in SECRETS if secret in str(caught.value)] == []
        with pytest.raises(TypeError):
            pickle.dumps(client.sessions)
