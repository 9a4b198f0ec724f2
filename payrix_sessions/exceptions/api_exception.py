"""The exception for an error response, and for one that cannot be understood."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from requests.structures import CaseInsensitiveDict

from payrix_sessions._exceptions import PayrixException
from payrix_sessions._redaction import printable
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.error_item import ErrorItem

X = TypeVar("X", bound="APIException")

_ERRORS_SHOWN = 5
_MESSAGE_LENGTH = 300


class APIException(PayrixException):
    """An error response (any status but 2xx, or a 200 that holds errors), or one that cannot be understood.

    An application receives it from a call; `of` makes one for a test. Made from its message alone, as by a serializer
    that keeps only that, it has the message and empty attributes.

    Args:
        reason: Why it is raised; or a whole message, when there is no response.
        response: The response.
        hint: What to do, appended to the message.

    Attributes:
        reason: Why it was raised, in words.
        response_code: The HTTP status; 0 when made from a message alone.
        response: The response, with credentials and session keys redacted.
        errors: The errors that the API reported; empty when it reported none that can be understood.
        request_id: The id to quote to Payrix support: the `Cf-Ray` header, or `details.requestId`.
        attempts: How many times the request was tried.
        may_have_been_sent: True when a POST or DELETE may have been carried out despite the error, perhaps by an
            earlier attempt.
        request_token: The request token of the call, or None; a retry with it is safe, unless the message asks for a
            fresh one.
    """

    _error_model: ClassVar[type[ErrorItem]] = ErrorItem

    def __init__(self, reason: str, response: HttpResponse | None = None, hint: str = "") -> None:
        self.reason: str = reason
        received = response or HttpResponse(0, "", CaseInsensitiveDict(), "", HttpRequest("", "", {}, None, ""))
        self.response: HttpResponse = received._redacted() if response else received
        self.response_code: int = received.status_code
        self.errors: list[ErrorItem] = []
        self.request_id: int | str | None = None
        self.attempts: int = received.attempts
        self.may_have_been_sent: bool = received._may_have_been_sent
        self.request_token: str | None = received.request.headers.get("request-token")
        message = reason
        if response:
            self.errors = list(response._decoded().errors(self._error_model, response.request._redactor()))
            self.request_id = response.request_id
            status = f"{response.status_code} {self.response.reason_phrase}".strip()
            message = f"{status}: {self._explanation()}{hint}"
        super().__init__(message)

    @classmethod
    def of(
        cls: type[X], body: dict[str, Any] | str, *, status_code: int, headers: Mapping[str, str] | None = None
    ) -> X:
        """Build the exception that a response would raise, for a test.

        Args:
            body: The JSON of the response, such as ``{"errors": [{"errorCode": "invalid_auth"}]}``, or any text.
            status_code: The HTTP status.
            headers: The response headers (default: none).

        Returns:
            The exception, ready to be raised.
        """
        text = body if isinstance(body, str) else json.dumps(body)
        request = HttpRequest("GET", "https://test-api.payrix.com/sessions", {}, None, "/sessions")
        return cls(
            "the API rejected the request",
            HttpResponse(status_code, "", CaseInsensitiveDict(headers or {}), text, request),
        )

    def has(self, error_code: str) -> bool:
        """Return whether the API reported an error with this `errorCode`, such as ``"invalid_auth"``."""
        return any(item.error_code == error_code for item in self.errors)

    def _explanation(self) -> str:
        if 200 <= self.response_code < 300 and all(item.is_informative for item in self.errors):
            return self.reason
        shown = [printable(str(item), _MESSAGE_LENGTH) for item in self.errors[:_ERRORS_SHOWN]]
        if len(self.errors) > _ERRORS_SHOWN:
            shown.append(f"and {len(self.errors) - _ERRORS_SHOWN} more")
        return "; ".join(shown) or self.reason

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"
