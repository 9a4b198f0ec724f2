"""What a call returns."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from payrix_sessions.api_helper import is_true, known_request_id
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_result import SessionsResponseResult

T = TypeVar("T", SessionsResponseResult, SessionsPostResponseResult)
R = TypeVar("R", bound="ApiResponse[SessionsResponseResult] | ApiResponse[SessionsPostResponseResult]")


class ApiResponse(Generic[T]):
    """The answer to a call: a typed `body`, and the `errors` that the API may put into an HTTP 200.

    Attributes:
        status_code: The HTTP status, 2xx (every other one is raised).
        reason_phrase: The words that came with it.
        headers: The headers of the answer; their names are found in any case.
        text: The body as it came. It holds the keys of the sessions.
        request: What was asked, credentials and tokens masked.
        body: The typed content, never None.
        errors: What the API had to say, from both places where it puts errors; never None.
        attempts: How many times the request was tried.
    """

    __slots__ = ("_failure", "attempts", "body", "errors", "headers", "reason_phrase", "request", "status_code", "text")

    def __init__(self, response: HttpResponse, body: T, failure: APIException | None = None) -> None:
        self.status_code: int = response.status_code
        self.reason_phrase: str = response.reason_phrase
        self.headers: Mapping[str, str] = response.headers
        self.text: str = response.text
        self.request: HttpRequest = response.request.masked()
        self.body: T = body
        self.errors: list[ErrorItem] = failure.errors if failure else []
        self.attempts: int = response.attempts
        self._failure = failure

    @property
    def request_id(self) -> int | str | None:
        """What to name when you ask Payrix: the `Cf-Ray` header, else `details.requestId` as it came."""
        return self.headers.get("Cf-Ray") or known_request_id(self._details())

    @property
    def is_duplicate(self) -> bool:
        """True when the request token was used before: the answer is the first request's."""
        return is_true(getattr(self._details(), "duplicate_request", None))

    def is_error(self) -> bool:
        """Tell whether the request failed: an error of a severity other than 0 and 1 came with the answer."""
        return any(not error.is_informative for error in self.errors)

    def is_success(self) -> bool:
        """Tell whether the request succeeded; always the opposite of `is_error`."""
        return not self.is_error()

    def raise_for_errors(self: R) -> R:
        """Return this response when it is a success, so that calls can be chained.

        Raises:
            APIException: When `is_error()`.
        """
        if self._failure and self.is_error():
            raise copy.copy(self._failure)
        return self

    def _details(self) -> object:
        return getattr(self.body.response, "details", None)

    def __repr__(self) -> str:
        return f"<ApiResponse [{self.status_code} {self.reason_phrase}]>"

    def __str__(self) -> str:
        lines: list[str] = [f"{self.status_code} {self.reason_phrase}", *(f"error: {error}" for error in self.errors)]
        if self.is_duplicate:
            lines.append("the request token was used before: this is the answer to that request")
        return "\n".join([*lines, str(self.body)])


def unusable(response: ApiResponse[Any], reason: str) -> APIException:
    """Return the exception for a success that cannot be worked with."""
    answer = HttpResponse(
        response.status_code,
        response.reason_phrase,
        response.headers,
        response.text,
        response.request,
        response.attempts,
    )
    return APIException(reason, answer)
