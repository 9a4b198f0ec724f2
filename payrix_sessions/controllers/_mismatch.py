"""Whether a response can be the response to its request.

The API responds to a used request token with the record of the first request, whatever the second asked for,
and a connection out of step delivers the response to an earlier request. Either would read as a success. Each check
returns what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payrix_sessions._envelope import details_of
from payrix_sessions._json_types import is_object
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult


def id_mismatch(id: str, body: SessionsResponseResult) -> str | None:
    """Compare the ids of the sessions with the one that was asked for."""
    if all(session.id == id or session.id is None for session in body.data):  # pyright: ignore[reportUnnecessaryComparison]
        return None
    return "the response is about another session than the one asked for"


def created_mismatch(sent: Mapping[str, Any], body: SessionsResponseResult, *, is_duplicate: bool) -> str | None:
    """Compare the session with what was sent to create it."""
    if len(body.data) != 1:
        return f"the response to creating a session holds {len(body.data)} sessions, not one"
    login = login_id(body.data[0].login)
    if "login" in sent and login is not None and login != sent["login"]:
        return "the response is about a session of another login than the one sent"
    # The API may decide on a flag itself; but a retry of one's own request gets the same response to the letter.
    session = body.data[0].to_dictionary() if is_duplicate else {}
    if any(name in session and str(session[name]) != str(sent[name]) for name in sent if name != "login"):
        return "the response is about a session with other flags than those sent"
    return None


def page_mismatch(number: int | None, body: SessionsPostResponseResult, *, is_duplicate: bool) -> str | None:
    """Compare the page with the one that was asked for."""
    page = details_of(body.response).page
    if is_duplicate and page is None:
        return "the response is not a page of a list"
    current, expected = getattr(page, "current", None), number or 1
    if is_duplicate and current is not None and str(current) != str(expected):
        return f"the response is page {current} of a list, not page {expected}"
    return None


def login_id(login: Any) -> str | None:
    """Return the id of a login, which may come as itself or as the object that it is the id of."""
    found: Any = login["id"] if is_object(login) and "id" in login else getattr(login, "id", login)
    return found if isinstance(found, str) else None
