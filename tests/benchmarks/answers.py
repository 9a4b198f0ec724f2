"""The canned answers: bodies of the API's shape, and the bytes that the server sends for each request."""

import json
from typing import Any

from tests import fixtures

SESSION_ID = "p1_ssn_00c73b181e33818d7c0a13a"
LOGIN_ID = "t1_log_5b2011973fa59491784706b"
GROWTH = (1, 10, 100, 1_000, 10_000)

# What the API sends with an answer, less two things: the length stands in for `Transfer-Encoding: chunked`,
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
    """Return the text of the answer to getting one session."""
    return _text(fixtures.load("session_by_id"))


def new_session() -> str:
    """Return the text of the answer to creating a session."""
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


def routes() -> dict[str, bytes]:
    """Map each request, as ``METHOD target`` with the query decoded, to the bytes that answer it.

    A page of N sessions is also at ``/N/sessions``, for pages larger than the API's limit of 100.
    """
    bodies = {
        f"GET /sessions/{SESSION_ID}": one_session(),
        "POST /sessions": new_session(),
        "GET /sessions?page[limit]=30": page_of(30),
        "GET /sessions?page[limit]=100": page_of(100),
        **{f"GET /{count}/sessions": page_of(count) for count in GROWTH},
    }
    return {request: _response(body.encode()) for request, body in bodies.items()}


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


def _response(body: bytes) -> bytes:
    return HEAD.format(length=len(body)).encode("ascii") + body
