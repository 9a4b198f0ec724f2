"""The loopback server: a process of its own that answers with canned bytes, in one send."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import unquote

from tests import fixtures
from tests.support.server import chunked, sized

SESSION_ID = f"p1_ssn_{0:023x}"
LOGIN_ID = f"p1_log_{0:023x}"

# What the API sends with a response, less two things: the length stands in for `Transfer-Encoding: chunked`,
# and the `Set-Cookie` of its edge is left out, because requests would pay for that cookie.
API_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Tue, 04 Mar 2025 17:40:40 GMT\r\n"
    b"Content-Type: application/json; charset=UTF-8\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: keep-alive\r\n"
    b"Server: cloudflare\r\n"
    b"Cf-Ray: 91b2f3c4d5e6f708-EWR\r\n"
    b"Access-Control-Allow-Origin: *\r\n"
    b"\r\n"
)


def page_of(count: int, *, lean: bool = False) -> bytes:
    """Return a page of so many sessions, no two alike; lean ones lack some members and have 384 bytes each."""
    page = fixtures.load("session_list")
    session: dict[str, Any] = page["response"]["data"][0]
    page["response"]["data"] = sessions = [
        session
        | {
            "id": f"p1_ssn_{number:023x}",
            "key": f"{number:032x}",
            "login": f"p1_log_{number:023x}",
            "created": f"2025-03-04 12:40:40.{number:04}",
        }
        for number in range(count)
    ]
    for session in sessions if lean else ():
        del session["effectiveRoles"], session["effectiveResources"]
        session["modified"] += "0" * (383 - len(_encode(session)))  # and a comma
    return _encode(page)


@contextmanager
def running_server() -> Generator[str]:
    """Run the server for the length of the block; gives its base URL, to which one of KINDS is added as a path."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _in_chunks(body: bytes) -> bytes:
    return chunked(*(body[start : start + 8192] for start in range(0, len(body), 8192)))


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "lean": sized,
    "chunked": _in_chunks,
    "gzip": lambda body: sized(gzip.compress(body), b"Content-Encoding: gzip\r\n"),
    "api": lambda body: API_HEAD % len(body) + body,
}


def _canned() -> dict[str, bytes]:
    """Map each request, as method and target with the query decoded, to the bytes that answer it."""
    pages: dict[str, bytes] = {}
    for kind, make in KINDS.items():
        one, some, many = (make(page_of(count, lean=kind != "api")) for count in (1, 30, 100))
        pages |= {f"GET /{kind}/sessions/{SESSION_ID}": one, f"POST /{kind}/sessions": one}
        pages |= {f"GET /{kind}/sessions?page[limit]=30": some, f"GET /{kind}/sessions?page[limit]=100": many}
    return pages


class _Handler(StreamRequestHandler):
    """Answers request after request; one that nothing is canned for ends the connection."""

    disable_nagle_algorithm = True
    canned = _canned()
    endless = sized(page_of(100, lean=True).replace(b'"hasMore":false', b'"hasMore":true'))

    def handle(self) -> None:
        while request := self.rfile.readline().decode().removesuffix(" HTTP/1.1\r\n"):
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.rfile.read(length)
            if number := re.match(r"GET /endless/.*page%5Bnumber%5D=(\d+)", request):  # pages without end, none alike
                self.wfile.write(self.endless.replace(b"p1_ssn_00000000", f"p1_ssn_{number[1]:0>8}".encode()))
            else:
                self.wfile.write(self.canned[unquote(request)])


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
