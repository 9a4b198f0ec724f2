"""Going through all pages: what is asked for, when it stops, and what may happen on the way."""

import gc
import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from requests import PreparedRequest, RequestException
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    ConnectionException,
    Search,
    SessionPostResponse,
    SessionsController,
    Totals,
)
from tests.wire import BASE_URL, header, make_client

Reply = tuple[int, dict[str, str], str | Exception]

MORE: dict[str, Any] = {"page": {"current": 1, "last": 2, "hasMore": True}}
LAST: dict[str, Any] = {"page": {"current": 2, "last": 2, "hasMore": False}}

WAYS = ("iter_sessions", "iter_session_pages")


def page(*ids: str, details: Any = MORE, errors: Any = ()) -> Reply:
    data = [{"id": one} for one in ids]
    return 200, {}, json.dumps({"response": {"data": data, "details": details, "errors": list(errors)}})


def serve(api: RequestsMock, *pages: Reply) -> None:
    """Answer each page number with the page that stands there, and a page beyond them with an empty list."""

    def answer(request: PreparedRequest) -> Reply:
        number = int(asked(request, "page[number]") or 0)
        return pages[number - 1] if number <= len(pages) else page(details=LAST)

    api.reset()
    api.add_callback("GET", f"{BASE_URL}/sessions", callback=answer)


def asked(request: PreparedRequest, name: str) -> str | None:
    """Return a parameter of the query."""
    return parse_qs(urlsplit(str(request.url)).query).get(name, [None])[0]


def numbers(api: RequestsMock) -> list[str | None]:
    """List the pages that were asked for."""
    return [asked(call.request, "page[number]") for call in api.calls]


def ids(sessions: Iterator[SessionPostResponse]) -> str:
    """Join the ids of sessions, each a letter here."""
    return "".join(session.id for session in sessions)


def living() -> int:
    gc.collect()
    return sum(type(each) is SessionPostResponse for each in gc.get_objects())


def test_sessions_come_in_order_each_page_when_it_is_wanted_and_none_is_kept(
    api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a", "b"), page("b", "c"), page("d", details=LAST))
    before = living()
    iterator, pages = sessions.iter_sessions(), sessions.iter_session_pages(start_page=2)
    assert repr(iterator) == "<sessions, an iterator over all pages>"
    assert repr(pages) == "<pages of sessions, an iterator; next is 2>"
    assert numbers(api) == []
    found = [(session.id, type(session), len(api.calls)) for session in iterator]
    # One that moved onto the next page meanwhile comes again.
    assert found == [(each, SessionPostResponse, calls) for each, calls in zip("abbcd", (1, 1, 2, 2, 3), strict=True)]
    assert living() - before <= 1
    assert list(iterator) == []
    assert numbers(api) == ["1", "2", "3"]
    # As large as pages can be.
    assert str(api.calls[2].request.url).endswith("?page[number]=3&page[limit]=100")


def test_filters_are_checked_at_the_call_and_go_along_with_each_page_and_request_tokens_do_not(
    api: RequestsMock,
) -> None:
    # With one token for many requests, the API would answer every page with the first.
    search, totals = Search("login").equals("p1_log_1") & Search("created").sort("asc"), Totals.count("id")
    arguments = {"totals": totals, "page_limit": 1, "start_page": 2, "token": "fake-auth-token", "embed": "login"}
    wrong: list[tuple[str, Any]] = [
        *(("page_limit", 101), ("page_limit", None), ("start_page", 0), ("start_page", None), ("token", "")),
        *(("embed", 5), ("search", Search("login")), ("totals", ["count[]=id"]), ("request_token", "token-1")),
    ]
    for way in WAYS:
        serve(api, page(), page("a"), page("b"), page("c", details=LAST))
        with make_client(auto_request_tokens=True) as client:
            call = getattr(client.sessions, way)
            for name, value in wrong:  # rejected at the call
                with pytest.raises(TypeError if name == "request_token" else ArgumentException, match=name):
                    call(**{name: value})
            list(call(search, **arguments))
        assert numbers(api) == ["2", "3", "4"]
        for request in [each.request for each in api.calls]:
            headers = [header(request, name) for name in ("search", "totals", "token", "request-token")]
            assert headers == [str(search), "count[]=id", "fake-auth-token", None]
            assert (asked(request, "page[limit]"), asked(request, "embed")) == ("1", "login")


NO_MORE: list[Any] = [False, "no", []]
OPEN_END: list[Any] = [None, 5, {"page": []}, {"page": {"hasMore": None}}]


def test_it_goes_on_where_there_is_or_may_be_another_page(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[list[Reply], str]] = [
        # Where the API does not say that there is more, there is none; a last page known so far says nothing.
        *(([page("a", "b", details={"page": {"last": 9, "hasMore": no}})], "ab") for no in NO_MORE),
        *(
            ([page("a", details={"page": {"last": last, "hasMore": yes}}), page("b", details=LAST)], "ab")
            for last, yes in ((1, True), (None, 1), ("1", "true"))
        ),
        # Without a word on it, a full page may have a next one, and a short one has none.
        *(([page("a", "b", details=details), page("c", details=details)], "abc") for details in OPEN_END),
        # An empty page is the end even if it says otherwise, and so is a response without data.
        ([page("a"), page(details=MORE)], "a"),
        ([page("a"), (200, {}, '{"response": {"data": null, "details": {"page": {"hasMore": true}}}}')], "a"),
        ([page("a", errors=[{"severity": 1, "msg": "a notice"}]), page("b", details=LAST)], "ab"),
    ]
    for pages, found in rows:
        serve(api, *pages, page("x"))
        assert ids(sessions.iter_sessions(page_limit=2)) == found
        assert len(api.calls) == len(pages)


def test_a_page_that_comes_again_raises(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[Iterator[Any], list[Reply], int]] = [
        (sessions.iter_sessions(), [page("a", "b")] * 5, 2),
        (sessions.iter_session_pages(), [page("a", "b")] * 5, 1),
        (sessions.iter_sessions(), [page("a"), page("b"), page("c"), page("b"), page("d")], 3),
    ]
    for iterator, pages, delivered in rows:
        serve(api, *pages)
        assert len(list(itertools.islice(iterator, delivered))) == delivered
        number = len(api.calls) + 1
        words = f"page {number} holds the same sessions as an earlier page"
        with pytest.raises(APIException, match=words) as caught:
            next(iterator)
        assert (caught.value.response_code, len(api.calls)) == (200, number)


def test_after_an_error_it_goes_on_with_the_page_that_failed(api: RequestsMock, sessions: SessionsController) -> None:
    refused = page("x", errors=[{"severity": 2, "msg": "oops"}])
    rows: list[Reply] = [(500, {}, "oops"), refused, (200, {}, "<h1>oops</h1>"), (200, {}, RequestException("oops"))]
    for error in rows:
        serve(api, page("a", "b"), error)
        iterator = sessions.iter_sessions()
        assert ids(itertools.islice(iterator, 2)) == "ab"
        with pytest.raises((APIException, ConnectionException)):
            next(iterator)
        assert numbers(api) == ["1", "2"]
        serve(api, page("a", "b"), page("c"), page("d", details=LAST))
        assert ids(iterator) == "cd"
        assert numbers(api) == ["2", "3"]
