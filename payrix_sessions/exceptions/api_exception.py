"""The exception for an answer that says no, or that cannot be understood."""

from __future__ import annotations

from typing import ClassVar

from payrix_sessions.api_helper import decode_json, error_items
from payrix_sessions.exceptions.payrix_exception import PayrixException
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.error_item import ErrorItem

_ERRORS_SHOWN = 5
_MESSAGE_LENGTH = 300


class APIException(PayrixException):
    """An answer that says no (any status but 2xx, or a 200 full of errors), or that cannot be understood.

    Attributes:
        reason: Why this was raised, in words.
        response_code: The HTTP status.
        response: The answer, with credentials and session keys masked.
        errors: What the API had to say; empty when it said nothing that can be read.
        request_id: What to name when you ask Payrix: the `Cf-Ray` header, or `details.requestId`.
        attempts: How many times the request was tried.
    """

    _error_model: ClassVar[type[ErrorItem]] = ErrorItem

    def __init__(self, reason: str, response: HttpResponse, hint: str = "") -> None:
        self.reason: str = reason
        self.response: HttpResponse = response.masked()
        self.response_code: int = response.status_code
        try:
            answer = decode_json(response.text)
        except ValueError:
            answer = None
        self.errors: list[ErrorItem] = error_items(answer, self._error_model, response.request.secrets())
        self.request_id: int | str | None = response.request_id
        self.attempts: int = response.attempts
        super().__init__(
            f"{response.status_code} {self.response.reason_phrase}".strip() + f": {self._explanation()}{hint}"
        )

    def _explanation(self) -> str:
        shown = [str(item)[:_MESSAGE_LENGTH] for item in self.errors[:_ERRORS_SHOWN]]
        if len(self.errors) > _ERRORS_SHOWN:
            shown.append(f"and {len(self.errors) - _ERRORS_SHOWN} more")
        return "; ".join(shown) or self.reason

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"
