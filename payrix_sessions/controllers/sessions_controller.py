"""The four operations of the Sessions resource, and what is built on them.

An operation is data: its arguments, checked, go into one `RequestBuilder`, and a `ResponseHandler` makes its result.
Every behaviour lives once, below.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from payrix_sessions._arguments import (
    check_auth_token,
    check_integer,
    check_path_segment,
    check_query_string,
    check_request_token,
    check_session_body,
)
from payrix_sessions._core import Core, RequestBuilder, ResponseHandler
from payrix_sessions._exceptions import (
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    PayrixException,
)
from payrix_sessions._redaction import Hidden, Secret, hides_arguments
from payrix_sessions.api_response import ApiResponse
from payrix_sessions.controllers._mismatch import created_mismatch, id_mismatch, page_mismatch
from payrix_sessions.controllers._paging import Pages, Sessions
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.exceptions.error_four_hundred_exception import ErrorFourHundredException
from payrix_sessions.http.auth.credentials import Credentials
from payrix_sessions.http.auth.kinds import ANY_KEY, ANY_KEY_OR_LOGIN
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.models.sessions_post_request import SessionsPostRequest, SessionsPostRequestDict
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult
from payrix_sessions.request_tokens import new_request_token
from payrix_sessions.search import SearchExpression, Totals, search_header, totals_header

_logger = logging.getLogger("payrix_sessions")

_REJECTED = "the request or its credentials are invalid"


class SessionsController:
    """The operations on sessions. `Client.sessions` is the one to use; any number of threads may."""

    # Any, because the core's own types are not known to checkers: one mention would make this class unknown too.
    def __init__(self, core: Any) -> None:
        self._core: Core = core

    @hides_arguments
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
            request_token: 1 to 100 printable characters. The API responds to a token seen within
                48 hours with the first response, so do not reuse one for a later lookup.
            token: An Auth Token, where the session or key demands one.
            embed: A related object to include in the response, such as ``login``.

        Returns:
            The response; `body.data` holds the session.

        Raises:
            ArgumentException: An argument is invalid; nothing was sent.
            ConfigurationException: The client has no suitable credentials; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or a response that cannot be understood or is to another request.
            ConnectionException: No complete response; TimeoutException when that was a matter of time.
        """
        token = Secret.of(token)
        session_id = check_path_segment("id", id)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions/{id}")
            .http_method("GET")
            .template("id", session_id)
            .header("request-token", check_request_token("request_token", request_token))
            .header("token", check_auth_token("token", token))
            .query("embed", check_query_string("embed", embed))
            .auth(ANY_KEY),
            ResponseHandler(SessionsResponseResult, lambda body, _: id_mismatch(session_id, body)).local_error(
                "400", _REJECTED, ErrorFourHundredException
            ),
        )

    @hides_arguments
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
            request_token: 1 to 100 printable characters, fresh for each deletion. With it the call is retried
                when its response is lost, without it never.
            token: An Auth Token, where the session or key demands one.

        Returns:
            The response; `body.data` holds the session that was deleted.

        Raises:
            ArgumentException: An argument is invalid; nothing was sent.
            ConfigurationException: The client has no suitable credentials; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or a response that cannot be understood or is to another request.
            ConnectionException: No complete response; `may_have_been_sent` tells whether it may have been carried out.
        """
        token = Secret.of(token)
        return self._delete(id, request_token, token)

    def _delete(
        self, id: str, request_token: str | None, token: str | None, credentials: Credentials | None = None
    ) -> ApiResponse[SessionsResponseResult]:
        session_id = check_path_segment("id", id)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions/{id}")
            .http_method("DELETE")
            .template("id", session_id)
            .header("request-token", check_request_token("request_token", request_token))
            .header("token", check_auth_token("token", token))
            .auth(ANY_KEY),
            ResponseHandler(SessionsResponseResult, lambda body, _: id_mismatch(session_id, body)).local_error(
                "400", _REJECTED, ErrorFourHundredException
            ),
            credentials,
        )

    @hides_arguments
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
            request_token: 1 to 100 printable characters. The API responds to a token seen within
                48 hours with the first response, so do not reuse one for the next page.
            search: Filters and sorting: a `Search`, or a string such as ``created[greater]=2025-01-01``. The API
                responds to one that it does not understand with an empty list; such a string causes a warning.
            totals: Totals to compute: `Totals`, or a string such as ``count[]=id``; the result has them in `totals`.
            page_number: The page, from 1 (the API's default).
            page_limit: How many sessions a page holds, 1 to 100 (the API's default: 30).
            token: An Auth Token, where the session or key demands one.
            embed: A related object to include in each session, such as ``login``.

        Returns:
            The response; `body.data` holds the sessions.

        Raises:
            ArgumentException: An argument is invalid; nothing was sent. Where Python turns warnings into errors, also a
                `SearchWarning` about the search or the totals.
            ConfigurationException: The client has no suitable credentials; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or a response that cannot be understood or is to another request.
            ConnectionException: No complete response; TimeoutException when that was a matter of time.
        """
        token, search = Secret.of(token), Secret.of(search)
        return self._list(
            check_request_token("request_token", request_token),
            search_header("search", search),
            totals_header("totals", totals),
            check_integer("page_number", page_number, 1),
            check_integer("page_limit", page_limit, 1, 100),
            check_auth_token("token", token),
            check_query_string("embed", embed),
        )

    def _list(
        self,
        request_token: str | None,
        search: str | None,
        totals: str | None,
        page_number: int | None,
        page_limit: int | None,
        token: str | None,
        embed: str | None,
    ) -> ApiResponse[SessionsPostResponseResult]:
        return self._core.execute(
            RequestBuilder()
            .path("/sessions")
            .http_method("GET")
            .header("request-token", request_token)
            .header("token", token)
            .header("search", search)
            .header("totals", totals)
            .query("page[number]", page_number)
            .query("page[limit]", page_limit)
            .query("embed", embed)
            .auth(ANY_KEY),
            ResponseHandler(
                SessionsPostResponseResult,
                lambda body, is_duplicate: page_mismatch(page_number, body, is_duplicate=is_duplicate),
            ).local_error("400", _REJECTED, ErrorFourHundredException),
        )

    @hides_arguments
    def post_sessions(
        self,
        body: SessionsPostRequest | SessionsPostRequestDict,
        request_token: str | None = None,
        *,
        token: str | None = None,
    ) -> ApiResponse[SessionsResponseResult]:
        """Create a session.

        Args:
            body: The session to create: a `SessionsPostRequest`, or a dict with wire names. What is not set is
                not sent.
            request_token: 1 to 100 printable characters, fresh for each session. With it the call is retried when
                its response is lost (the API then returns the first session), without it never.
            token: An Auth Token, where the login or key demands one.

        Returns:
            The response; `body.data` holds the new session, with its `key`.

        Raises:
            ArgumentException: An argument is invalid; nothing was sent.
            ConfigurationException: The client has no suitable credentials; nothing was sent.
            ErrorFourHundredException: HTTP 400.
            APIException: Any other status but 2xx, or a response that cannot be understood or is to another request.
            ConnectionException: No complete response; `may_have_been_sent` tells whether it may have been carried out.
        """
        # Hidden, because tracebacks show local variables, and an Auth Token may stand where the flag belongs.
        token, body = Secret.of(token), Hidden.of(body)
        request_token = check_request_token("request_token", request_token)
        token = check_auth_token("token", token)
        members = check_session_body("body", body)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions")
            .http_method("POST")
            .header("content-type", "application/json")
            .header("request-token", request_token)
            .header("token", token)
            .body(members)
            .auth(ANY_KEY_OR_LOGIN),
            ResponseHandler(
                SessionsResponseResult,
                lambda result, is_duplicate: created_mismatch(members, result, is_duplicate=is_duplicate),
            ).local_error("400", _REJECTED, ErrorFourHundredException),
        )

    @hides_arguments
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
        """Go through all sessions that match; pages are fetched lazily.

        Sessions that are created or deleted meanwhile shift the pages: one may then be seen twice or missed.

        Args:
            search: Filters and sorting, as for `get_sessions`; they go along with each page.
            totals: Totals to compute, as for `get_sessions`.
            page_limit: How many sessions are fetched at a time, 1 to 100 (default: 100).
            start_page: The page to begin with (default: 1).
            token: An Auth Token, where the session or key demands one. It serves one request, so one page.
            embed: A related object to include in each session, such as ``login``.

        Returns:
            An iterator over the sessions; each call of this method gives a new one. After an exception it goes on
            with the page that failed.

        Raises:
            ArgumentException: An argument is invalid; raised at once.
            PayrixException: What `get_sessions` raises, or what is wrong with a page: an error inside a 200, or the
                same page twice. The sessions before it have been delivered.
        """
        token, search = Secret.of(token), Secret.of(search)
        responses = self.iter_session_pages(
            search, totals=totals, page_limit=page_limit, start_page=start_page, token=token, embed=embed
        )
        return Sessions(responses)

    @hides_arguments
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
        """Go through the pages of `iter_sessions`, each with what its response says beside the sessions.

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
            ArgumentException: An argument is invalid; raised at once.
            PayrixException: As for `iter_sessions`.
        """
        token, search = Secret.of(token), Secret.of(search)
        found = search_header("search", search)
        counted = totals_header("totals", totals)
        check_integer("page_limit", page_limit, 1, 100, optional=False)
        check_integer("start_page", start_page, 1, optional=False)
        check_auth_token("token", token)
        check_query_string("embed", embed)

        def fetch(number: int) -> ApiResponse[SessionsPostResponseResult]:
            return self._list(None, found, counted, number, page_limit, token, embed)

        return Pages(fetch, start_page, page_limit)

    @hides_arguments
    def temporary_session(
        self,
        body: SessionsPostRequest | SessionsPostRequestDict,
        request_token: str | None = None,
        *,
        token: str | None = None,
    ) -> AbstractContextManager[SessionResponse]:
        """Create a session for the length of a `with` block, and delete it at the end, whatever happens in the block.

        Both requests carry request tokens, so they are retried when a response is lost. When creating gets no usable
        response, the API is asked once more, with the same token, what became of it. The session is deleted with the
        client's credentials, or with its own key where these cannot.

        Args:
            body: The session to create, as for `post_sessions`.
            request_token: The request token for creating it (default: a fresh one). The exceptions carry it.
            token: An Auth Token, where the login or key demands one.

        Returns:
            A context manager; entering it creates the session and gives it.

        Raises:
            PayrixException: What `post_sessions` raises, and an error inside its 200. What deleting raises comes out
                of a block that ended well; after an exception of the block it is only logged.
        """
        request_token = check_request_token("request_token", request_token)
        token = check_auth_token("token", token)
        return self._temporary(Hidden.of(body), request_token, Secret.of(token))

    @contextmanager
    def _temporary(self, body: Any, request_token: str | None, token: str | None) -> Generator[SessionResponse]:
        # The token is made here, anew each time that what was decorated with it runs.
        session = self._create(body, request_token or new_request_token(), token)
        try:
            yield session
        except BaseException:
            try:
                self._delete_again(session, token)
            except Exception as failure:  # noqa: BLE001  (a callback may raise anything; the block's own comes first)
                _logger.warning("a temporary session could not be deleted: %s", type(failure).__name__)
            raise
        self._delete_again(session, token)

    def _create(self, body: Any, request_token: str, token: str | None) -> SessionResponse:
        try:
            return _deletable(self.post_sessions(body, request_token, token=token))
        except (APIException, ConnectionException) as exception:
            if not exception.may_have_been_sent:
                raise
            try:
                return _deletable(self.post_sessions(body, request_token, token=token))
            except PayrixException:
                # What went wrong first tells more, and carries the same request token.
                pass
            raise

    def _delete_again(self, session: SessionResponse, token: str | None) -> None:
        try:
            self._delete(session.id, new_request_token(), token).raise_for_errors()
            return
        except (APIException, ConfigurationException) as failure:
            if not session.key:
                raise
            # A user name and password can only create; any key may delete, unless the API says that it may not.
            has_key = isinstance(failure, APIException)
        try:
            self._delete_as(session, session, token)
        except APIException:
            if has_key:
                raise
            # The key of a session that is public, or has flags, may not delete it; that of a plain private one may.
            deputy = self.post_sessions({"public": 0}, new_request_token(), token=token).one()
            try:
                self._delete_as(deputy, session, token)
            finally:
                self._delete_as(deputy, deputy, token)

    def _delete_as(self, owner: SessionResponse, session: SessionResponse, token: str | None) -> None:
        key = SessionKeyCredentials(owner.key)
        self._delete(session.id, new_request_token(), token, key).raise_for_errors()


def _deletable(created: ApiResponse[SessionsResponseResult]) -> SessionResponse:
    """Return the session of a response, if it can be deleted by its id."""
    session = created.one()
    try:
        check_path_segment("id", session.id)
    except ArgumentException as exception:
        raise created._exception(f"the session cannot be deleted: {exception}") from None
    return session
