"""A list ends where the API says so, and never because a page failed."""

from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException
from tests.support.payrix import REFUSED
from tests.support.server import OK_HEAD, Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import envelope


def page(*ids: str, **details: Any) -> Step:
    return answer(envelope(*({"id": one} for one in ids), **details))


def test_next_after_a_failed_page_does_not_look_like_the_end(connect: Connect) -> None:
    cut = raw(OK_HEAD + b"Content-Length: 99\r\n\r\n{")
    steps: list[Step] = [reset(), answer(b"", 503), answer(b"<html>"), answer(REFUSED), cut, page("a", "b")]
    for method, failed in [*(("iter_sessions", step) for step in steps), ("iter_session_pages", reset())]:
        with Server([page("a", "b"), failed, failed, failed]) as server:
            pages = getattr(connect(server).sessions, method)(page_limit=2)
            with pytest.raises((APIException, ConnectionException)):
                list(pages)
            for _ in range(2):
                with pytest.raises((APIException, ConnectionException)):
                    next(pages)


def test_has_more_is_understood_as_a_string_too(connect: Connect) -> None:
    yes: tuple[Any, ...] = ("true", "True", "1", 1, True)
    no: tuple[Any, ...] = ("false", "False", "0", 0, "")
    for has_more in yes + no:
        first = page("a", "b", page={"current": 1, "hasMore": has_more})
        with Server([first, page("c", page={"hasMore": 0})]) as server:
            seen = [session.id for session in connect(server).sessions.iter_sessions(page_limit=2)]
        assert seen == (["a", "b", "c"] if has_more in yes else ["a", "b"])
