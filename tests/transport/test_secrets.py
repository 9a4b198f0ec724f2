"""Secrets are planted in every place they can come from and looked for in every place they could come out."""

import copy
import json
import logging
import pickle
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any
from urllib.parse import quote

import pytest
import requests

from payrix_sessions import (
    ApiKeyCredentials,
    ApiResponse,
    Client,
    Configuration,
    PayrixException,
    ProxySettings,
    Search,
    SessionResponse,
    SessionsController,
    Totals,
    new_request_token,
)
from payrix_sessions.configuration import OPTIONS
from payrix_sessions.http.auth.kinds import ALTERNATIVES, KINDS
from tests.support.clock import Clock
from tests.support.leaks import leaks
from tests.support.payrix import connect
from tests.support.server import OK_HEAD, Exchange, Request, Server, Step, answer, chunked, raw, reset, silence, sized
from tests.wire import CREATE, DELETE_ONE, GET_MANY, GET_ONE, envelope, make_client

LONG = "planted-" + "x" * 300  # reporters cut it, and show the beginning
PLANTED = ["planted-", LONG[-30:]]
API_KEY = "planted-apikey"
TOKEN = "planted-token"
SEARCH = "key[equals]=planted-searched"
ANSWERED = "planted-answered"

ALL: dict[str, Any] = {option: kind(f"planted-{kind.argument}") for option, kind in KINDS.items()}
CREDENTIALS: list[dict[str, Any]] = [{option: ALL[option] for option in options} for options in ALTERNATIVES]

Call = Callable[[SessionsController], ApiResponse[Any]]
GET, POST = partial(GET_ONE, token=TOKEN), partial(CREATE, token=TOKEN)
CALLS = (GET, partial(DELETE_ONE, token=TOKEN), partial(GET_MANY, search=SEARCH, token=TOKEN), POST)

LOGIN_RECORD = {"id": "p1_log_1", **dict.fromkeys(("password", "mfaSecret", "key"), "planted-expanded")}
RECORD = {"id": "p1_ssn_1", "key": ANSWERED, "login": LOGIN_RECORD, "creator": LOGIN_RECORD}
SUCCESS = envelope(RECORD)
BODY = json.dumps(SUCCESS).encode()


def sent(request: Request) -> str:
    """Return everything secret that was sent."""
    return ", ".join(f"{name}: {value}" for name, value in request.headers.items() if "planted-" in value)


def echo(status: int, template: str) -> Step:
    """Answer with everything secret that was sent, the way a debugging server does."""

    def play(exchange: Exchange) -> bool:
        came = sent(exchange.request)
        headers = {"X-Echo": came, "Set-Cookie": came}
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

FAULTS: dict[str, Step] = {
    "echoed in an error's message": echo(400, MESSAGE),
    "echoed in an error's unknown members": echo(401, UNKNOWN_MEMBERS),
    "echoed in an HTML page": echo(500, HTML),
    "echoed in the request id": echo(500, REQUEST_ID),
    "echoed in the request id of a 200": echo(200, REQUEST_ID),
    "echoed in Cf-Ray": answer({}, 500, headers={"Cf-Ray": f"{API_KEY} {TOKEN}"}),
    "a session in a redirect": answer(SUCCESS, 302, headers={"Location": f"https://{API_KEY}.example/?key={API_KEY}"}),
    "cut within the key": raw(sized(CUT, length=len(BODY))),
    "JSON that ends within the key": answer(CUT),
    "a list of sessions": answer([RECORD]),
    "no UTF-8": answer(BODY[:-2] + b"\xff\xfe"),
    "UTF-16 without a mark": answer(BODY.decode().encode("utf-16-le"), 500),
    "reset": reset(BODY),
    "no response": silence,
    "echoed in what is no HTTP": echo_raw(b""),
    "echoed in the size of a chunk": echo_raw(chunked(end=False)),
    "echoed in a chunk's end": echo_raw(chunked(end=False) + b"2\r\n{}"),
    "echoed in a header without a colon": echo_raw(OK_HEAD[:-2] + b"\r\nno colon "),
    "echoed in a length": echo_raw(OK_HEAD + b"Content-Length: "),
    "echoed in an encoding": echo_raw(OK_HEAD + b"Content-Encoding: gzip, "),
    "echoed in Retry-After": answer(b"", 503, headers={"Retry-After": API_KEY}),
}


def caught_from(client: Client, call: Call) -> PayrixException:
    with pytest.raises(PayrixException) as caught:
        call(client.sessions).raise_for_errors()
    return caught.value


def test_an_exception_holds_no_secret(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    long: dict[str, Any] = {"api_key_credentials": ApiKeyCredentials(LONG)}
    call_with_long_ones = partial(GET_MANY, search=f"key[in]={LONG}", token=LONG)
    echoes = ("echoed in an error's message", "echoed in an HTML page", "reset")
    rows: list[tuple[str, Call, dict[str, Any]]] = [
        *((fault, GET, ALL) for fault in FAULTS),
        *((fault, call, ALL) for fault in echoes[1:] for call in CALLS),
        *((fault, POST, kind) for fault in (echoes[0], "echoed in what is no HTTP") for kind in CREDENTIALS),
        *((fault, call_with_long_ones, long) for fault in echoes),
    ]
    for fault, call, credentials in rows:
        caplog.clear()
        with Server([FAULTS[fault]] * 2) as server:
            client = connect(server, api_key_credentials=None, max_retries=1, timeout=0.1 if "no resp" in fault else 4)
            error = caught_from(client.with_options(**credentials), call)
            logging.getLogger("application").error("it failed", exc_info=error)
            assert any(each.value in server.requests[0].headers.values() for each in credentials.values())
        copies = copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))
        logged = [(r.getMessage(), r.args, r.exc_info and r.exc_info[1], r.exc_text) for r in caplog.records]
        for shown in (error, logged, *copies):
            assert leaks(shown, PLANTED) == []


def test_what_a_proxy_echoes_of_its_password_is_redacted() -> None:
    password = "planted-proxy/password"
    sent_as = b64encode(f"me:{password}".encode()).decode()
    echoed = answer(f"<h1>{password} {sent_as}".encode(), 407, reason=f"bad {password}")
    with Server([echoed] * 2) as proxy, requests.Session() as session:
        session.proxies = {"http": f"http://me:{quote(password, safe='')}@127.0.0.1:{proxy.port}"}
        settings = ProxySettings("127.0.0.1", proxy.port, username="me", password=password)
        rows: list[dict[str, Any]] = [{"proxy_settings": settings}, {"http_client_instance": session}]
        for options in rows:
            error = caught_from(connect(proxy, base_url="http://127.0.0.1:9", **options), GET)
            assert "bad ***" in str(error)
            assert leaks(error, [*PLANTED, sent_as]) == []
        assert {each.headers["proxy-authorization"] for each in proxy.requests} == {f"Basic {sent_as}"}


class SoftLimit(RuntimeError):
    """What a signal handler raises in mid-call, or a tool that keeps tests off the network."""


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3's
def test_an_exception_at_any_moment_takes_no_secret_along() -> None:
    search = partial(GET_MANY, search=Search("key").equals("planted-searched/"), token=TOKEN)
    whole = answer(envelope(RECORD, errors=[{"msg": "a notice", "severity": 0}]))
    busy = answer(b"", 503, headers={"Retry-After": "9"})
    below = ("getaddrinfo", "connect", "sendall", "recv_into", "sleep")
    rows = [(moment, search) for moment in ("sub", "raw_decode", "read_list", *below)]
    for moment, call in rows + [(moment, POST) for moment in below]:

        def interrupt(frame: FrameType, event: str, argument: Any, moment: str = moment) -> None:
            among_secrets = event == "call" and frame.f_code.co_name == moment and "planted-" in repr(frame.f_locals)
            if among_secrets or (event == "c_call" and argument.__name__ == moment):
                sys.setprofile(None)
                raise SoftLimit

        with Server([busy if moment == "sleep" else whole]) as server:
            url = f"http://localhost:{server.port}"
            client = connect(server, base_url=url, max_retries=1, retry_methods=("GET", "POST")).with_options(**ALL)
            sys.setprofile(interrupt)
            with pytest.raises(SoftLimit) as caught:
                call(client.sessions)
        assert leaks(caught.value, PLANTED) == []
        *_, (frame, _) = traceback.walk_tb(caught.value.__traceback__)
        assert frame.f_locals["moment"] == moment  # the frames of an application keep theirs


def test_a_secret_in_the_place_of_an_argument_or_of_an_option_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with make_client(**ALL, base_url="http://127.0.0.1:1") as client:
        sessions, variant, proxy = client.sessions, client.with_options, partial(ProxySettings, "proxy")
        one, many = sessions.get_sessions_id, sessions.get_sessions
        read: Callable[..., object] = SessionResponse.from_dictionary
        calls: tuple[Callable[..., object], ...]
        calls = (partial(one, "p1"), partial(sessions.delete_sessions_id, "p1"), partial(sessions.post_sessions, {}))
        calls += (partial(sessions.temporary_session, {}),)
        calls += (many, sessions.iter_sessions, sessions.iter_session_pages)
        operators = [
            getattr(Search("key"), name) for name in vars(Search) if not name.startswith("_") and name != "sort"
        ]
        monkeypatch.setenv("PAYRIX_ENVIRONMENT", API_KEY)

        def first(**arguments: Any) -> object:
            return next(sessions.iter_sessions(**arguments))

        class Ours(Client):
            def __init__(self, **options: Any) -> None:
                super().__init__(**options)

        rows: list[tuple[Callable[..., object], dict[str, Any]]] = [
            *((one, {"id": "p1", name: f"{API_KEY}\n"}) for name in ("id", "request_token", "token", "embed")),
            *((call, {"token": API_KEY.encode()}) for call in calls),
            (new_request_token, {"prefix": f"{API_KEY}\n"}),
            (first, {"embed": API_KEY}),
            *((one, {"id": "p1", name: API_KEY.encode()}) for name in ("id", "request_token", "token", "embed")),
            *((many, {name: API_KEY}) for name in ("page_number", "page_limit")),
            (many, {"search": SEARCH, "page_number": 0, "token": TOKEN}),
            *(
                (make, {name: value})
                for make in (Client, variant, Ours)
                for name in (*OPTIONS, "api_key", "key")
                for value in (API_KEY, [API_KEY])
            ),
            *((make, {"base_url": f"https://u:{API_KEY}@payrix.example"}) for make in (Client, variant)),
            (partial(Client, **ALL), {"default_headers": {"Authorization": API_KEY}}),
            *((Configuration, {name: API_KEY}) for name in OPTIONS),
            *((Client.from_environment, {name: API_KEY}) for name in ("key", "timeout")),
            *((kind, {kind.argument: API_KEY.encode()}) for kind in KINDS.values()),
            (ProxySettings, {"address": f"http://u:{API_KEY}@proxy"}),
            *((proxy, {"username": API_KEY.encode(), "password": value}) for value in (API_KEY, API_KEY.encode())),
            (Search, {"field": f"key={API_KEY}"}),
            *((partial(operator, f"{API_KEY}\n"), {}) for operator in operators),
            *((total, {"field": f"key={API_KEY}"}) for total in (Totals.count, Totals.sum, Totals.min, Totals.max)),
            *((make, {name: ({"key": API_KEY},)}) for make, name in ((read, "dictionary"), (ApiResponse.of, "body"))),
        ]
        try:
            json.loads("{")
        except ValueError as theirs:
            for call, arguments in rows:
                with pytest.raises(PayrixException) as caught:
                    call(**arguments)
                assert leaks(caught.value, PLANTED) == []
                traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            *_, (frame, _) = traceback.walk_tb(theirs.__traceback__)
            assert frame.f_locals  # what the caller is handling is left alone
