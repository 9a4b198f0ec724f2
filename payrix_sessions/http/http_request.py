"""A request as it goes on the wire, and the copy of it that may be shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payrix_sessions._redaction import Hidden, Redactor, redact_headers


class Aside:
    """What requests and responses have beside their fields, out of reach of comparisons and serializers."""

    # _original: the way back from a copy that may be shown. A function and not the original itself: no field, vars(),
    # copy, pickle or serializer leads to what it returns.
    # _envelope: the decoded body of a response, once somebody asked for it.
    # _fault: why the body of a response could not be taken.
    # _known: secrets of the way to the API that are in no header, which a proxy may echo.
    # _may_have_been_sent: whether the request, or an earlier attempt of it, may have been carried out.
    __slots__ = ("_envelope", "_fault", "_known", "_may_have_been_sent", "_original")

    _envelope: Any
    _fault: str | None
    _known: Hidden
    _may_have_been_sent: bool
    _original: Callable[[], Any]


@dataclass(slots=True)
class HttpRequest(Aside):
    """A request. Wherever the package hands one out, credentials and tokens in it read ``***``.

    Attributes:
        http_method: "GET", "POST" or "DELETE".
        query_url: The whole URL.
        headers: The headers.
        parameters: The JSON of the body, or None.
        path: The path as the API's pages write it, "/sessions/{id}": what a log may show.
    """

    http_method: str
    query_url: str
    headers: dict[str, str]
    parameters: str | None
    path: str

    def reveal(self) -> "HttpRequest":
        """Return the request as it is sent. Only the one that an `HttpCallBack` is given knows more than it shows."""
        original: Callable[[], HttpRequest] | None = getattr(self, "_original", None)
        return original() if original else self

    def _redacted(self, *, revealable: bool = False) -> "HttpRequest":
        """Return the copy that may be shown; `revealable` lets `reveal` lead back to this one."""
        shown = HttpRequest(self.http_method, self.query_url, redact_headers(self.headers), self.parameters, self.path)
        if revealable:
            shown._original = lambda: self
        return shown

    def _redactor(self) -> Redactor:
        """Return the redactor that knows the secrets of this request."""
        known: Hidden | None = getattr(self, "_known", None)
        return Redactor.of_headers(self.headers, known.value if known else ())

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle or a copy holds what may be shown, no more.
        return HttpRequest, (
            self.http_method,
            self.query_url,
            redact_headers(self.headers),
            self.parameters,
            self.path,
        )
