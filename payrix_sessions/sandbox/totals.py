"""The `totals` header: count, sum, min and max of a field over everything that a search found."""

import re
from collections.abc import Sequence

from payrix_sessions.sandbox.store import Session

_TOTAL = re.compile(r"(count|max|min|sum)\[\]=(\w+)", re.ASCII)

Totals = dict[str, dict[str, object]]


def totals_of(header: str, sessions: Sequence[Session]) -> Totals:
    """Return what `details.totals` holds, with times in full.

    Assumed: the result is keyed by operator and then by field, and a part that is not understood is left out.
    Payrix documents only that the total stands in `details.totals`.
    """
    totals: Totals = {}
    for part in header.split("&"):
        if match := _TOTAL.fullmatch(part):
            totals.setdefault(match[1], {})[match[2]] = _total(match[1], match[2], sessions)
    return totals


def _total(operator: str, name: str, sessions: Sequence[Session]) -> object:
    values = [value for session in sessions if (value := session.value(name)) is not None]
    numbers = [value for value in values if isinstance(value, int)]
    if operator == "count":
        return sum(1 for value in values if value)  # the guide: what is not zero is counted
    if operator == "sum":
        return sum(numbers)
    best = min if operator == "min" else max
    return best(numbers) if numbers else best(map(str, values), default=None)
