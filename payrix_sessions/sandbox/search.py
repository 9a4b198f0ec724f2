"""The `search` header: conditions, and/or trees and sorting.

A search that the API does not understand is no error to it: an unknown field, operator or separator and a
value in the wrong form silently match nothing. So do ours.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from .answers import query_error
from .store import Record

_CLAUSE = re.compile(r"([^\[\]=]+)((?:\[[^\[\]]*\])+)=(.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,4}))?)?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)

_TIMES = ("created", "modified")
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class _Condition:
    """One `field[operator]=value`."""

    field: str
    operator: str
    value: str

    def matches(self, record: Record) -> bool:
        actual = record.get(self.field)
        negated = self.operator in _NEGATED
        test = (_NEGATED if negated else _PLAIN).get(self.operator)
        if actual is None or test is None:
            return False
        texts = self.value.split(",") if self.operator in ("in", "notin") else [self.value]
        return negated != any(test(actual, _read(self.field, actual, text), text) for text in texts)


class _Group:
    """Conditions that must all hold, with the `and[i]` and `or[i]` branches below them."""

    def __init__(self) -> None:
        self.conditions: list[_Condition] = []
        self.every: dict[str, _Group] = {}
        self.some: dict[str, _Group] = {}

    def matches(self, record: Record) -> bool:
        return (
            all(condition.matches(record) for condition in self.conditions)
            and all(group.matches(record) for group in self.every.values())
            and (not self.some or any(group.matches(record) for group in self.some.values()))
        )

    def branch(self, kind: str, index: str) -> "_Group":
        branches = self.some if kind == "or" else self.every
        return branches.setdefault(index, _Group())


_NEVER = _Condition("", "", "")


class Search:
    """A search header, ready to be applied.

    Raises the API's `query_error` for a plain condition directly under a top-level `and[i]`, which the API
    was seen to refuse, and for trees of absurd depth.
    """

    def __init__(self, header: str) -> None:
        self._root = _Group()
        self._order: list[tuple[str, bool]] = []
        for clause in filter(None, header.split("&")):
            self._add(clause)

    def apply(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that match, in the order asked for; `records` come newest first."""
        found = [record for record in records if self._root.matches(record)]
        for name, descending in reversed(self._order):
            if found and name in found[0]:
                found.sort(key=itemgetter(name), reverse=descending)
        return found

    def _add(self, clause: str) -> None:
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            self._root.conditions.append(_NEVER)
            return
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        group, depth = self._root, 0
        while len(path) >= 4 and path[0] in ("and", "or"):
            kind, index, *path = path
            depth += 1
            if (kind == "and" and depth == 1 and len(path) == 2) or depth > _MAX_DEPTH:
                raise query_error(path[0])
            group = group.branch(kind, index)
        if len(path) != 2:
            group.conditions.append(_NEVER)
        elif path[1] == "sort":
            # Assumed: anything but "asc" is the documented default, descending.
            self._order.append((path[0], match[3].lower() != "asc"))
        else:
            group.conditions.append(_Condition(path[0], path[1], match[3]))


def _read(name: str, actual: object, text: str) -> object:
    """Read a value of the header as the kind of thing that the field holds; None if it is none."""
    if isinstance(actual, int):
        return int(text) if _INTEGER.fullmatch(text) else None
    return _time(text) if name in _TIMES else text


def _time(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction = match.groups(default="00")
    return f"{year}-{month}-{day} {hour}:{minute}:{second}.{fraction:0<4}"


def _equals(actual: object, wanted: object, text: str) -> bool:
    return actual == wanted or (actual == "" and text == "''")


def _exact(actual: object, _wanted: object, text: str) -> bool:
    return str(actual) == text


def _greater(actual: Any, wanted: Any, _text: str) -> bool:
    return wanted is not None and bool(actual > wanted)


def _less(actual: Any, wanted: Any, _text: str) -> bool:
    return wanted is not None and bool(actual < wanted)


def _like(actual: object, _wanted: object, text: str) -> bool:
    # The API's guide writes the wildcard as %25, clients in production as %. Both work here; every other
    # percent-encoded value was seen to match nothing, so nothing else is decoded. Assumed: case is ignored.
    first, *rest = text.replace("%25", "%").casefold().split("%")
    whole = str(actual).casefold()
    if not rest:
        return whole == first
    *middle, last = rest
    position = len(first)
    for piece in middle:
        found = whole.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return whole.startswith(first) and whole.endswith(last) and len(whole) - len(last) >= position


_Test = Callable[[Any, Any, str], bool]

_PLAIN: dict[str, _Test] = {
    "equals": _equals,
    "exact": _exact,
    "greater": _greater,
    "less": _less,
    "in": _equals,
    "like": _like,
}
_NEGATED: dict[str, _Test] = {"diff": _equals, "notin": _equals, "notlike": _like}
