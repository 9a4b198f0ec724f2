"""An answer as it came from the wire, and its copy that may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from requests.structures import CaseInsensitiveDict

from payrix_sessions.api_helper import answered_details, decode_json, known_request_id
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.masking import mask_text


@dataclass(slots=True)
class HttpResponse:
    """An answer. On an exception or in an `HttpCallBack`, credentials and session keys in it read ``***``.

    Attributes:
        status_code: The HTTP status.
        reason_phrase: The words that came with it.
        headers: The headers; their names are found in any case.
        text: The body.
        request: What was asked.
        attempts: How many times it was asked.
    """

    status_code: int
    reason_phrase: str
    headers: Mapping[str, str]
    text: str = field(repr=False)
    request: HttpRequest
    attempts: int = 1
    _revealed: HttpResponse | None = field(default=None, repr=False, compare=False)

    def reveal(self) -> HttpResponse:
        """Return the answer as it came. Only the one that an `HttpCallBack` is given knows more than it shows."""
        return self._revealed or self

    def masked(self, *, revealable: bool = False) -> HttpResponse:
        """Return a copy that may be shown; `revealable` lets `reveal` lead back to this one."""
        secrets = self.request.secrets()
        return HttpResponse(
            self.status_code,
            mask_text(self.reason_phrase, secrets),
            CaseInsensitiveDict({name: mask_text(value, secrets) for name, value in self.headers.items()}),
            mask_text(self.text, secrets),
            self.request.masked(),
            self.attempts,
            self if revealable else None,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle holds what may be shown, no more.
        fields = (self.status_code, self.reason_phrase, self.headers, self.text, self.request, self.attempts)
        return HttpResponse, fields

    @property
    def request_id(self) -> int | str | None:
        """What identifies the exchange to Payrix: the `Cf-Ray` header, else `details.requestId` as it came.

        The header comes first because it is unique; `requestId` was 1 in every answer seen on the wire.
        """
        ray = self.headers.get("Cf-Ray")
        if ray:
            return ray
        try:
            details = answered_details(decode_json(self.text))
        except ValueError:
            return None
        return known_request_id(details)
