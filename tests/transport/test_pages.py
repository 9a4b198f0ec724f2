"""A list ends where the API says so, and never because a page failed."""

from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException, PayrixException
from tests.support.payrix import REFUSED
from tests.support.server import Server, Step, answer, raw, reset
from tests.transport.conftest import Connect


def page(*ids: str, has_more: Any = None) -> Step:
    data = [{"id": one} for one in ids]
    details = {} if has_more is None else {"page": {"current": 1, "hasMore": has_more}}
    return answer({"response": {"data": data, "details": details}})


FAILED: dict[str, Step] = {
    "reset": reset(),
    "503": answer(b"", 503),
    "HTML": answer(b"<html>"),
    "errors in a 200": answer(REFUSED),
    "cut": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "the same page again": page("a", "b"),
}


def test_next_after_a_failed_page_does_not_look_like_the_end(connect: Connect) -> None:
    for method, failed in [("iter_sessions", failed) for failed in FAILED.values()] + [
        ("iter_session_pages", FAILED["reset"])
    ]:
        with Server([page("a", "b"), failed, failed, failed]) as server:
            pages = getattr(connect(server).sessions, method)(page_limit=2)
            seen: list[object] = []
            with pytest.raises((APIException, ConnectionException)):
                seen.extend(pages)
            for _ in range(2):
                with pytest.raises(PayrixException):
                    next(pages)


def test_has_more_is_understood_as_a_string_too(connect: Connect) -> None:
    rows: list[tuple[Any, int]] = [
        *((value, 2) for value in ("true", "True", "1", 1, True)),
        *((value, 1) for value in ("false", "False", "0", 0, "")),
    ]
    for has_more, asked in rows:
        with Server([page("a", "b", has_more=has_more), page("c", has_more=0)]) as server:
            assert len(list(connect(server).sessions.iter_sessions(page_limit=2))) == asked + 1
            assert len(server.requests) == asked
