"""A request as it goes on the wire, and its copy that may be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from payrix_sessions.masking import mask_headers, secrets_of


@dataclass(slots=True)
class HttpRequest:
    """A request. Wherever the package hands one out, credentials and tokens in it read ``***``.

    Attributes:
        http_method: "GET", "POST" or "DELETE".
        query_url: The whole URL.
        headers: The headers.
        parameters: The JSON text of the body, or None.
        path: The path as the API's pages write it, "/sessions/{id}": what a log may show.
    """

    http_method: str
    query_url: str
    headers: dict[str, str]
    parameters: str | None
    path: str
    _revealed: HttpRequest | None = field(default=None, repr=False, compare=False)

    def reveal(self) -> HttpRequest:
        """Return the request as it is sent. Only the one that an `HttpCallBack` is given knows more than it shows."""
        return self._revealed or self

    def masked(self, *, revealable: bool = False) -> HttpRequest:
        """Return a copy that may be shown; `revealable` lets `reveal` lead back to this one."""
        headers = mask_headers(self.headers)
        original = self if revealable else None
        return HttpRequest(self.http_method, self.query_url, headers, self.parameters, self.path, original)

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle holds what may be shown, no more.
        return HttpRequest, (self.http_method, self.query_url, self.headers, self.parameters, self.path)

    def secrets(self) -> list[str]:
        """List the values that must not be shown."""
        return secrets_of(self.headers)
