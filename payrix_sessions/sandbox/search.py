"""The `search` header: conditions, and/or trees and sorting.

The API does not report a search that it does not understand: an unknown field, operator or separator and a value
in the wrong form silently match nothing. This module does the same.
"""

import re
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Any

from payrix_sessions.sandbox.clock import shortened
from payrix_sessions.sandbox.responses import query_error
from payrix_sessions.sandbox.store import Session

_CLAUSE = re.compile(r"([^\[\]=]+)((?:\[[^\[\]]*\])+)=(.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,4}))?)?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)

TIMES = ("created", "modified")
_MAX_DEPTH = 16


class _Operand:
    """A value of the header, read as each kind of value that a field may hold; None where it is not of that kind."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.integer = int(text) if _INTEGER.fullmatch(text) else None
        self.time = _time(text)


class _Condition:
    """One `field[operator]=value`."""

    def __init__(self, field: str, operator: str, value: str) -> None:
        self._field = field
        self._negated = operator in _NEGATED
        self._test = (_NEGATED if self._negated else _PLAIN).get(operator)
        texts = value.split(",") if operator in ("in", "notin") else [value]
        self._operands = [_Operand(text) for text in texts]

    def matches(self, session: Session) -> bool:
        actual = session.value(self._field)
        if actual is None or self._test is None:
            return False
        test = self._test
        # A response shows a time without the zeros at its end, so text is compared with that form too.
        forms = [actual, shortened(str(actual))] if self._field in TIMES and test in _OF_TEXT else [actual]
        return self._negated != any(
            test(form, self._wanted(actual, operand), operand.text) for operand in self._operands for form in forms
        )

    def _wanted(self, actual: object, operand: _Operand) -> object:
        if isinstance(actual, int):
            return operand.integer
        return operand.time if self._field in TIMES else operand.text


class _Group:
    """Conditions that must all hold, with the `and[i]` and `or[i]` branches below them."""

    def __init__(self) -> None:
        self.conditions: list[_Condition] = []
        self.every: dict[str, _Group] = {}
        self.some: dict[str, _Group] = {}

    def matches(self, session: Session) -> bool:
        return (
            all(condition.matches(session) for condition in self.conditions)
            and all(group.matches(session) for group in self.every.values())
            and (not self.some or any(group.matches(session) for group in self.some.values()))
        )

    def branch(self, kind: str, index: str) -> "_Group":
        branches = self.some if kind == "or" else self.every
        return branches.setdefault(index, _Group())


class Search:
    """A search header, ready to be applied.

    Raises:
        ApiError: The API's `query_error`, for a tree of absurd depth.
    """

    def __init__(self, header: str) -> None:
        self._root = _Group()
        self._order: list[tuple[str, bool]] = []
        clauses = list(filter(None, header.split("&")))
        for clause in clauses:
            self._add(clause)
        self.is_empty: bool = not clauses

    def apply(self, sessions: Sequence[Session]) -> list[Session]:
        """Return the sessions that match, in the order asked for; `sessions` come newest first."""
        found = [session for session in sessions if self._root.matches(session)]
        for name, descending in reversed(self._order):
            if found and found[0].value(name) is not None:
                found.sort(key=methodcaller("value", name), reverse=descending)
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
            if depth > _MAX_DEPTH:
                raise query_error(path[0])
            group = group.branch(kind, index)
        if len(path) != 2:
            group.conditions.append(_NEVER)
        elif path[1] == "sort":
            # Assumed: anything but "asc" is the documented default, descending.
            self._order.append((path[0], match[3].lower() != "asc"))
        else:
            group.conditions.append(_Condition(path[0], path[1], match[3]))


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
_OF_TEXT = (_exact, _like)

_NEVER = _Condition("", "", "")
