"""Request tokens: the second request with a token gets the first one's answer."""

import copy
from datetime import datetime, timedelta
from typing import Any

from .clock import Clock

_MEMORY = timedelta(hours=48)

Payload = dict[str, Any]


class RequestTokens:
    """The answers of the last 48 hours, by login and token.

    A token holds for every method and resource of its login: that is documented, and so is the answer to
    the first request even where the second one asks for something else.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[tuple[str, str], tuple[datetime, Payload]] = {}

    def recall(self, login: str, token: str) -> Payload | None:
        """Return the first answer, marked as a repeat; None if the token is new."""
        made, payload = self._answers.get((login, token), (None, None))
        if made is None or payload is None or self._clock.now() - made >= _MEMORY:
            return None
        repeated = copy.deepcopy(payload)
        repeated["response"]["details"]["duplicateRequest"] = True
        return repeated

    def remember(self, login: str, token: str, payload: Payload) -> Payload:
        """Keep and return the answer to a request that succeeded; one that failed may be repeated."""
        self._answers[login, token] = (self._clock.now(), payload)
        return payload
