"""The `search` and `totals` headers: builders, and the validation of plain strings.

The API responds to a search that it does not understand with an empty list and no error. So the builders reject what
it is not known to understand, with the reason. A plain string is sent as it is, after a `SearchWarning` for each such
part.

Nothing here knows which fields related resources have.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import IntEnum
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, cast

from payrix_sessions._arguments import MAX_INTEGER_BITS, check_header_value, nearest_name
from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._redaction import Secret, hides_arguments, plain_str, redact_search
from payrix_sessions._timestamps import eastern_time
from payrix_sessions.models.session_post_response import SessionPostResponse

OPERATORS = ("equals", "exact", "greater", "less", "in", "notin", "like", "notlike", "diff", "sort")
TOTALS_OPERATORS = ("count", "sum", "min", "max")

# What other APIs call them. There are no inclusive operators.
_MEANT = {
    "eq": "equals",
    "equal": "equals",
    "is": "equals",
    "gt": "greater",
    "gte": "greater",
    "ge": "greater",
    "after": "greater",
    "greaterequal": "greater",
    "greaterthan": "greater",
    "lt": "less",
    "lte": "less",
    "le": "less",
    "lesser": "less",
    "lessthan": "less",
    "before": "less",
    "lessequal": "less",
    "ne": "diff",
    "neq": "diff",
    "not": "diff",
    "notequal": "diff",
    "notequals": "diff",
    "nin": "notin",
    "isin": "in",
    "contains": "like",
    "startswith": "like",
    "endswith": "like",
    "order": "sort",
    "orderby": "sort",
}

_FIELDS = tuple(field.metadata["name"] for field in fields(SessionPostResponse))
_FLAGS: dict[str, type[IntEnum]] = {
    field.metadata["name"]: field.metadata["kind"]
    for field in fields(SessionPostResponse)
    if isinstance(field.metadata["kind"], type) and issubclass(field.metadata["kind"], IntEnum)
}
_TIMES = ("created", "modified")
_MAX_NAME_SHOWN = 20  # a longer one may be a secret

# Patterns that `re` compiles on first use. One condition: the branches of a tree, the field and those nested below it,
# the operator, the value.
_CONDITION = (
    r"(?as)(?:(?P<tree>(?:and|or)\[\d+\](?:\[(?:and|or)\]\[\d+\])*)\[(?P<leaf>[A-Za-z]\w*)\]|(?P<field>[A-Za-z]\w*))"
    r"(?P<nested>(?:\[\w+\])*)\[(?P<operator>[^\[\]=]*)\]=(?P<value>.*)"
)
_DISPUTED = r"and\[\d+\]\[(?!(?:and|or)\])"
_NO_OPERATOR = r"(?a)(?P<field>[A-Za-z]\w*)="
_SECOND_CONDITION = rf"(?ai)[^\w\[\]=](?:(?:and|or) )?[A-Za-z]\w*(?:\[\w*\])+=|[;,] ?(?:{'|'.join(_FIELDS)})="
_NAME = r"(?a)[A-Za-z]\w*"
_TIME = r"(?a)(\d{4})-?(\d\d)-?(\d\d)(?:[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?"
_INTEGER = r"(?a)-?\d+"
_ODD_VALUE = r"(?s)[=\s\[(]|['\"][^'\"]|.*\s$"
_PERCENT_ENCODED = r"%(?!25)[2-7][0-9A-Fa-f]"
_LIST_SEPARATOR = r"[;| ]"
_TOTAL = r"(?a)(?P<operator>\w*)\[\]=(?P<field>[A-Za-z]\w*)"


class SearchWarning(ArgumentException, UserWarning):
    """A search or totals of which the API would find or compute nothing, or may. The request is sent all the same.

    Where a filter turns warnings into errors it is raised, before anything is sent.
    """


SearchValue: TypeAlias = "str | int | date | datetime"


class Search:
    """Begin a condition on a field: ``Search("created").greater("2025-01-01")``.

    Each operator returns a `SearchExpression`; join these with ``&`` and ``|``.

    Args:
        field: The field's name on the wire, such as ``mfaAuthenticated``.
        nested: The names of the fields below it, for a field of a related resource: ``Search("login", "division")``.

    Raises:
        ArgumentException: If a name is not one, or is a misspelt field of a session.
    """

    __slots__ = ("_field",)

    @hides_arguments
    def __init__(self, field: str, *nested: str) -> None:
        names = [_check_field(field), *(_check_name(name) for name in nested)]
        self._field = names[0] + "".join(f"[{name}]" for name in names[1:])

    @hides_arguments
    def equals(self, value: SearchValue) -> SearchExpression:
        """Match values equal to this one."""
        return self._condition("equals", _write(value))

    @hides_arguments
    def exact(self, value: SearchValue) -> SearchExpression:
        """Match exactly this string."""
        return self._condition("exact", _write(value))

    @hides_arguments
    def greater(self, value: SearchValue) -> SearchExpression:
        """Match greater values, not this one itself. Two conditions on one field make a range."""
        return self._condition("greater", _write(value))

    @hides_arguments
    def less(self, value: SearchValue) -> SearchExpression:
        """Match smaller values, not this one itself."""
        return self._condition("less", _write(value))

    @hides_arguments
    def in_(self, *values: SearchValue) -> SearchExpression:
        """Match any of the values."""
        return self._condition("in", _write_list(values))

    @hides_arguments
    def notin(self, *values: SearchValue) -> SearchExpression:
        """Match none of the values."""
        return self._condition("notin", _write_list(values))

    @hides_arguments
    def like(self, value: SearchValue) -> SearchExpression:
        """Match a pattern. Wildcards are rejected: whether they are ``%`` or ``%25`` is not settled."""
        return self._condition("like", _write(value))

    @hides_arguments
    def notlike(self, value: SearchValue) -> SearchExpression:
        """Match anything but a pattern; as `like`."""
        return self._condition("notlike", _write(value))

    @hides_arguments
    def diff(self, value: SearchValue) -> SearchExpression:
        """Match values not equal to this one."""
        return self._condition("diff", _write(value))

    def sort(self, direction: Literal["asc", "desc"] = "asc") -> SearchExpression:
        """Sort by the field. Without any sort the API lists the newest first."""
        if direction not in ("asc", "desc"):
            raise ArgumentException('direction must be "asc" or "desc"')
        return SearchExpression((), (f"{self._field}[sort]={plain_str(direction)}",))

    if not TYPE_CHECKING:  # pragma: no branch  (hidden, so that checkers still report unknown operators)

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # copy, pickle and others ask for these
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise AttributeError(_unknown_operator(name).replace("'in'", "'in_'"))

    def __repr__(self) -> str:
        return f"<Search {self._field}, without an operator>"

    def _condition(self, operator: str, value: str) -> SearchExpression:
        problem = _form_of_value(self._field, operator, value)
        if problem:
            raise ArgumentException(f"value of {self._field} must be {problem}")
        return SearchExpression(((f"{self._field}[{operator}]={value}",),), ())


class SearchExpression:
    """Conditions joined with ``&`` and ``|``, and sorts. Its `str` is what goes on the wire."""

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
        # Distributed, because the API has rejected an "and" that holds plain conditions.
        both = tuple(left + right for left, right in product(self._alternatives, other._alternatives))
        return SearchExpression(both, sorts)

    def __or__(self, other: SearchExpression) -> SearchExpression:
        if not isinstance(other, SearchExpression):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        if not (self._alternatives and other._alternatives):
            raise ArgumentException("a sort cannot be an operand of |; join it to the whole with &")
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
        return f"<SearchExpression {redact_search(str(self))}>"


class Totals:
    """Totals to compute: ``Totals.count("id") & Totals.sum("total")``. Its `str` is what goes on the wire.

    They arrive in `ApiResponse.totals`, whose form is not documented and stays plain JSON.
    """

    __slots__ = ("_terms",)

    def __init__(self, *terms: str) -> None:
        self._terms = terms

    @classmethod
    @hides_arguments
    def count(cls, field: str) -> Totals:
        """Count the records whose field is not zero."""
        return cls._of("count", field)

    @classmethod
    @hides_arguments
    def sum(cls, field: str) -> Totals:
        """Add the field up."""
        return cls._of("sum", field)

    @classmethod
    @hides_arguments
    def min(cls, field: str) -> Totals:
        """Find the least value of the field."""
        return cls._of("min", field)

    @classmethod
    @hides_arguments
    def max(cls, field: str) -> Totals:
        """Find the greatest value of the field."""
        return cls._of("max", field)

    @classmethod
    def _of(cls, operator: str, field: str) -> Totals:
        return cls(f"{operator}[]={_check_field(field)}")

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


def search_header(name: str, value: str | SearchExpression | None) -> str | None:
    """Return the `search` header, as a `Secret` because it may hold a session's key.

    Raises:
        ArgumentException: If it cannot be a header, is a `Search` without an operator, or is plainly meant for another
            argument.
        SearchWarning: Where a warning filter says so, if the API would find nothing.
    """
    if isinstance(value, SearchExpression):
        return Secret.of(check_header_value(name, str(value)))
    if isinstance(cast("object", value), Search):
        raise ArgumentException(f"{name} must have an operator: Search(...).equals(...), for example")
    value = Secret.of(check_header_value(name, value))
    for problem in _problems_of_search(value or ""):
        _warn(f"{name}: {problem}")
    return value


def totals_header(name: str, value: str | Totals | None) -> str | None:
    """Return the `totals` header.

    Raises:
        ArgumentException: If it cannot be a header, or is plainly meant for another argument.
        SearchWarning: Where a warning filter says so, if the API would compute nothing.
    """
    value = check_header_value(name, str(value) if isinstance(value, Totals) else value)
    for problem in _problems_of_totals(value or ""):
        _warn(f"{name}: {problem}")
    return value


def _warn(message: str) -> None:
    """Warn with the line of the user's code: the first one outside of this package."""
    level, frame = 1, sys._getframe()  # pyright: ignore[reportPrivateUsage]  (warnings itself walks like this)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("payrix_sessions."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, SearchWarning, stacklevel=level)


def _problems_of_search(search: str) -> list[str]:
    """Describe, without its values, what the API would not understand in a plain search."""
    return [problem for clause in search.split("&") if clause for problem in _problems_of_condition(clause)]


def _problems_of_condition(clause: str) -> Iterator[str]:
    joined = re.search(_SECOND_CONDITION, clause.partition("=")[2])
    without_operator = re.match(_NO_OPERATOR, clause)
    condition = re.fullmatch(_CONDITION, clause)
    if condition and condition["field"] not in ("and", "or"):
        field, operator, value = condition["leaf"] or condition["field"], condition["operator"], condition["value"]
        yield from _problems_of_field(field)
        if operator not in OPERATORS:
            yield _unknown_operator(operator)
        elif re.match(_DISPUTED, clause):
            yield "the API has rejected conditions directly below and[0]; join them with & alone"
        yield from _problems_of_value(operator, value)
        if not (joined or condition["nested"]) and (form := _form_of_value(field, operator, value)):
            yield f"the API may find nothing: the value of {field} must be {form}"
    elif without_operator:
        yield from _problems_of_field(without_operator["field"])
        yield "the API would find nothing: a condition has no operator; write public[equals]=1, not public=1"
    else:
        yield (
            "the API would find nothing: conditions are field[operator]=value, such as created[greater]=2025-01-01, "
            "joined with &"
        )
    if joined:
        yield "the API would find nothing: conditions are joined with & only"


def _problems_of_value(operator: str, value: str) -> Iterator[str]:
    if operator == "sort" and value not in ("asc", "desc"):
        yield "the API sorts by asc or desc; write created[sort]=desc, for example"
        return
    if operator in ("in", "notin") and re.search(_LIST_SEPARATOR, value):
        yield f"the API would find nothing: the values of {operator!r} are separated by commas, without spaces"
    if "like" not in operator and re.search(_PERCENT_ENCODED, value):
        yield "the API would find nothing: it does not decode percent-encoded values; write them as they are"
    elif unset := [each for each in _values_of(operator, value) if each in ("", "None")]:
        yield f"the API may find nothing: a value is {unset[0] or 'empty'}; was a variable not set?"
    elif re.match(_ODD_VALUE, value):
        yield "the API may find nothing: a value stands right after =, without quotes, brackets or spaces"


def _form_of_value(field: str, operator: str, value: str) -> str | None:
    """Say what a value of this field must be, if it is something else."""
    if operator == "sort" or "like" in operator or "%" in value:
        return None
    values = _values_of(operator, value)
    if field in _FLAGS and not all(re.fullmatch(_INTEGER, each) for each in values):
        return "0 or 1, since the API has flags as integers"
    if field in _TIMES and not all(map(_is_time, values)):
        return "in the form 2025-01-31 or 2025-01-31T12:00:00, US Eastern time without a zone"
    return None


def _values_of(operator: str, value: str) -> list[str]:
    return value.split(",") if operator in ("in", "notin") else [value]


def _is_time(value: str) -> bool:
    found = re.fullmatch(_TIME, value)
    try:
        return found is not None and bool(date(*map(int, found.groups())))
    except ValueError:  # the 30th of February
        return False


def _problems_of_totals(totals: str) -> Iterator[str]:
    for term in filter(None, totals.split("&")):
        total = re.fullmatch(_TOTAL, term)
        if not total:
            yield "the API would compute nothing: totals are operator[]=field, such as count[]=id, joined with &"
        elif total["operator"] not in TOTALS_OPERATORS:
            yield f"the API would compute nothing: the operators of totals are {', '.join(TOTALS_OPERATORS)}"
        else:
            yield from _problems_of_field(total["field"], "compute")


def _problems_of_field(field: str, verb: str = "find") -> Iterator[str]:
    meant = _misspelt(field)
    if meant:
        yield f"the API would {verb} nothing: sessions have no field {_shown(field)}; did you mean {meant!r}?"


def _unknown_operator(operator: str) -> str:
    meant = _MEANT.get(operator.lower().replace("_", "")) or nearest_name(operator, OPERATORS)
    advice = f"did you mean {meant!r}?" if meant else f"it knows {', '.join(OPERATORS)}"
    return f"the API does not know the search operator {_shown(operator)} and would find nothing; {advice}"


def _shown(name: str) -> str:
    return repr(name) if len(name) <= _MAX_NAME_SHOWN and name.isprintable() else "(not shown)"


def _misspelt(field: str) -> str | None:
    """Return the session's field that this name misspells."""
    return None if field in _FIELDS else nearest_name(field, _FIELDS)


def _below(path: str, place: int, group: tuple[str, ...]) -> str:
    """Write a condition as a leaf of a tree: its field goes into brackets as well."""
    field, rest = group[place].split("[", 1)
    return f"{path}[{field}][{rest}" if len(group) == 1 else f"{path}[and][{place}][{field}][{rest}"


def _check_name(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        got = "" if isinstance(name, str) else f", not {type(name).__name__}"
        raise ArgumentException(f"field must be the name of a field, such as created{got}")
    return plain_str(name)


def _check_field(name: object) -> str:
    field = _check_name(name)
    meant = _misspelt(field)
    if meant:
        raise ArgumentException(f"field must be one that sessions have; did you mean {meant!r}?")
    return field


def _write_list(values: tuple[SearchValue, ...]) -> str:
    if not values:
        raise ArgumentException("values must not be empty: name at least one")
    written = [_write(value) for value in values]
    if any("," in text for text in written):
        raise ArgumentException("value must not contain a comma: the API separates the values of a list with it")
    return ",".join(written)


def _write_datetime(value: datetime) -> str:
    if value.tzinfo is None:
        raise ArgumentException(
            "value must be a datetime with a time zone, such as datetime.now(timezone.utc): "
            "the API's times are US Eastern, so one without is ambiguous"
        )
    try:
        moment = eastern_time(value)
    except OverflowError:
        raise ArgumentException("value must be a datetime that exists in the API's time zone") from None
    # The API knows no fraction of a second here.
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _write(value: Any) -> str:
    """Write a value as the API reads it: raw, since it does not decode percent signs."""
    if isinstance(value, datetime):
        return _write_datetime(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MAX_INTEGER_BITS:
        return str(int(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        raise ArgumentException("value must be one value; pass several one by one: in_(a, b), notin(a, b)")
    if value is None or value == "":
        raise ArgumentException("value must not be empty or None: how to search for missing values is not documented")
    if not isinstance(value, str):
        advice = "; write 1 or 0" if isinstance(value, bool) else ""
        raise ArgumentException(
            f"value must be a string, an integer, a date or a datetime, not {type(value).__name__}{advice}"
        )
    if "&" in value:
        raise ArgumentException("value must not contain '&': it separates conditions, and no escape for it is known")
    if "%" in value:
        raise ArgumentException(
            "value must not contain '%': whether the API wants '%' or '%25' is not settled; "
            "pass the whole search as a string to decide yourself"
        )
    check_header_value("value", value)
    return plain_str(value)
