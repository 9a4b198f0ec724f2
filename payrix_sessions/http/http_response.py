"""A response as it came from the wire, and the copy of it that may be shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from requests.structures import CaseInsensitiveDict

from payrix_sessions._envelope import Envelope
from payrix_sessions.http.http_request import Aside, HttpRequest


@dataclass(slots=True)
class HttpResponse(Aside):
    """A response. On an exception or in an `HttpCallBack`, credentials and session keys in it read ``***``.

    Attributes:
        status_code: The HTTP status.
        reason_phrase: The reason phrase of the status.
        headers: The headers; names are case-insensitive.
        text: The body.
        request: The request.
        attempts: How many times the request was tried.
    """

    status_code: int
    reason_phrase: str
    headers: Mapping[str, str]
    text: str = field(repr=False)
    request: HttpRequest
    attempts: int = 1

    def __post_init__(self) -> None:
        self._fault = None  # type: ignore[misc]  # mypy overlooks inherited slots
        self._may_have_been_sent = False  # type: ignore[misc]  # mypy overlooks inherited slots

    def reveal(self) -> "HttpResponse":
        """Return the response as it came. Only the one that an `HttpCallBack` is given knows more than it shows."""
        original: Callable[[], HttpResponse] | None = getattr(self, "_original", None)
        return original() if original else self

    @property
    def request_id(self) -> int | str | None:
        """The id to quote to Payrix support: the `Cf-Ray` header, else `details.requestId` as it came.

        The header comes first because it is unique; `requestId` was 1 in every response seen on the wire.
        """
        ray = self.headers.get("Cf-Ray")
        found = ray or self._decoded().request_id
        return self.request._redactor().line(found) if isinstance(found, str) else found

    def _decoded(self) -> Envelope:
        """Return the decoded body; it is decoded when first asked for, and never again."""
        envelope: Envelope | None = getattr(self, "_envelope", None)
        if envelope is None:
            envelope = self._envelope = Envelope(self.text)
        return envelope

    def _redacted(self, *, revealable: bool = False) -> "HttpResponse":
        """Return the copy that may be shown; `revealable` lets `reveal` lead back to this one."""
        redactor = self.request._redactor()
        text, value = redactor.body(self.text, self._decoded().value)
        shown = HttpResponse(
            self.status_code,
            redactor.line(self.reason_phrase),
            CaseInsensitiveDict(redactor.response_headers(self.headers)),
            text,
            self.request._redacted(),
            self.attempts,
        )
        shown._envelope = Envelope.of(value)
        if revealable:
            shown._original = lambda: self
        return shown

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle or a copy holds what may be shown, no more.
        shown = self._redacted()
        return HttpResponse, (
            shown.status_code,
            shown.reason_phrase,
            shown.headers,
            shown.text,
            shown.request,
            shown.attempts,
        )
