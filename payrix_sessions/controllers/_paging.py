"""Going through pages. It knows neither how a page is fetched nor what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from payrix_sessions._json_types import read_bool
from payrix_sessions._redaction import hides_arguments
from payrix_sessions.api_response import ApiResponse
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult

Page = ApiResponse[SessionsPostResponseResult]


class Pages(Iterator[Page]):
    """The pages of a list, each fetched when it is asked for.

    After a page that could not be fetched the iterator stands where it was: `next` tries that page again.

    Args:
        fetch: Fetches a page by its number.
        number: The first page.
        limit: How many sessions a page holds.
    """

    def __init__(self, fetch: Callable[[int], Page], number: int, limit: int) -> None:
        self._fetch = fetch
        self._number: int | None = number
        self._limit = limit
        self._seen: set[int] = set()

    def __repr__(self) -> str:
        return f"<pages of sessions, an iterator; next is {self._number or 'none'}>"

    @hides_arguments  # those that a page is asked for with
    def __next__(self) -> Page:
        if self._number is None:
            raise StopIteration
        page = self._fetch(self._number).raise_for_errors()
        ids = [session.id for session in page.body.data]
        # A hash for each page: 100,000 sessions are a thousand integers.
        if hash(frozenset(ids)) in self._seen:
            raise page._exception(f"page {self._number} holds the same sessions as an earlier page")
        self._seen.add(hash(frozenset(ids)))
        self._number = self._number + 1 if ids and _has_more(page, self._limit) else None
        return page


class Sessions(Iterator[SessionPostResponse]):
    """The sessions of pages, one after the other.

    Args:
        pages: The pages.
    """

    def __init__(self, pages: Iterator[Page]) -> None:
        self._pages = pages
        self._page: Iterator[SessionPostResponse] = iter(())

    def __repr__(self) -> str:
        return "<sessions, an iterator over all pages>"

    def __next__(self) -> SessionPostResponse:
        while True:
            for session in self._page:
                return session
            self._page = iter(next(self._pages).body.data)


def _has_more(page: Page, limit: int) -> bool:
    """Return whether there is another page. `last` is only the last page known so far, so it tells nothing."""
    has_more = getattr(page.details.page, "has_more", None)
    # If hasMore is missing, assume that a full page has a successor; an empty or short one ends the list.
    return len(page.body.data) >= limit if has_more is None else read_bool(has_more) is True
