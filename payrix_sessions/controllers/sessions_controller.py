"""The four operations of the Sessions resource."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from payrix_sessions._core import Core, FirstOf, Parameter, RequestBuilder, ResponseHandler
from payrix_sessions.api_helper import is_true
from payrix_sessions.arguments import (
    auth_token,
    path_segment,
    query_text,
    session_body,
    token_text,
    whole_number,
)
from payrix_sessions.exceptions.error_four_hundred_exception import ErrorFourHundredException
from payrix_sessions.http.api_response import ApiResponse, unusable
from payrix_sessions.http.retry_policy import new_request_token
from payrix_sessions.masking import Secret
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.models.sessions_post_request import SessionsPostRequest
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult
from payrix_sessions.search import SearchExpression, Totals, search_text, totals_text

_logger = logging.getLogger("payrix_sessions")

_KEYS = (("api_key_credentials",), ("session_key_credentials",), ("txn_session_key_credentials",))
_ANY_KEY = FirstOf(*_KEYS)
_ANY_KEY_OR_LOGIN = FirstOf(*_KEYS, ("username_credentials", "password_credentials"))
_REFUSED = "the request or its credentials are not right"


class SessionsController:
    """The operations on sessions. `Client.sessions` is the one to use; any number of threads may."""

    __slots__ = ("_core",)

    # Any, because the core's own types are not known to checkers: one mention would make this class unknown too.
    def __init__(self, core: Any) -> None:
        self._core: Core = core

    def get_sessions_id(
        self,
        id: str,
        request_token: str | None = None,
        *,
        token: str | None = None,
        embed: str | None = None,
    ) -> ApiResponse[SessionsResponseResult]:
        """Look up one session. An id that does not exist is no error to the API: `body.data` is then empty.

        Args:
            id: The session's id.
            request_token: 1 to 100 printable characters. The API answers a token that it has seen within 48 hours
                with the first answer, so do not reuse one for a later look.
            token: An Auth Token, where the session or key demands one.
            embed: A related object to put into the answer, such as ``login``.

        Returns:
            The response; `body.data` holds the session.

        Raises:
            ArgumentException: An argument cannot be right; nothing was sent.
            ConfigurationException: The client has no credentials that fit; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or an answer that cannot be understood.
            ConnectionException: No complete answer; TimeoutException when that was a matter of time.
        """
        token = Secret.of(token)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions/{id}")
            .http_method("GET")
            .template_param(Parameter().key("id").value(path_segment("id", id)).should_encode(True))
            .header_param(Parameter().key("request-token").value(token_text("request_token", request_token)))
            .header_param(Parameter().key("token").value(auth_token("token", token)))
            .query_param(Parameter().key("embed").value(query_text("embed", embed)))
            .auth(_ANY_KEY),
            ResponseHandler(SessionsResponseResult).local_error("400", _REFUSED, ErrorFourHundredException),
        )

    def delete_sessions_id(
        self,
        id: str,
        request_token: str | None = None,
        *,
        token: str | None = None,
    ) -> ApiResponse[SessionsResponseResult]:
        """Delete a session, so that its key stops working. An id that does not exist leaves `body.data` empty.

        Args:
            id: The session's id.
            request_token: 1 to 100 printable characters, fresh for each deletion. With it the call is repeated
                when its answer is lost, without it never.
            token: An Auth Token, where the session or key demands one.

        Returns:
            The response; `body.data` holds the session that was deleted.

        Raises:
            ArgumentException: An argument cannot be right; nothing was sent.
            ConfigurationException: The client has no credentials that fit; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or an answer that cannot be understood.
            ConnectionException: No complete answer; `may_have_been_sent` tells whether it may have been carried out.
        """
        token = Secret.of(token)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions/{id}")
            .http_method("DELETE")
            .template_param(Parameter().key("id").value(path_segment("id", id)).should_encode(True))
            .header_param(Parameter().key("request-token").value(token_text("request_token", request_token)))
            .header_param(Parameter().key("token").value(auth_token("token", token)))
            .auth(_ANY_KEY),
            ResponseHandler(SessionsResponseResult).local_error("400", _REFUSED, ErrorFourHundredException),
        )

    def get_sessions(
        self,
        request_token: str | None = None,
        search: str | SearchExpression | None = None,
        totals: str | Totals | None = None,
        page_number: int | None = None,
        page_limit: int | None = None,
        *,
        token: str | None = None,
        embed: str | None = None,
    ) -> ApiResponse[SessionsPostResponseResult]:
        """List sessions, one page at a time.

        Args:
            request_token: 1 to 100 printable characters. The API answers a token that it has seen within 48 hours
                with the first answer, so do not reuse one for the next page.
            search: Filters and sorting: a `Search`, or a text such as ``created[greater]=2025-01-01``. The API answers
                an operator that it does not know with an empty list; a text with such a one gets a warning.
            totals: Totals to compute: `Totals`, or a text such as ``count[]=id``; they are in
                `body.response.details.totals`.
            page_number: The page, from 1 (the API's default).
            page_limit: How many sessions a page holds, 1 to 100 (the API's default: 30).
            token: An Auth Token, where the session or key demands one.
            embed: A related object to put into each session, such as ``login``.

        Returns:
            The response; `body.data` holds the sessions.

        Raises:
            ArgumentException: An argument cannot be right; nothing was sent.
            ConfigurationException: The client has no credentials that fit; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or an answer that cannot be understood.
            ConnectionException: No complete answer; TimeoutException when that was a matter of time.
        """
        token, search = Secret.of(token), Secret.of(search)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions")
            .http_method("GET")
            .header_param(Parameter().key("request-token").value(token_text("request_token", request_token)))
            .header_param(Parameter().key("token").value(auth_token("token", token)))
            .header_param(Parameter().key("search").value(search_text("search", search)))
            .header_param(Parameter().key("totals").value(totals_text("totals", totals)))
            .query_param(Parameter().key("page[number]").value(whole_number("page_number", page_number, 1)))
            .query_param(Parameter().key("page[limit]").value(whole_number("page_limit", page_limit, 1, 100)))
            .query_param(Parameter().key("embed").value(query_text("embed", embed)))
            .auth(_ANY_KEY),
            ResponseHandler(SessionsPostResponseResult).local_error("400", _REFUSED, ErrorFourHundredException),
        )

    def post_sessions(
        self,
        body: SessionsPostRequest | dict[str, Any],
        request_token: str | None = None,
        *,
        token: str | None = None,
    ) -> ApiResponse[SessionsResponseResult]:
        """Create a session.

        Args:
            body: What the session shall be: a `SessionsPostRequest`, or a dict with wire names. What was not set
                is not sent.
            request_token: 1 to 100 printable characters, fresh for each session. With it the call is repeated when
                its answer is lost (the API answers with the first session), without it never.
            token: An Auth Token, where the login or key demands one.

        Returns:
            The response; `body.data` holds the new session, with its `key`.

        Raises:
            ArgumentException: An argument cannot be right; nothing was sent.
            ConfigurationException: The client has no credentials that fit; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or an answer that cannot be understood.
            ConnectionException: No complete answer; `may_have_been_sent` tells whether it may have been carried out.
        """
        token = Secret.of(token)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions")
            .http_method("POST")
            .header_param(Parameter().key("content-type").value("application/json"))
            .header_param(Parameter().key("request-token").value(token_text("request_token", request_token)))
            .header_param(Parameter().key("token").value(auth_token("token", token)))
            .body_param(Parameter().value(session_body("body", body)))
            .body_serializer(json.dumps)
            .auth(_ANY_KEY_OR_LOGIN),
            ResponseHandler(SessionsResponseResult).local_error("400", _REFUSED, ErrorFourHundredException),
        )

    def iter_sessions(
        self,
        search: str | SearchExpression | None = None,
        *,
        totals: str | Totals | None = None,
        page_limit: int = 100,
        start_page: int = 1,
        token: str | None = None,
        embed: str | None = None,
    ) -> Iterator[SessionPostResponse]:
        """Go through all sessions that match, page after page, as they are asked for.

        Sessions that are created or deleted meanwhile shift the pages: one may then be seen twice or missed.

        Args:
            search: Filters and sorting, as for `get_sessions`; they go along with each page.
            totals: Totals to compute, as for `get_sessions`.
            page_limit: How many sessions are fetched at a time, 1 to 100 (default: 100).
            start_page: The page to begin with (default: 1).
            token: An Auth Token, where the session or key demands one. It serves one request, so one page.
            embed: A related object to put into each session, such as ``login``.

        Returns:
            An iterator over the sessions; each call of this method gives a new one.

        Raises:
            ArgumentException: An argument cannot be right; raised at once.
            PayrixException: What `get_sessions` raises, or what is wrong with a page: an error inside a 200, or the
                same page twice. The sessions before it have been delivered.
        """
        token, search = Secret.of(token), search_text("search", Secret.of(search))
        responses = self.iter_session_pages(
            search, totals=totals, page_limit=page_limit, start_page=start_page, token=token, embed=embed
        )
        return (session for page in responses for session in page.body.data)

    def iter_session_pages(
        self,
        search: str | SearchExpression | None = None,
        *,
        totals: str | Totals | None = None,
        page_limit: int = 100,
        start_page: int = 1,
        token: str | None = None,
        embed: str | None = None,
    ) -> Iterator[ApiResponse[SessionsPostResponseResult]]:
        """Go through the pages of `iter_sessions`, with what each answer says beside its sessions.

        Args:
            search: As for `iter_sessions`.
            totals: As for `iter_sessions`.
            page_limit: As for `iter_sessions`.
            start_page: As for `iter_sessions`.
            token: As for `iter_sessions`.
            embed: As for `iter_sessions`.

        Returns:
            An iterator over the responses.

        Raises:
            ArgumentException: An argument cannot be right; raised at once.
            PayrixException: As for `iter_sessions`.
        """
        token, search = Secret.of(token), search_text("search", Secret.of(search))
        totals = totals_text("totals", totals)
        whole_number("page_limit", page_limit, 1, 100, optional=False)
        whole_number("start_page", start_page, 1, optional=False)
        auth_token("token", token)
        query_text("embed", embed)

        def fetch(number: int) -> ApiResponse[SessionsPostResponseResult]:
            return self.get_sessions(None, search, totals, number, page_limit, token=token, embed=embed)

        return _pages(fetch, start_page, page_limit)

    @contextmanager
    def temporary_session(self, body: SessionsPostRequest | dict[str, Any]) -> Generator[SessionResponse]:
        """Create a session for the length of a `with` block, and delete it at the end, whatever happens in the block.

        Both requests carry request tokens of their own, so they are repeated when an answer is lost.

        Args:
            body: What the session shall be, as for `post_sessions`.

        Yields:
            The session.

        Raises:
            PayrixException: What `post_sessions` raises, and an error inside its 200. What deleting raises comes out
                of a block that ended well; after an exception of the block it is only logged.
        """
        created = self.post_sessions(body, new_request_token()).raise_for_errors()
        session = created.body.data[0] if created.body.data else SessionResponse()
        if not session.id:
            raise unusable(created, "the API created no session that could be deleted again")
        try:
            yield session
        except BaseException:
            try:
                self.delete_sessions_id(session.id, new_request_token()).raise_for_errors()
            except Exception as failure:  # noqa: BLE001  (a call-back may raise anything; the block's own comes first)
                _logger.warning("a temporary session could not be deleted: %s", type(failure).__name__)
            raise
        self.delete_sessions_id(session.id, new_request_token()).raise_for_errors()


def _pages(
    fetch: Callable[[int], ApiResponse[SessionsPostResponseResult]], number: int, limit: int
) -> Iterator[ApiResponse[SessionsPostResponseResult]]:
    """Fetch page after page, from this number on, until the API says that there is no more.

    Raises:
        APIException: A page comes with errors, or is one of those before it again.
    """
    before: set[str] = set()
    landmark: set[str] = set()
    while True:
        page = fetch(number).raise_for_errors()
        ids = {str(session.id) for session in page.body.data}
        if ids and ids in (before, landmark):
            raise unusable(page, f"page {number} holds the same sessions as a page before it")
        yield page
        if not ids or not _has_more(page, limit):
            return
        before = ids
        if number.bit_count() == 1:  # powers of two: rare enough for any circle to close in between
            landmark = ids
        number += 1


def _has_more(page: ApiResponse[SessionsPostResponseResult], limit: int) -> bool:
    """Tell whether there is another page. `last` is only the last page known so far, so it tells nothing."""
    details = page.body.response.details if page.body.response else None
    has_more = getattr(getattr(details, "page", None), "has_more", None)
    # Without a word on it, a page that is full may have a next one; that one's being empty or short ends the list.
    return len(page.body.data) >= limit if has_more is None else is_true(has_more)
