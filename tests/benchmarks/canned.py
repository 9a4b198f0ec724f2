"""The canned responses: bodies of the API's shape, and the bytes that the server sends for each request."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from tests import fixtures

SESSION_ID = "p1_ssn_00c73b181e33818d7c0a13a"
LOGIN_ID = "t1_log_5b2011973fa59491784706b"
GROWTH = (1, 10, 100, 1_000, 10_000)

# What the API sends with a response, less two things: the length stands in for `Transfer-Encoding: chunked`,
# and the `Set-Cookie` of its edge is left out, because requests would pay for that cookie.
HEAD = (
    "HTTP/1.1 200 OK\r\n"
    "Date: Tue, 04 Mar 2025 17:40:40 GMT\r\n"
    "Content-Type: application/json; charset=UTF-8\r\n"
    "Content-Length: {length}\r\n"
    "Connection: keep-alive\r\n"
    "Server: cloudflare\r\n"
    "Cf-Ray: 91b2f3c4d5e6f708-EWR\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "\r\n"
)


def one_session() -> str:
    """Return the text of the response to getting one session."""
    return _text(fixtures.load("session_by_id"))


def new_session() -> str:
    """Return the text of the response to creating a session."""
    return _text(fixtures.load("created_with_flags_as_text"))


def page_of(count: int) -> str:
    """Return the text of a page of so many sessions, no two alike."""
    page = fixtures.load("session_list")
    session: dict[str, Any] = page["response"]["data"][0]
    page["response"]["data"] = [
        session
        | {
            "id": f"p1_ssn_{number:023x}",
            "key": f"{number:032x}",
            "login": f"p1_log_{number:023x}",
            "created": f"2025-03-04 12:40:40.{number:04}",
        }
        for number in range(count)
    ]
    return _text(page)


def lean_page(count: int) -> str:
    """Return the text of a page of so many sessions that lack some of the declared members: 384 bytes each."""
    page: dict[str, Any] = json.loads(page_of(count))
    for session in page["response"]["data"]:
        del session["effectiveRoles"], session["effectiveResources"]
        session["modified"] += "0" * (383 - len(_text(session)))  # and a comma
    return _text(page)


def page_number(number: bytes) -> bytes:
    """Return the bytes of one of endless pages of 100 sessions, no two alike."""
    return _endless().replace(b"p1_ssn_00000000", b"p1_ssn_" + number.zfill(8))


@cache
def _endless() -> bytes:
    return _lean(lean_page(100).replace('"hasMore":false', '"hasMore":true').encode())


def routes() -> dict[str, bytes]:
    """Map each request, as ``METHOD target`` with the query decoded, to the bytes that respond to it.

    A page of N sessions is also at ``/N/sessions``, for pages larger than the API's limit of 100. What is below
    ``/lean`` comes with two headers, its type and its length; below ``/chunked`` and ``/gzip`` also as the names say.
    """
    bodies = {
        f"GET /sessions/{SESSION_ID}": one_session(),
        "POST /sessions": new_session(),
        "GET /sessions?page[limit]=30": page_of(30),
        "GET /sessions?page[limit]=100": page_of(100),
        **{f"GET /{count}/sessions": page_of(count) for count in GROWTH},
    }
    lean = {
        f"/sessions/{SESSION_ID}": lean_page(1).replace(f"p1_ssn_{0:023x}", SESSION_ID),
        "/sessions": lean_page(1).replace(f"p1_log_{0:023x}", LOGIN_ID),
        "/sessions?page[limit]=30": lean_page(30),
        "/sessions?page[limit]=100": lean_page(100),
    }
    return {request: _response(body.encode()) for request, body in bodies.items()} | {
        f"{'POST' if target == '/sessions' else 'GET'} /{kind}{target}": response(body.encode())
        for kind, response in KINDS.items()
        for target, body in lean.items()
    }


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


def _response(body: bytes) -> bytes:
    return HEAD.format(length=len(body)).encode("ascii") + body


def _lean(body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    return head % (more, len(body)) + body


def _gzip(body: bytes) -> bytes:
    return _lean(gzip.compress(body), b"Content-Encoding: gzip\r\n")


def _chunked(body: bytes) -> bytes:
    size = 8 * 1024
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(piece), piece)
        for start in range(0, len(body), size)
        for piece in [body[start : start + size]]
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + chunks + b"0\r\n\r\n"


KINDS: dict[str, Callable[[bytes], bytes]] = {"lean": _lean, "chunked": _chunked, "gzip": _gzip}
