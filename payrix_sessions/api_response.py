"""What a call returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import responses
from typing import Any, Generic, TypeVar, overload

from requests.structures import CaseInsensitiveDict

from payrix_sessions._envelope import Envelope, details_of, request_id_of
from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._json_types import is_list, is_object, read_bool
from payrix_sessions._redaction import LONGEST_PARSED, Hidden, Redactor, hides_arguments, printable
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.details import Details
from payrix_sessions.models.details_properties import DetailsProperties
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.model import Model
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult

T = TypeVar("T", SessionsResponseResult, SessionsPostResponseResult)
B = TypeVar("B", SessionsResponseResult, SessionsPostResponseResult)
R = TypeVar("R", bound="ApiResponse[SessionsResponseResult] | ApiResponse[SessionsPostResponseResult]")


class ApiResponse(Generic[T]):
    """The response to a call: a typed `body`, and the `errors` that the API may put into an HTTP 200.

    Attributes:
        status_code: The HTTP status, 2xx; any other is raised as an exception.
        reason_phrase: The reason phrase of the status.
        headers: The response headers; names are case-insensitive.
        text: The raw body, session keys included.
        request: The request, credentials and tokens redacted.
        body: The typed content, never None.
        errors: The errors that the API reported, at the top level or in `response`; never None.
        attempts: How many times the request was tried.
    """

    __slots__ = (
        "_hint",
        "_may_have_been_sent",
        "_sent",
        "attempts",
        "body",
        "errors",
        "headers",
        "reason_phrase",
        "request",
        "status_code",
        "text",
    )

    def __init__(self, response: HttpResponse, body: T, errors: list[ErrorItem] | None = None, hint: str = "") -> None:
        self.status_code: int = response.status_code
        self.reason_phrase: str = response.reason_phrase
        self.headers: Mapping[str, str] = response.headers
        self.text: str = response.text
        self.request: HttpRequest = response.request._redacted()
        self.body: T = body
        self.errors: list[ErrorItem] = errors or []
        self.attempts: int = response.attempts
        self._sent = Hidden(response.request)
        self._may_have_been_sent = response._may_have_been_sent
        self._hint = hint

    @overload
    @classmethod
    def of(
        cls, body: B, *, status_code: int = 200, headers: Mapping[str, str] | None = None, attempts: int = 1
    ) -> ApiResponse[B]: ...

    @overload
    @classmethod
    def of(
        cls,
        body: dict[str, Any] | list[SessionResponse] | None = None,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        attempts: int = 1,
    ) -> ApiResponse[SessionsResponseResult]: ...

    @classmethod
    @hides_arguments
    def of(
        cls, body: Any = None, *, status_code: int = 200, headers: Mapping[str, str] | None = None, attempts: int = 1
    ) -> Any:
        """Build a response from plain data, for a test.

        Args:
            body: A result model, a dict as the API sends it, or a list of sessions (default: no sessions).
            status_code: The HTTP status, 2xx (default: 200).
            headers: The response headers (default: none).
            attempts: How many times the request was tried (default: 1).

        Returns:
            The response; for a dict or a list its body is a `SessionsResponseResult`.

        Raises:
            ArgumentException: The body is something else, or the status is one that raises; see `APIException.of`.
        """
        if status_code not in range(200, 300):
            raise ArgumentException(
                f"status_code must be 2xx, not {status_code}; make an exception with APIException.of"
            )
        content: Any = [] if body is None else body
        if is_list(content):
            members = [session.to_dictionary() if isinstance(session, Model) else session for session in content]
            content = {"response": {"data": members, "details": {}, "errors": []}}
        if is_object(content):
            content = SessionsResponseResult.from_dictionary(content)
        if not isinstance(content, (SessionsResponseResult, SessionsPostResponseResult)):
            raise ArgumentException(
                f"body must be a result model, a dict or a list of sessions, not {type(content).__name__}"
            )
        request = HttpRequest("GET", "https://test-api.payrix.com/sessions", {}, None, "/sessions")
        text = json.dumps(content.to_dictionary())
        phrase = responses.get(status_code, "")
        response = HttpResponse(status_code, phrase, CaseInsensitiveDict(headers or {}), text, request, attempts)
        envelope = response._decoded()
        if envelope.fault:
            raise ArgumentException(f"body is not an envelope of the API: {envelope.fault}")
        result: Any = content
        return cls(response, result, envelope.errors(ErrorItem, Redactor()))

    @property
    def details(self) -> Details:
        """The metadata of the response: page, totals, request id; empty if there is none."""
        return details_of(self.body.response)

    @property
    def totals(self) -> dict[str, Any] | list[Any]:
        """The totals that were asked for, as the API sends them; empty when there are none."""
        return self.details.totals or {}

    @property
    def request_id(self) -> int | str | None:
        """The id to quote to Payrix support: the `Cf-Ray` header, else `details.requestId` as it came."""
        ray = self.headers.get("Cf-Ray")
        found = ray or request_id_of(self.details.request_id)
        return self._redactor().line(found) if isinstance(found, str) else found

    @property
    def is_duplicate(self) -> bool:
        """True when the request token was used before: this is the response to the first request."""
        return read_bool(self.details.duplicate_request) is True

    def is_error(self) -> bool:
        """Return whether the request failed: an error of a severity other than 0 and 1 came with the response."""
        return any(not error.is_informative for error in self.errors)

    def is_success(self) -> bool:
        """Return whether the request succeeded; always the opposite of `is_error`."""
        return not self.is_error()

    def has(self, error_code: str) -> bool:
        """Return whether the API reported an error with this `errorCode`, such as ``"invalid_auth"``."""
        return any(error.error_code == error_code for error in self.errors)

    def raise_for_errors(self: R) -> R:
        """Return this response when it is a success, so that calls can be chained.

        Raises:
            APIException: When `is_error()`.
        """
        exception = self._exception("the API reported errors") if self.is_error() else None
        if exception is None:
            return self
        del self  # tracebacks show local variables, and this one holds the keys of the sessions
        raise exception

    def one(self) -> SessionResponse:
        """Return the one session of this response.

        Raises:
            APIException: The API reported errors, or the response holds no session, several, or one without an id.
        """
        reason = self._why_not_one()
        if reason is None:
            return self.body.data[0]
        exception = self._exception(reason)
        del self
        raise exception

    def _why_not_one(self) -> str | None:
        sessions = self.body.data
        if self.is_error():
            return "the API reported errors"
        if not sessions:
            return "the response holds no session: there is none with this id, or none that matches"
        if len(sessions) > 1:
            return f"the response holds {len(sessions)} sessions, not one"
        return None if sessions[0].id else "the session of the response has no id"

    def _redactor(self) -> Redactor:
        # A copy and a pickle have none of the request's secrets.
        request: HttpRequest | None = self._sent.value
        return Redactor() if request is None else request._redactor()

    def _exception(self, reason: str) -> APIException:
        """Return the exception for a success that cannot be worked with, or for the errors."""
        # What was decoded once is handed on; the errors in it are redacted already.
        value: dict[str, Any] = {"errors": [error.to_dictionary() for error in self.errors]}
        if len(self.text) <= LONGEST_PARSED:
            value = self._redactor().members(self.body.to_dictionary())
        response = HttpResponse(
            self.status_code,
            self._redactor().line(self.reason_phrase),
            CaseInsensitiveDict(self._redactor().response_headers(self.headers)),
            json.dumps(value),
            self.request,
            self.attempts,
        )
        response._envelope = Envelope.of(value)
        response._may_have_been_sent = self._may_have_been_sent  # type: ignore[misc]  # mypy overlooks inherited slots
        return APIException(reason, response, self._hint)

    def __repr__(self) -> str:
        return self._redactor().known(f"<ApiResponse [{self._status()}], {self._summary()}>")

    def _status(self) -> str:
        return f"{self.status_code} {self._redactor().line(self.reason_phrase)}"

    def _summary(self) -> str:
        if self.is_error():
            return "; ".join(f"error: {printable(str(error))}" for error in self.errors[:3])
        count = len(self.body.data)
        parts = [f"{count} session" if count == 1 else f"{count} sessions"]
        page = self.details.page
        if isinstance(page, DetailsProperties) and page.current is not None:
            parts.append(f"page {page.current} of {page.last}" if page.last is not None else f"page {page.current}")
        if self.is_duplicate:
            parts.append("a duplicate: the request token was used before")
        return ", ".join(parts)

    def __str__(self) -> str:
        lines: list[str] = [
            self._status(),
            *(f"error: {printable(str(error))}" for error in self.errors),
        ]
        if self.is_duplicate:
            lines.append("the request token was used before: this is the response to that request")
        return self._redactor().known("\n".join([*lines, str(self.body)]))
