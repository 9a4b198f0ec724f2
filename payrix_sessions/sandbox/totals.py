"""The `totals` header: count, sum, min and max of a field over everything that a search found."""

import re
from collections.abc import Sequence

from .store import Record

_TOTAL = re.compile(r"(count|max|min|sum)\[\]=(\w+)", re.ASCII)

Totals = dict[str, dict[str, object]]


def totals_of(header: str, records: Sequence[Record]) -> Totals | list[object]:
    """Return what `details.totals` holds; the API writes "none" as an empty list.

    Assumed: the result is keyed by operator and then by field, and a part that is not understood is left
    out. Payrix documents only that the total stands in `details.totals`.
    """
    totals: Totals = {}
    for part in header.split("&"):
        if match := _TOTAL.fullmatch(part):
            totals.setdefault(match[1], {})[match[2]] = _total(match[1], match[2], records)
    return totals or []


def _total(operator: str, name: str, records: Sequence[Record]) -> object:
    values = [record[name] for record in records if name in record]
    numbers = [value for value in values if isinstance(value, int)]
    if operator == "count":
        return sum(1 for value in values if value)  # the guide: what is not zero is counted
    if operator == "sum":
        return sum(numbers)
    best = min if operator == "min" else max
    return best(numbers) if numbers else best(map(str, values), default=None)
