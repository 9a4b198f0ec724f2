"""Request tokens: the second request with a token gets the first one's response."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

from payrix_sessions.sandbox.clock import Clock

_MEMORY = timedelta(hours=48)

Payload = dict[str, Any]


class RequestTokens:
    """The payloads of the last 48 hours, by login and token.

    A token holds for every method and resource of its login: that is documented, and so is the response to the
    first request even where the second one asks for something else. Payloads are never changed once they are kept.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._payloads: OrderedDict[tuple[str, str], tuple[datetime, Payload]] = OrderedDict()

    def recall(self, login: str, token: str) -> Payload | None:
        """Return the first payload, marked as a repeat; None if the token is new."""
        self._forget_old()
        if (login, token) not in self._payloads:
            return None
        inner = self._payloads[login, token][1]["response"]
        return {"response": {**inner, "details": {**inner["details"], "duplicateRequest": True}}}

    def remember(self, login: str, token: str, payload: Payload) -> Payload:
        """Keep and return the payload of a request that succeeded; one that failed may be repeated."""
        self._payloads[login, token] = (self._clock.now(), payload)
        return payload

    def _forget_old(self) -> None:
        while self._payloads and self._clock.now() - next(iter(self._payloads.values()))[0] >= _MEMORY:
            self._payloads.popitem(last=False)
