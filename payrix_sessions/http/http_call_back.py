"""Where an application looks at each call."""

from __future__ import annotations

from typing import Protocol

from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse


class HttpCallBack(Protocol):
    """What `http_call_back` takes: an object that is shown each call, once before and once after.

    What it is shown is masked; `reveal()` on either gives the real one. A call that is retried is shown once;
    a call without an answer has no after.
    """

    def on_before_request(self, request: HttpRequest) -> None:
        """Look at the request before it is sent."""

    def on_after_response(self, http_response: HttpResponse) -> None:
        """Look at the answer before it is read."""
