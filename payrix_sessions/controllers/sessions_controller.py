"""The four operations of the Sessions resource."""

from __future__ import annotations

import json
from typing import Any

from payrix_sessions.arguments import (
    auth_token,
    header_text,
    path_segment,
    query_text,
    session_body,
    token_text,
    whole_number,
)
from payrix_sessions.core import Core, FirstOf, Parameter, RequestBuilder, ResponseHandler
from payrix_sessions.exceptions.error_four_hundred_exception import ErrorFourHundredException
from payrix_sessions.http.api_response import ApiResponse
from payrix_sessions.masking import Secret
from payrix_sessions.models.sessions_post_request import SessionsPostRequest
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult

_KEYS = (("api_key_credentials",), ("session_key_credentials",), ("txn_session_key_credentials",))
_ANY_KEY = FirstOf(*_KEYS)
_ANY_KEY_OR_LOGIN = FirstOf(*_KEYS, ("username_credentials", "password_credentials"))
_REFUSED = "the request or its credentials are not right"


class SessionsController:
    """The operations on sessions. `Client.sessions` is the one to use; any number of threads may."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

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
        search: str | None = None,
        totals: str | None = None,
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
            search: Filters and sorting, such as ``created[greater]=2025-01-01``. The API answers an operator that
                it does not know with an empty list.
            totals: Totals to compute, such as ``count[]=id``; they are in `body.response.details.totals`.
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
        token = Secret.of(token)
        return self._core.execute(
            RequestBuilder()
            .path("/sessions")
            .http_method("GET")
            .header_param(Parameter().key("request-token").value(token_text("request_token", request_token)))
            .header_param(Parameter().key("token").value(auth_token("token", token)))
            .header_param(Parameter().key("search").value(header_text("search", search)))
            .header_param(Parameter().key("totals").value(header_text("totals", totals)))
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
