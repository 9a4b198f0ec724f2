"""What goes out, byte for byte: one send for each request, whatever short cuts are taken on the way."""

import pkgutil
import socket
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from urllib3.connection import HTTPConnection

from payrix_sessions import ProxySettings, SessionsController, __version__
from payrix_sessions._transport.patches import LibraryFunction
from tests.support.certificates import Certificates
from tests.support.payrix import connect, serve, sessions
from tests.support.server import Server, answer
from tests.wire import API_KEY, GET_ONE

USER_AGENT = f"user-agent: payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
COMMON = ("accept: application/json", "accept-encoding: gzip, deflate", USER_AGENT)
KEY = f"APIKEY: {API_KEY}"
ODD_ID = "p1/ä[x]%"
BODY = '{"login": "p1_log_example"}'

# The call, the request line, the headers after those that all have in common, and the body.
REQUESTS: list[tuple[Callable[[SessionsController], Any], str, list[str], str]] = [
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
    (
        lambda api: api.post_sessions({"login": "p1_log_example"}, "abc"),
        "POST {base}/sessions HTTP/1.1",
        ["content-type: application/json", "request-token: abc", KEY, f"content-length: {len(BODY)}"],
        BODY,
    ),
]


def test_a_request_goes_out_in_one_send_and_in_these_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sends: list[bytes] = []
    sendall = socket.socket.sendall

    def send(self: socket.socket, data: bytes, *args: Any) -> None:
        if not data.startswith(b"HTTP/"):  # of the server
            sends.append(bytes(data))
        sendall(self, data, *args)

    monkeypatch.setattr(socket.socket, "sendall", send)
    for call, line, headers, body in REQUESTS:
        with Server([answer(sessions("found", id="p1" if "DELETE" in line else ODD_ID))] * 6) as server:
            proxy = ProxySettings("127.0.0.1", server.port)  # it gets the whole URL
            elsewhere = "http://127.0.0.1:9"
            rows: list[tuple[str, str, dict[str, Any]]] = [
                ("", server.url, {}),
                ("/base", server.url, {"base_url": f"{server.url}/base"}),
                (elsewhere, elsewhere, {"base_url": elsewhere, "proxy_settings": proxy}),
            ]
            for base, host, options in rows:
                sends.clear()
                client = connect(server, **options)
                call(client.sessions)
                call(client.sessions)
                head = [line.format(base=base), f"Host: {host[7:]}", *COMMON, *headers, "", ""]
                assert sends == [("\r\n".join(head) + body).encode("latin-1")] * 2


WATCHED = [
    *("requests.sessions.Session.request", "urllib3.util.connection.create_connection", "urllib3.HTTPResponse.read"),
    *("urllib3.connection.HTTPSConnection.getresponse", "urllib3.connection.HTTPSConnection.putheader"),
    *("urllib3.connection.HTTPConnection.getresponse", "urllib3.connection.HTTPConnection.putheader"),
    "http.client.HTTPConnection.putheader",
]


def test_a_short_cut_is_not_taken_around_what_a_tool_patches(trusted: Certificates) -> None:
    last = answer(sessions("x"), headers={"Connection": "close"})  # so that each call connects anew
    with serve(*[last] * 9, tls=trusted.trusted) as (_, client):
        GET_ONE(client.sessions)
        for target in WATCHED:
            original = pkgutil.resolve_name(target)
            with mock.patch(target, autospec=True, side_effect=original) as watched:
                GET_ONE(client.sessions)
            assert watched.called, target


def test_what_a_tool_has_patched_before_the_import_is_not_the_librarys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LibraryFunction(HTTPConnection, "putheader")()
    for replacement in (mock.Mock(), connect):
        monkeypatch.setattr(HTTPConnection, "putheader", replacement)
        assert not LibraryFunction(HTTPConnection, "putheader")()
