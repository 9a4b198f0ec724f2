"""The `search` and `totals` headers: builders that write only what the API is known to understand.

The API answers a search that it does not understand with an empty list and no error. So what its documents leave
open is refused here with the reason; a plain text can still be passed to the methods.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime
from itertools import product
from typing import Any, Literal, NoReturn, TypeAlias, cast

from payrix_sessions.arguments import LONGEST_INT, header_text
from payrix_sessions.exceptions.payrix_exception import ArgumentException
from payrix_sessions.masking import Secret, mask_search
from payrix_sessions.timestamps import eastern_time

OPERATORS = ("equals", "exact", "greater", "less", "in", "notin", "like", "notlike", "diff", "sort")

# What other APIs call them. There are no inclusive operators.
_NEAREST = {
    "eq": "equals",
    "equal": "equals",
    "is": "equals",
    "gt": "greater",
    "gte": "greater",
    "after": "greater",
    "greaterequal": "greater",
    "lt": "less",
    "lte": "less",
    "lesser": "less",
    "before": "less",
    "lessequal": "less",
    "ne": "diff",
    "neq": "diff",
    "not": "diff",
    "notequal": "diff",
    "notequals": "diff",
    "nin": "notin",
    "contains": "like",
    "order": "sort",
}


class _Checked(Secret):
    """A search that was checked and warned of: going through pages looks at it more than once."""

    __slots__ = ()


SearchValue: TypeAlias = "str | int | date | datetime"


class Search:
    """Begin a condition on a field: ``Search("created").greater("2025-01-01")``.

    Each operator gives a `SearchExpression`; join these with ``&`` and ``|``.

    Args:
        field: The field's name as the API writes it, such as ``mfaAuthenticated``.
        nested: The fields below it, for those of a related resource: ``Search("login", "division")``.

    Raises:
        ArgumentException: A name is not one.
    """

    __slots__ = ("_field",)

    def __init__(self, field: str, *nested: str) -> None:
        for name in (field, *nested):
            _require_name("field", name)
        self._field = field + "".join(f"[{name}]" for name in nested)

    def equals(self, value: SearchValue) -> SearchExpression:
        """Match what equals the value."""
        return self._condition("equals", _text(value))

    def exact(self, value: SearchValue) -> SearchExpression:
        """Match what is exactly this text."""
        return self._condition("exact", _text(value))

    def greater(self, value: SearchValue) -> SearchExpression:
        """Match what is greater; the value itself is not. Two conditions on one field make a range."""
        return self._condition("greater", _text(value))

    def less(self, value: SearchValue) -> SearchExpression:
        """Match what is less; the value itself is not."""
        return self._condition("less", _text(value))

    def in_(self, *values: SearchValue) -> SearchExpression:
        """Match what is one of the values."""
        return self._condition("in", _list(values))

    def notin(self, *values: SearchValue) -> SearchExpression:
        """Match what is none of the values."""
        return self._condition("notin", _list(values))

    def like(self, value: SearchValue) -> SearchExpression:
        """Match a pattern. One with a wildcard is refused: whether that is ``%`` or ``%25`` is not settled."""
        return self._condition("like", _text(value))

    def notlike(self, value: SearchValue) -> SearchExpression:
        """Match what does not match a pattern; as `like`."""
        return self._condition("notlike", _text(value))

    def diff(self, value: SearchValue) -> SearchExpression:
        """Match what does not equal the value."""
        return self._condition("diff", _text(value))

    def sort(self, direction: Literal["asc", "desc"] = "asc") -> SearchExpression:
        """Sort by the field. Without any sorting the API lists the newest first."""
        if direction not in ("asc", "desc"):
            raise ArgumentException(f'direction must be "asc" or "desc", not {direction!r}')
        return SearchExpression((), (f"{self._field}[sort]={direction}",))

    def __repr__(self) -> str:
        return f"<Search {self._field}, without an operator>"

    def _condition(self, operator: str, text: str) -> SearchExpression:
        return SearchExpression(((f"{self._field}[{operator}]={text}",),), ())


class SearchExpression:
    """Conditions joined with ``&`` and ``|``, and sortings. Its `str` is what goes on the wire."""

    __slots__ = ("_alternatives", "_sorts")

    def __init__(self, alternatives: tuple[tuple[str, ...], ...], sorts: tuple[str, ...]) -> None:
        self._alternatives = alternatives
        self._sorts = sorts

    def __and__(self, other: SearchExpression) -> SearchExpression:
        if not isinstance(other, SearchExpression):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        sorts = self._sorts + other._sorts
        if not (self._alternatives and other._alternatives):
            return SearchExpression(self._alternatives or other._alternatives, sorts)
        # Spread out, because the API has refused an "and" that holds plain conditions.
        both = tuple(left + right for left, right in product(self._alternatives, other._alternatives))
        return SearchExpression(both, sorts)

    def __or__(self, other: SearchExpression) -> SearchExpression:
        if not isinstance(other, SearchExpression):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        if not (self._alternatives and other._alternatives):
            raise ArgumentException("a sorting is no alternative; join it to the whole with &")
        return SearchExpression(self._alternatives + other._alternatives, self._sorts + other._sorts)

    def __bool__(self) -> NoReturn:
        raise ArgumentException("join searches with & and |: `and` and `or` would drop one of them")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchExpression) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        conditions = [
            condition if len(self._alternatives) == 1 else _below(f"or[{index}]", place, group)
            for index, group in enumerate(self._alternatives)
            for place, condition in enumerate(group)
        ]
        return "&".join([*conditions, *self._sorts])

    def __repr__(self) -> str:
        return f"<SearchExpression {mask_search(str(self))}>"


class Totals:
    """Totals to compute: ``Totals.count("id") & Totals.sum("total")``. Its `str` is what goes on the wire.

    They are in the answer's `details.totals`, whose form is not documented and stays plain JSON.
    """

    __slots__ = ("_terms",)

    def __init__(self, *terms: str) -> None:
        self._terms = terms

    @classmethod
    def count(cls, field: str) -> Totals:
        """Count the records in which the field is not zero."""
        return cls._of("count", field)

    @classmethod
    def sum(cls, field: str) -> Totals:
        """Add the field up."""
        return cls._of("sum", field)

    @classmethod
    def min(cls, field: str) -> Totals:
        """Find the least value of the field."""
        return cls._of("min", field)

    @classmethod
    def max(cls, field: str) -> Totals:
        """Find the greatest value of the field."""
        return cls._of("max", field)

    @classmethod
    def _of(cls, operator: str, field: str) -> Totals:
        _require_name("field", field)
        return cls(f"{operator}[]={field}")

    def __and__(self, other: Totals) -> Totals:
        if not isinstance(other, Totals):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return Totals(*self._terms, *other._terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and other._terms == self._terms

    def __hash__(self) -> int:
        return hash(self._terms)

    def __str__(self) -> str:
        return "&".join(self._terms)

    def __repr__(self) -> str:
        return f"<Totals {self}>"


def search_text(name: str, value: str | SearchExpression | None) -> str | None:
    """Return the text of a search, with a warning for each operator that the API does not know.

    Raises:
        ArgumentException: When it cannot be a header.
    """
    if value is None or isinstance(value, _Checked):
        return value
    if isinstance(value, SearchExpression):
        return _Checked(header_text(name, str(value)))
    if isinstance(cast("object", value), Search):
        raise ArgumentException(f"{name} must have an operator: Search(...).equals(...), for example")
    header_text(name, value)
    _warn_of_operators(value)
    return _Checked(value)


def totals_text(name: str, value: str | Totals | None) -> str | None:
    """Return the text of totals.

    Raises:
        ArgumentException: When it cannot be a header.
    """
    return header_text(name, str(value) if isinstance(value, Totals) else value)


def _warn_of_operators(search: str) -> None:
    """Warn of each operator in a plain search that the API would answer with an empty list."""
    for clause in search.split("&"):
        found = re.search(r"\[([^\[\]]*)\]$", clause.partition("=")[0])
        if found and found[1] not in OPERATORS:
            meant = _NEAREST.get(found[1].lower().replace("_", "")) or _nearest(found[1])
            warnings.warn(
                f"the API does not know the search operator {found[1]!r} and would find nothing; "
                + (f"did you mean {meant!r}?" if meant else f"it knows {', '.join(OPERATORS)}"),
                stacklevel=4,  # the line of the caller of the controller's method
            )


def _below(path: str, place: int, group: tuple[str, ...]) -> str:
    """Write a condition as a leaf of a tree: its field goes into brackets as well."""
    field, rest = group[place].split("[", 1)
    return f"{path}[{field}][{rest}" if len(group) == 1 else f"{path}[and][{place}][{field}][{rest}"


def _nearest(operator: str) -> str | None:
    # Imported here because most applications never make this mistake.
    from difflib import get_close_matches  # noqa: PLC0415

    return next(iter(get_close_matches(operator.lower(), OPERATORS, 1)), None)


def _require_name(argument: str, name: object) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ArgumentException(f"{argument} must be the name of a field, such as created; not {name!r}")


def _list(values: tuple[SearchValue, ...]) -> str:
    if not values:
        raise ArgumentException("values must not be empty: name at least one")
    texts = [_text(value) for value in values]
    if any("," in text for text in texts):
        raise ArgumentException("value must not hold a comma: the API separates the values of a list with it")
    return ",".join(texts)


def _text(value: Any) -> str:
    """Write a value as the API reads it: raw, since it does not decode percent signs."""
    if isinstance(value, datetime):
        try:
            moment = eastern_time(value)
        except OverflowError:
            raise ArgumentException(f"value must be a moment that has a time in the API's zone, not {value}") from None
        # The API knows no fraction of a second here.
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= LONGEST_INT:
        return str(int(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        raise ArgumentException("value must be one value; pass several one by one: in_(a, b), notin(a, b)")
    if not (isinstance(value, str) and value):
        raise ArgumentException(
            "value must be a text that is not empty, an int, a date or a datetime, not "
            f"{'empty' if value == '' else type(value).__name__} (how to search for nothing is not documented)"
        )
    if "&" in value:
        raise ArgumentException("value must not hold '&': it separates conditions, and no way to write it is known")
    if "%" in value:
        raise ArgumentException(
            "value must not hold '%': whether the API wants '%' or '%25' is not settled; "
            "pass the whole search as a text to decide yourself"
        )
    header_text("value", value)
    return value
