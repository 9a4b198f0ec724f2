"""Searches and totals: what the builders write, what they reject, and what a plain string gets a warning for."""

import copy
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ArgumentException, Search, SessionPublicEnum, SessionsController, Totals
from payrix_sessions.search import OPERATORS, SearchExpression, SearchWarning, search_header
from tests.support.leaks import leaks
from tests.wire import Shown, envelope, header, reply, sent

A, B, C = (Search(name).equals(1) for name in "abc")
SORT, BELOW = Search("created").sort(), Search("c", "d").equals(1)
SECRET = "fake-session-key-0123456789"
KEY = Search("key").equals(SECRET)
WAYS = ("get_sessions", "iter_sessions", "iter_session_pages")
UTC = timezone.utc


def test_builders_write_what_the_api_is_known_to_understand() -> None:
    greater = Search("created").greater
    rows: list[tuple[SearchExpression | Totals, str]] = [
        (SORT, "created[sort]=asc"),
        (Search("login", "division", "name").equals("x"), "login[division][name][equals]=x"),
        # values
        (Search("public").notin(0, SessionPublicEnum.PUBLICACCESS), "public[notin]=0,1"),
        (Search("login").equals("a: Müller=b;c"), "login[equals]=a: Müller=b;c"),
        (Search("created").in_(date.min, date(2025, 1, 3)), "created[in]=0001-01-01,2025-01-03"),
        # moments in eastern time, to the second
        (greater(datetime(2025, 1, 2, 3, 4, 5, 999999, tzinfo=UTC)), "created[greater]=2025-01-01T22:04:05"),
        (greater(datetime(2025, 7, 2, 3, tzinfo=timezone(timedelta(hours=1)))), "created[greater]=2025-07-01T22:00:00"),
        (greater(datetime(2025, 11, 2, 6, 30, tzinfo=UTC)), "created[greater]=2025-11-02T01:30:00"),
        # members of a string enum, wherever a string is taken
        (Search(Shown.ID, Shown.ID).in_(Shown.ID), "id[id][in]=id"),
        (Search("login").sort(Shown.DESC), "login[sort]=desc"),  # type: ignore[arg-type]
        (Totals.count(Shown.ID), "count[]=id"),
        # totals
        (Totals.sum("public") & Totals.min("created") & Totals.max("id"), "sum[]=public&min[]=created&max[]=id"),
        # and, or, sort
        (A & B & C, "a[equals]=1&b[equals]=1&c[equals]=1"),
        (A | B | C, "or[0][a][equals]=1&or[1][b][equals]=1&or[2][c][equals]=1"),
        (A & B | BELOW, "or[0][and][0][a][equals]=1&or[0][and][1][b][equals]=1&or[1][c][d][equals]=1"),
        (A & (B | C), str(A & B | A & C)),
        (SORT & A & Search("id").sort(), "a[equals]=1&created[sort]=asc&id[sort]=asc"),
        ((A & SORT) | B, "or[0][a][equals]=1&or[1][b][equals]=1&created[sort]=asc"),
        ((B | A) & SORT, "or[0][b][equals]=1&or[1][a][equals]=1&created[sort]=asc"),
    ]
    for expression, written in rows:
        assert str(expression) == written
    methods = {name.rstrip("_"): name for name in vars(Search) if not name.startswith("_")}
    assert set(methods) == set(OPERATORS)
    for known, method in methods.items():
        assert str(getattr(Search("login"), method)("asc")) == f"login[{known}]=asc"


def test_expressions_are_values_that_hide_a_key() -> None:
    assert Search("a").equals(1) == Search("a").equals("1") == A != "a[equals]=1"
    assert A & B != B & A
    assert len({A & B, A & B, A | B}) == 2
    total = Totals.count("id")
    assert total & Totals.sum("public") == Totals.count("id") & Totals.sum("public")
    assert total not in ("count[]=id", Totals.count("key"))
    assert len({total, Totals.count("id"), Totals.count("key")}) == 2
    begun = Search("login", "division")
    assert repr((total, begun)) == "(<Totals count[]=id>, <Search login[division], without an operator>)"
    assert repr(KEY | A) == "<SearchExpression or[0][key][equals]=***&or[1][a][equals]=1>"
    for value in (A & B | SORT & C, total):
        assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    for copied in (copy.copy(begun), copy.deepcopy(begun), pickle.loads(pickle.dumps(begun))):
        assert copied.equals(1) == begun.equals(1)


def test_a_value_that_the_api_is_not_known_to_understand_is_rejected_with_the_reason() -> None:
    rows: list[tuple[str, str, list[Any], str]] = [
        ("login", "equals", ["R&D"], "no escape for it is known"),
        ("login", "like", ["%smith%"], "whether the API wants '%' or '%25' is not settled"),
        ("login", "equals", [""], "how to search for missing values is not documented"),
        ("login", "exact", [None], "must not be empty or None"),
        ("login", "diff", [True], "not bool; write 1 or 0"),
        ("login", "less", [datetime(2025, 1, 1)], "such as datetime.now(timezone.utc)"),  # noqa: DTZ001
        ("login", "greater", [1.5], "not float"),
        ("login", "less", [Decimal(1)], "not Decimal"),
        ("login", "equals", [["x"]], "pass several one by one"),
        ("login", "equals", [10**5000], "value must be"),
        ("login", "equals", ["a\nb"], "line breaks"),
        ("login", "equals", ["ключ"], "Latin-1"),
        ("login", "equals", [" a"], "whitespace"),
        ("login", "greater", [datetime.min.replace(tzinfo=UTC)], "exists in the API's time zone"),
        ("login", "in_", [], "name at least one"),
        ("login", "in_", ["x,y"], "separates the values of a list"),
        ("login", "in_", ["x", "R&D"], "no escape for it is known"),
        ("login", "sort", ["DESC"], '"asc" or "desc"'),
        ("public", "equals", ["true"], "value of public must be 0 or 1"),
        ("mfaAuthenticated", "in_", [0, "MFAENABLED"], "value of mfaAuthenticated must be 0 or 1"),
        ("created", "greater", ["2025-01-01T00:00:00Z"], "value of created must be in the form 2025-01-31"),
        ("modified", "less", [1735689600], "value of modified must be in the form 2025-01-31"),
    ]
    for field, method, values, reason in rows:
        with pytest.raises(ArgumentException) as caught:
            getattr(Search(field), method)(*values)
        assert reason in str(caught.value)


def test_a_name_of_no_field_or_a_misspelt_one_is_rejected() -> None:
    names: list[Any] = ["", "a b", "a[b]", "a.b", "a=", "a\n", "0", "_a", "имя", 5, None]
    rows: list[tuple[Any, str]] = [(name, "field must be the name of a field") for name in names]
    for name, reason in [*rows, ("Public", "'public'"), ("mfa_authenticated", "'mfaAuth"), ("craeted", "'created'")]:
        for build in (Search, Totals.count, partial(Search, "login") if name in names else Search):
            with pytest.raises(ArgumentException, match=reason):
                build(name)


def test_what_would_drop_a_condition_or_join_unlike_things_or_is_no_operator_is_rejected() -> None:
    unchecked: Any = A  # checkers find some of these mistakes
    search: Any = Search("login")
    rows: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: SORT | A, ArgumentException, "join it to the whole with &"),
        (lambda: A | SORT, ArgumentException, "join it to the whole with &"),
        (lambda: unchecked and B, ArgumentException, r"join searches with & and \|"),
        (lambda: unchecked & "b[equals]=1", TypeError, "unsupported"),
        (lambda: unchecked | Search("b"), TypeError, "unsupported"),
        (lambda: Totals.sum("id") & unchecked, TypeError, "unsupported"),
        (lambda: search.gte, AttributeError, "operator 'gte' and would find nothing; did you mean 'greater'"),
        (lambda: search.isin, AttributeError, "'isin' .*did you mean 'in_'"),
        (lambda: search.zzz, AttributeError, "it knows equals, .*, sort"),
        (lambda: search._repr_html_, AttributeError, "'Search' object has no attribute '_repr_html_'"),
    ]
    for misuse, kind, reason in rows:
        with pytest.raises(kind, match=reason):
            misuse()


SEARCHES: dict[str, list[str]] = {
    "and would find nothing; did you mean 'greater'?": ["created[gte]=2025-01-01", "a[greaterEqual]=1"],
    "did you mean 'less'?": ["a[lt]=1"],
    "did you mean 'equals'?": ["a[eq]=1", "a[EQUALS]=1", "a[equls]=1", "a[equals]=1&or[0][login][eq]=1"],
    "did you mean 'diff'?": ["a[not_equal]=1"],
    "did you mean 'like'?": ["a[contains]=1"],
    "it knows equals, exact, greater, .*, sort": ["login[zzz]=x", "login[]=x"],
    "operator (not shown)": [f"key[{SECRET}]=x"],
    "a condition has no operator; write public[equals]=1": ["public=1", "a[equals]=1&public=1"],
    "conditions are field[operator]=value": [
        *("created", "created>=2025-01-01", SECRET, "created[greater] = 2025-01-01", "created%5Bgreater%5D=2025-01-01"),
        *("a.b[equals]=x", "or[a][equals]=x"),
    ],
    "conditions are joined with & only": [
        *("a[equals]=1;b[equals]=2", "a[equals]=1 AND b[equals]=2", "login[equals]=1, public=1"),
    ],
    "the values of 'in' are separated by commas, without spaces": ["id[in]=a;b"],
    "the values of 'notin' are separated by commas, without spaces": ["id[notin]=a, b"],
    "does not decode percent-encoded values": ["created[greater]=2025-01-01T00%3A00%3A00"],
    "without quotes, brackets or spaces": ["id[in]=[a,b]", "login[equals]== x", "login[equals]='x'"],
    "a value is None; was a variable not set?": ["login[equals]=None", "id[in]=None,a"],
    "a value is empty; was a variable not set?": ["login[equals]=", "public[equals]=1&id[in]=a,"],
    "sorts by asc or desc": ["created[sort]=DESC", "created[sort]="],
    "sessions have no field 'Public'; did you mean 'public'?": ["Public[equals]=1"],
    "did you mean 'mfaAuthenticated'?": ["mfa_authenticated=1&or[0][Login][equals]=1"],
    "may find nothing: the value of public must be 0 or 1": ["public[equals]=true"],
    "may find nothing: the value of mfaAuthenticated must be 0 or 1": ["mfaAuthenticated[in]=0,MFAENABLED"],
    "may find nothing: the value of created must be in the form 2025-01-31 or 2025-01-31T12:00:00, US Eastern time": [
        *("created[greater]=2025-01-01T00:00:00Z", "created[greater]=yesterday", "created[greater]=2025-13-01"),
        *("created[less]=2025-02-30", "created[less]=2025-01-01T24:00:00", "created[less]=2025-01-01T23:60"),
    ],
    "may find nothing: the value of modified must be in the form": ["modified[less]=1735689600"],
    "directly below and[0]": ["and[0][created][greater]=2025-01-01"],
}
TOTALS: dict[str, list[str]] = {
    "totals are operator[]=field, such as count[]=id, joined with &": [
        *("count=id", "count[id]", "id[count]=1", "count[]=id,sum[]=public")
    ],
    "the operators of totals are count, sum, min, max": ["count[]=id&avg[]=id"],
    "did you mean 'public'?": ["count[]=Public"],
}


UNDERSTOOD: list[str] = [
    "",
    *(f"login[{known}]=1" for known in OPERATORS if known != "sort"),
    "created[greater]=2025-01-01T00:00:00&created[less]=20250201&created[sort]=desc",
    "or[0][login][equals]=1&or[1][login][equals]=2",
    "or[0][and][0][login][equals]=1&id[in]=a,b",
    "and[0][or][0][name][like]=%25jsmith%25&and[0][or][1][custom][like]=%41%",
    *("login[equals]=x[eq]", "login[equals]=a=b; c, d", "login[equals]=''", "login[equals]=100%25"),
    "merchant[entity][login][division][equals]=x",
]


def test_what_finds_or_computes_nothing_gets_a_warning_and_is_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    get: Any = sessions.get_sessions
    rows = [("search", problem, value) for problem, values in SEARCHES.items() for value in values]
    rows += [("totals", problem, value) for problem, values in TOTALS.items() for value in values]
    reply(api)
    for argument, problem, value in rows:
        api.calls.reset()
        with pytest.warns(SearchWarning) as caught:
            get(**{argument: value})
        pattern = re.escape(problem).replace(r"\.\*", ".*")
        assert len(caught) == (3 if value.startswith("mfa_authenticated") else 1)
        message = str(caught[0].message)
        assert re.search(f"^{argument}: the API .*{pattern}", message)
        assert SECRET not in message
        assert header(sent(api), argument) == value
    for search in UNDERSTOOD:
        get(search=search, totals="count[]=id&max[]=created")  # a warning would be an error


def go_through(result: Any) -> None:
    """Go through the pages, where a call gives an iterator over them."""
    if isinstance(result, Iterator):
        list(result)  # pyright: ignore[reportUnknownArgumentType]


def test_a_warning_comes_once_for_a_line_and_points_at_it(api: RequestsMock, sessions: SessionsController) -> None:
    lines = Path(__file__).read_text("utf-8").splitlines()
    for way in WAYS:
        api.reset()
        for body in (envelope({"id": "a"}, page={"hasMore": True}), envelope()):
            api.get(re.compile(".*"), json=body)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            go_through(getattr(sessions, way)(search="created[gte]=2025-01-01"))  # the line
        assert [(each.filename, lines[each.lineno - 1][-10:]) for each in caught] == [(__file__, "# the line")]


def test_a_search_is_a_secret_and_what_is_rejected_or_warned_of_as_an_error_is_never_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    get: Any = sessions.get_sessions
    rows: list[tuple[str, Any, type[Exception], str]] = [
        ("search", f"key[eq]={SECRET}", SearchWarning, "did you mean 'equals'"),  # each warning is an error here
        ("totals", "count=id", SearchWarning, "^totals: "),
        # What is put together by hand is validated like a string.
        ("search", SearchExpression((("a\r\nX: y",),), ()), ArgumentException, "search must"),
        ("totals", Totals("a\r\nX: y"), ArgumentException, "totals must"),
    ]
    for argument, value, kind, words in rows:
        with pytest.raises(kind, match=words) as rejected:
            get(**{argument: value})
        assert leaks(rejected.value, [SECRET]) == []
    assert len(api.calls) == 0
    reply(api, status=500)
    searches: list[Any] = [f"key[equals]={SECRET}", KEY]
    for search, way in product(searches, WAYS):
        assert SECRET not in repr(search_header("search", search))
        with pytest.raises(APIException) as caught:
            go_through(getattr(sessions, way)(search=search))
        assert leaks(caught.value, [SECRET]) == []
