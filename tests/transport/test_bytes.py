"""What goes out, byte for byte: one send for each request, whatever short cuts are taken on the way."""

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from payrix_sessions import ProxySettings, SessionsController, __version__
from tests.support.payrix import sessions
from tests.support.server import Server, answer
from tests.wire import API_KEY, SESSION_ID, make_client

USER_AGENT = f"user-agent: payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
COMMON = ("accept: application/json", "accept-encoding: gzip, deflate", USER_AGENT)
KEY = f"APIKEY: {API_KEY}"
BODY = '{"login": "p1_log_example"}'

REQUESTS: dict[str, tuple[Callable[[SessionsController], Any], list[str], str]] = {
    "get one": (
        lambda controller: controller.get_sessions_id(SESSION_ID),
        [f"GET {{base}}/sessions/{SESSION_ID} HTTP/1.1", *COMMON, KEY],
        "",
    ),
    "get one with all that there is": (
        lambda controller: controller.get_sessions_id("p1/ä[x]%", "abc", token="tök", embed="login,creator"),
        [
            "GET {base}/sessions/p1%2F%C3%A4%5Bx%5D%25?embed=login%2Ccreator HTTP/1.1",
            *COMMON,
            "request-token: abc",
            "token: tök",
            KEY,
        ],
        "",
    ),
    "delete": (
        lambda controller: controller.delete_sessions_id(SESSION_ID, "abc"),
        [f"DELETE {{base}}/sessions/{SESSION_ID} HTTP/1.1", *COMMON, "request-token: abc", KEY],
        "",
    ),
    "list": (
        lambda controller: controller.get_sessions(
            search="status[equals]=1", totals="count[]=id", page_number=2, page_limit=30
        ),
        [
            "GET {base}/sessions?page%5Bnumber%5D=2&page%5Blimit%5D=30 HTTP/1.1",
            *COMMON,
            "search: status[equals]=1",
            "totals: count[]=id",
            KEY,
        ],
        "",
    ),
    "create": (
        lambda controller: controller.post_sessions({"login": "p1_log_example"}, "abc"),
        [
            "POST {base}/sessions HTTP/1.1",
            *COMMON,
            "content-type: application/json",
            "request-token: abc",
            KEY,
            f"content-length: {len(BODY)}",
        ],
        BODY,
    ),
}


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


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("path", ["", "/base"])
def test_a_request_goes_out_in_one_send_and_in_these_bytes(name: str, path: str, sends: list[bytes]) -> None:
    call, lines, body = REQUESTS[name]
    with Server(lambda _: fitting(name)) as server, make_client(base_url=server.url + path) as client:
        call(client.sessions)
        call(client.sessions)
        lines = [lines[0].format(base=path), f"Host: 127.0.0.1:{server.port}", *lines[1:]]
    assert sends == [("\r\n".join([*lines, "", ""]) + body).encode("latin-1")] * 2


def test_a_proxy_gets_the_whole_url_in_one_send(sends: list[bytes]) -> None:
    call, lines, body = REQUESTS["create"]
    base = "http://127.0.0.1:9"  # where nothing listens
    with (
        Server([fitting("create")]) as server,
        make_client(base_url=base, proxy_settings=ProxySettings("127.0.0.1", server.port)) as client,
    ):
        call(client.sessions)
    lines = [lines[0].format(base=base), "Host: 127.0.0.1:9", *lines[1:]]
    assert sends == [("\r\n".join([*lines, "", ""]) + body).encode("latin-1")]


def fitting(name: str) -> Any:
    if name == "list":
        return answer(sessions())
    return answer(sessions("found", id="p1/ä[x]%" if "all" in name else SESSION_ID))


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
def patch_all():
    patch(urllib3.connection.HTTPConnection, "getresponse")
    patch(urllib3.connection.HTTPConnection, "putheader")
    patch(http.client.HTTPConnection, "putheader")
    patch(urllib3.HTTPResponse, "read")
if sys.argv[2] == "before":
    patch_all()
from payrix_sessions import ApiKeyCredentials, Client
with Client(base_url=sys.argv[1], api_key_credentials=ApiKeyCredentials("fake-api-key")) as client:
    if sys.argv[2] == "after":
        client.sessions.get_sessions()
        patch_all()
    client.sessions.get_sessions()
assert len(seen) == 4, seen
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_short_cut_is_not_taken_around_what_a_tool_has_patched(moment: str) -> None:
    with Server(lambda _: answer(sessions())) as server:
        subprocess.run([sys.executable, "-c", PATCHED, server.url, moment], check=True)
