"""The callback that lets an application observe each call."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse


@runtime_checkable  # validators ask isinstance
class HttpCallBack(Protocol):
    """The object that `http_call_back` takes. It observes each call once, however many attempts the call needs.

    What it is given is redacted; `reveal()` returns the original.

    A third method is optional: ``on_error(request, exception)`` is called when the call ends without a response, with
    the same request that `on_before_request` was given, so that a span or a gauge that began there can end.
    """

    def on_before_request(self, request: HttpRequest) -> None:
        """Observe the request before it is sent."""

    def on_after_response(self, http_response: HttpResponse) -> None:
        """Observe the response before its content is interpreted."""
