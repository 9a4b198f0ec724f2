"""What goes out, byte for byte: one send for each request, whatever short cuts are taken on the way."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest
import urllib3
import urllib3.connection
from urllib3.connection import HTTPConnection, HTTPSConnection

from payrix_sessions import ProxySettings, SessionsController, __version__
from tests.support.certificates import Certificates
from tests.support.payrix import sessions
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, make_client

USER_AGENT = f"user-agent: payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
COMMON = ("accept: application/json", "accept-encoding: gzip, deflate", USER_AGENT)
KEY = f"APIKEY: {API_KEY}"
ODD_ID = "p1/ä[x]%"
BODY = '{"login": "p1_log_example"}'

# The call, the request line, the headers after those that all have in common, and the body.
Row = tuple[Callable[[SessionsController], Any], str, list[str], str]
CREATE: Row = (
    lambda api: api.post_sessions({"login": "p1_log_example"}, "abc"),
    "POST {base}/sessions HTTP/1.1",
    ["content-type: application/json", "request-token: abc", KEY, f"content-length: {len(BODY)}"],
    BODY,
)
REQUESTS: list[Row] = [
    (
        lambda api: api.get_sessions_id(ODD_ID, "abc", token="tök", embed="login,creator"),
        "GET {base}/sessions/p1%2F%C3%A4%5Bx%5D%25?embed=login%2Ccreator HTTP/1.1",
        ["request-token: abc", "token: tök", KEY],
        "",
    ),
    (lambda api: api.delete_sessions_id("p1"), "DELETE {base}/sessions/p1 HTTP/1.1", [KEY], ""),
    (
        lambda api: api.get_sessions(search="status[equals]=1", totals="count[]=id", page_number=2, page_limit=30),
        "GET {base}/sessions?page%5Bnumber%5D=2&page%5Blimit%5D=30 HTTP/1.1",
        ["search: status[equals]=1", "totals: count[]=id", KEY],
        "",
    ),
    CREATE,
]


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What this process sends, without the responses of its own server."""
    sent: list[bytes] = []
    sendall = socket.socket.sendall

    def send(self: socket.socket, data: bytes, *args: Any) -> None:
        if not data.startswith(b"HTTP/"):
            sent.append(bytes(data))
        sendall(self, data, *args)

    monkeypatch.setattr(socket.socket, "sendall", send)
    return sent


def test_a_request_goes_out_in_one_send_and_in_these_bytes(sends: list[bytes]) -> None:
    for path in ("", "/base"):
        for call, line, headers, body in REQUESTS:
            sends.clear()
            found = answer(sessions("found", id="p1" if "DELETE" in line else ODD_ID))
            with Server([found] * 2) as server, make_client(base_url=server.url + path) as client:
                call(client.sessions)
                call(client.sessions)
            head = [line.format(base=path), f"Host: 127.0.0.1:{server.port}", *COMMON, *headers, "", ""]
            assert sends == [("\r\n".join(head) + body).encode("latin-1")] * 2


def test_a_proxy_gets_the_whole_url_in_one_send(sends: list[bytes]) -> None:
    call, line, headers, body = CREATE
    base = "http://127.0.0.1:9"  # where nothing listens
    with Server([answer(sessions("made"))]) as server:
        with make_client(base_url=base, proxy_settings=ProxySettings("127.0.0.1", server.port)) as client:
            call(client.sessions)
    head = [line.format(base=base), "Host: 127.0.0.1:9", *COMMON, *headers, "", ""]
    assert sends == [("\r\n".join(head) + body).encode("latin-1")]


SHORTENED: list[tuple[Any, str]] = [
    (urllib3.connection.HTTPConnection, "getresponse"),
    (urllib3.connection.HTTPConnection, "putheader"),
    (http.client.HTTPConnection, "putheader"),
    (urllib3.HTTPResponse, "read"),
]


def test_a_short_cut_is_not_taken_around_what_a_tool_patches_after_a_call() -> None:
    with Server([answer(sessions())] * 2) as server, make_client(base_url=server.url) as client, ExitStack() as patches:
        client.sessions.get_sessions()
        watched: list[Any] = []
        for owner, name in SHORTENED:
            patch = mock.patch.object(owner, name, autospec=True, side_effect=getattr(owner, name))
            watched.append(patches.enter_context(patch))
        client.sessions.get_sessions()
    assert [each for each in watched if not each.called] == []


PATCHED = """
import functools, http.client, sys
import urllib3, urllib3.connection
seen = set()
def patch(owner, name):
    original = getattr(owner, name)
    @functools.wraps(original)
    def watched(*args, **kwargs):
        seen.add((owner.__module__, name))
        return original(*args, **kwargs)
    setattr(owner, name, watched)
patch(urllib3.connection.HTTPConnection, "getresponse")
patch(urllib3.connection.HTTPConnection, "putheader")
patch(http.client.HTTPConnection, "putheader")
patch(urllib3.HTTPResponse, "read")
from payrix_sessions import ApiKeyCredentials, Client
with Client(base_url=sys.argv[1], api_key_credentials=ApiKeyCredentials("fake-api-key")) as client:
    client.sessions.get_sessions()
assert len(seen) == 4, seen
"""


def test_a_short_cut_is_not_taken_around_what_a_tool_has_patched_before_the_import() -> None:
    with Server([answer(sessions())]) as server:
        subprocess.run([sys.executable, "-c", PATCHED, server.url], check=True)


def test_a_tool_that_wraps_the_class_for_https_alone_is_called_too(
    connect: Connect, trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def putheader(self: Any, name: str, *values: str) -> None:
        seen.append(name)
        HTTPConnection.putheader(self, name, *values)

    monkeypatch.setattr(HTTPSConnection, "putheader", putheader)
    with Server([answer(sessions())], tls=trusted.trusted) as server:
        connect(server).sessions.get_sessions()
    assert seen == ["Host", "accept", "accept-encoding", "user-agent", "APIKEY"]
