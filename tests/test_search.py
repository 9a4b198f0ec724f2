"""The builders of the `search` and `totals` headers: what they write, what they refuse, what a plain text gets."""

import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock

from payrix_sessions import (
    APIException,
    ArgumentException,
    Search,
    SearchExpression,
    SessionPublicEnum,
    SessionsController,
    Totals,
)
from payrix_sessions.sandbox import Sandbox
from payrix_sessions.search import OPERATORS
from tests.wire import header, reply, sent

A, B, C, D = (Search(name).equals(1) for name in "abcd")
EASTERN_SUMMER = timezone(timedelta(hours=-4))


# --- what is written ---


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Search("login").equals("p1_log_1"), "login[equals]=p1_log_1"),
        (Search("login").exact("p1_log_1"), "login[exact]=p1_log_1"),
        (Search("created").greater("2025-01-01"), "created[greater]=2025-01-01"),
        (Search("created").less("2025-01-01"), "created[less]=2025-01-01"),
        (Search("id").in_("p1_ssn_1", "p1_ssn_2"), "id[in]=p1_ssn_1,p1_ssn_2"),
        (Search("id").in_("p1_ssn_1"), "id[in]=p1_ssn_1"),
        (Search("public").notin(0, 1), "public[notin]=0,1"),
        (Search("login").like("p1_log_1"), "login[like]=p1_log_1"),
        (Search("login").notlike("p1_log_1"), "login[notlike]=p1_log_1"),
        (Search("frozen").diff(1), "frozen[diff]=1"),
        (Search("created").sort(), "created[sort]=asc"),
        (Search("created").sort("desc"), "created[sort]=desc"),
    ],
    ids=str,
)
def test_each_operator_is_written_as_the_api_spells_it(expression: SearchExpression, text: str) -> None:
    assert str(expression) == text


def test_every_operator_has_a_method_and_there_is_no_other() -> None:
    methods = {name.rstrip("_") for name in vars(Search) if not name.startswith("_")}
    assert methods == set(OPERATORS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-3, "-3"),
        (SessionPublicEnum.PUBLICACCESS, "1"),
        ("a text with spaces", "a text with spaces"),
        ("12:40:40", "12:40:40"),
        ("Müller", "Müller"),
        ("a=b;c", "a=b;c"),
        (date(2025, 1, 2), "2025-01-02"),
    ],
    ids=str,
)
def test_a_value_is_written_raw(value: Any, text: str) -> None:
    assert str(Search("login").equals(value)) == f"login[equals]={text}"


def test_a_field_of_a_related_resource_is_nested_in_brackets() -> None:
    assert str(Search("login", "division").equals("x")) == "login[division][equals]=x"
    assert str(Search("login", "division", "name").sort("desc")) == "login[division][name][sort]=desc"
    assert str(Search("login", "division").equals("x") | A) == "or[0][login][division][equals]=x&or[1][a][equals]=1"


# --- dates and times ---


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2025, 1, 2, 3, 4, 5), "2025-01-02T03:04:05"),  # noqa: DTZ001
        (datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "2025-01-01T22:04:05"),
        (datetime(2025, 7, 2, 3, 4, 5, tzinfo=timezone.utc), "2025-07-01T23:04:05"),
        (datetime(2025, 7, 2, 3, 4, 5, tzinfo=EASTERN_SUMMER), "2025-07-02T03:04:05"),
        (datetime(2025, 1, 2, 3, 4, 5, 999999), "2025-01-02T03:04:05"),  # noqa: DTZ001
        # The spring change: 02:00 to 03:00 does not exist.
        (datetime(2025, 3, 9, 6, 59, 59, tzinfo=timezone.utc), "2025-03-09T01:59:59"),
        (datetime(2025, 3, 9, 7, 0, 0, tzinfo=timezone.utc), "2025-03-09T03:00:00"),
        # The autumn change: 01:00 to 02:00 comes twice, and both are written alike.
        (datetime(2025, 11, 2, 5, 30, tzinfo=timezone.utc), "2025-11-02T01:30:00"),
        (datetime(2025, 11, 2, 6, 30, tzinfo=timezone.utc), "2025-11-02T01:30:00"),
        (datetime(2025, 11, 2, 7, 0, tzinfo=timezone.utc), "2025-11-02T02:00:00"),
    ],
    ids=str,
)
def test_a_moment_is_written_in_eastern_time_to_the_second(moment: datetime, text: str) -> None:
    assert str(Search("created").greater(moment)) == f"created[greater]={text}"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1, 1, 1), "0001-01-01T00:00:00"),  # noqa: DTZ001
        (date.min, "0001-01-01"),
        (datetime(999, 1, 2, 3, 4, 5), "0999-01-02T03:04:05"),  # noqa: DTZ001
        (datetime(9999, 12, 31), "9999-12-31T00:00:00"),  # noqa: DTZ001
    ],
    ids=str,
)
def test_an_early_year_has_four_digits_too(moment: date, text: str) -> None:
    assert str(Search("created").greater(moment)) == f"created[greater]={text}"


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ArgumentException, match="value must be a moment"):
        Search("created").greater(datetime.min.replace(tzinfo=timezone.utc))


def test_a_list_of_dates_is_written_like_each_of_them() -> None:
    assert str(Search("created").in_(date(2025, 1, 2), date(2025, 1, 3))) == "created[in]=2025-01-02,2025-01-03"


# --- combinations ---


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A & B & C, "a[equals]=1&b[equals]=1&c[equals]=1"),
        (A | B, "or[0][a][equals]=1&or[1][b][equals]=1"),
        (A | B | C, "or[0][a][equals]=1&or[1][b][equals]=1&or[2][c][equals]=1"),
        (
            A & B | C,
            "or[0][and][0][a][equals]=1&or[0][and][1][b][equals]=1&or[1][c][equals]=1",
        ),
        (
            A & (B | C),
            (
                "or[0][and][0][a][equals]=1&or[0][and][1][b][equals]=1&"
                "or[1][and][0][a][equals]=1&or[1][and][1][c][equals]=1"
            ),
        ),
        (
            (B | C) & A,
            (
                "or[0][and][0][b][equals]=1&or[0][and][1][a][equals]=1&"
                "or[1][and][0][c][equals]=1&or[1][and][1][a][equals]=1"
            ),
        ),
        (
            Search("created").greater("2025-01-01") & Search("created").less("2025-02-01"),
            "created[greater]=2025-01-01&created[less]=2025-02-01",
        ),
    ],
    ids=str,
)
def test_conditions_are_combined_in_the_forms_that_are_known_to_work(expression: SearchExpression, text: str) -> None:
    assert str(expression) == text


def test_and_is_spread_over_or() -> None:
    groups = [
        f"or[{index}][and][0][{left}][equals]=1&or[{index}][and][1][{right}][equals]=1"
        for index, (left, right) in enumerate(product("ab", "cd"))
    ]
    assert str((A | B) & (C | D)) == "&".join(groups)


def combined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def join(left: Any, right: Any, both: bool) -> Any:
        return left & right if both else left | right

    return st.builds(join, parts, parts, st.booleans())


@given(st.recursive(st.sampled_from([A, B, C, D]), combined, max_leaves=6))
def test_no_search_has_the_form_that_the_api_has_refused(expression: SearchExpression) -> None:
    clauses = str(expression).split("&")
    assert all(re.fullmatch(r"(or\[\d+\]\[(and\]\[\d+\]\[)?[a-d]\]|[a-d])\[equals\]=1", clause) for clause in clauses)


def test_sortings_come_last_in_the_order_in_which_they_were_joined() -> None:
    newest, first = Search("created").sort("desc"), Search("id").sort()
    assert str(newest & A & first) == "a[equals]=1&created[sort]=desc&id[sort]=asc"
    assert str((A | B) & newest) == "or[0][a][equals]=1&or[1][b][equals]=1&created[sort]=desc"
    assert str((A & newest) | B) == "or[0][a][equals]=1&or[1][b][equals]=1&created[sort]=desc"
    assert str(newest & first) == "created[sort]=desc&id[sort]=asc"


def test_combining_changes_neither_part() -> None:
    left, right = A & B, C | D
    before = str(left), str(right)
    _ = (left & right, left | right)
    assert (str(left), str(right)) == before


# --- what is refused, and why ---


@pytest.mark.parametrize(
    ("operator", "values", "reason"),
    [
        ("equals", ["R&D"], "no way to write it is known"),
        ("like", ["%smith%"], "whether the API wants '%' or '%25' is not settled"),
        ("notlike", ["%25smith"], "whether the API wants '%' or '%25' is not settled"),
        ("equals", ["100%"], "whether the API wants '%' or '%25' is not settled"),
        ("equals", [""], "how to search for nothing is not documented"),
        ("exact", [None], "how to search for nothing is not documented"),
        ("diff", [True], "not bool"),
        ("greater", [1.5], "not float"),
        ("less", [Decimal(1)], "not Decimal"),
        ("equals", [["x"]], "pass several one by one"),
        ("equals", [b"x"], "not bytes"),
        ("equals", ["a\nb"], "line breaks"),
        ("equals", ["ключ"], "Latin-1"),
        ("equals", [" a"], "white space"),
        ("in_", [], "name at least one"),
        ("notin", [], "name at least one"),
        ("in_", ["x,y"], "separates the values of a list"),
        ("notin", ["x", "y,"], "separates the values of a list"),
        ("in_", ["x", "R&D"], "no way to write it is known"),
        ("in_", ["x", ""], "how to search for nothing is not documented"),
        ("in_", [["x", "y"]], "pass several one by one"),
        ("sort", ["up"], '"asc" or "desc"'),
        ("sort", ["DESC"], '"asc" or "desc"'),
        ("sort", [None], '"asc" or "desc"'),
    ],
    ids=ascii,
)
def test_a_value_that_the_api_is_not_known_to_understand_is_refused_with_the_reason(
    operator: str, values: list[Any], reason: str
) -> None:
    with pytest.raises(ArgumentException) as caught:
        getattr(Search("login"), operator)(*values)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "a b", "a[b]", "a.b", "a=", "a&b", "a\n", "0", "_a", "имя", 5, None, b"a", ["a"]], ids=ascii
)
def test_what_is_no_name_of_a_field_is_refused(name: Any) -> None:
    for build in (Search, Totals.count, Totals.sum, Totals.min, Totals.max):
        with pytest.raises(ArgumentException, match="field must be the name of a field"):
            build(name)
    with pytest.raises(ArgumentException, match="field must be the name of a field"):
        Search("login", name)


SORTING = Search("created").sort()


@pytest.mark.parametrize("pair", [(SORTING, A), (A, SORTING), (SORTING, SORTING)], ids=repr)
def test_a_sorting_alone_is_no_alternative(pair: tuple[SearchExpression, SearchExpression]) -> None:
    with pytest.raises(ArgumentException, match="join it to the whole with &"):
        _ = pair[0] | pair[1]


UNCHECKED: Any = A  # checkers find some of these mistakes
MISUSES: dict[str, Callable[[], object]] = {
    "and": lambda: UNCHECKED and B,
    "or": lambda: UNCHECKED or B,
    "not": lambda: not UNCHECKED,
    "if": lambda: 1 if UNCHECKED else 2,
    "chained": lambda: UNCHECKED & B and C,
}


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES.keys())
def test_and_or_and_not_are_refused_since_they_would_drop_a_condition(misuse: Callable[[], object]) -> None:
    with pytest.raises(ArgumentException, match=r"join searches with & and \|"):
        misuse()


@pytest.mark.parametrize("other", ["b[equals]=1", 5, None, Search("b"), Totals.count("id")], ids=repr)
def test_a_search_is_joined_to_searches_only(other: Any) -> None:
    with pytest.raises(TypeError):
        _ = A & other
    with pytest.raises(TypeError):
        _ = A | other


@pytest.mark.parametrize("other", ["count[]=id", 5, None, A], ids=repr)
def test_totals_are_joined_to_totals_only(other: Any) -> None:
    with pytest.raises(TypeError):
        _ = Totals.count("id") & other


# --- equality and showing ---


def test_searches_that_are_written_alike_are_equal() -> None:
    assert Search("a").equals(1) == Search("a").equals("1") == A
    assert hash(Search("a").equals(1)) == hash(A)
    assert A & B != B & A
    assert A != "a[equals]=1"
    assert len({A & B, A & B, A | B}) == 2


def test_the_repr_shows_the_search() -> None:
    assert repr(A & B) == "<SearchExpression a[equals]=1&b[equals]=1>"


def test_the_repr_hides_the_key_that_is_searched_for() -> None:
    secret = "fake-session-key-0123456789"
    expression = A & Search("key").equals(secret) & Search("key").in_(secret, "other")
    assert repr(expression) == "<SearchExpression a[equals]=1&key[equals]=***&key[in]=***>"
    assert secret in str(expression)  # this is what is sent
    for tree in (expression | A, (expression | A) & B, Search("login", "key").equals(secret) & A):
        assert secret not in repr(tree)
        assert "a[equals]=1" in repr(tree) or "[a][equals]=1" in repr(tree)


def test_a_request_hides_the_key_that_is_searched_for(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    secret = "fake-session-key-0123456789"
    for search in (
        Search("key").equals(secret),
        Search("key").equals(secret) | A,
        (Search("key").equals(secret) | A) & B,
    ):
        result = sessions.get_sessions(search=search)
        assert secret not in repr(result.request)
        assert header(api.calls[-1].request, "search") == str(search)


@pytest.mark.parametrize("way", ["get_sessions", "iter_sessions", "iter_session_pages"])
@pytest.mark.parametrize(
    "search",
    ["key[equals]=fake-session-key-0123456789", Search("key").equals("fake-session-key-0123456789")],
    ids=["text", "built"],
)
def test_a_traceback_hides_the_key_that_is_searched_for(
    way: str, search: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, status=500)
    with pytest.raises(APIException) as caught:
        consume(getattr(sessions, way)(search=search))
    frames = [
        frame for frame, _ in traceback.walk_tb(caught.value.__traceback__) if frame.f_code.co_filename != __file__
    ]
    assert frames
    assert not any("fake-session-key" in repr(value) for frame in frames for value in frame.f_locals.values())


# --- totals ---


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        (Totals.count("id"), "count[]=id"),
        (Totals.sum("public"), "sum[]=public"),
        (Totals.min("created"), "min[]=created"),
        (Totals.max("created"), "max[]=created"),
        (Totals.sum("public") & Totals.count("id") & Totals.max("created"), "sum[]=public&count[]=id&max[]=created"),
    ],
    ids=str,
)
def test_totals_are_written_as_the_api_spells_them(totals: Totals, text: str) -> None:
    assert str(totals) == text
    assert repr(totals) == f"<Totals {text}>"


def test_totals_that_are_written_alike_are_equal() -> None:
    assert Totals.count("id") & Totals.sum("public") == Totals.count("id") & Totals.sum("public")
    assert hash(Totals.count("id")) == hash(Totals.count("id"))
    assert Totals.count("id") != Totals.count("key")
    assert Totals.count("id") != "count[]=id"


# --- on the wire ---


def consume(result: Any) -> None:
    """Go through the pages, where a call gives an iterator over them."""
    if isinstance(result, Iterator):
        list(result)  # pyright: ignore[reportUnknownArgumentType]


def test_builders_go_on_the_wire_as_their_text(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.get_sessions(search=A & Search("created").sort("desc"), totals=Totals.count("id"))
    request = sent(api)
    assert header(request, "search") == "a[equals]=1&created[sort]=desc"
    assert header(request, "totals") == "count[]=id"


def test_a_value_beyond_ascii_goes_on_the_wire_as_latin_1(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    sessions.get_sessions(search=Search("login").equals("Müller"))
    assert header(sent(api), "search") == "login[equals]=Müller"


@pytest.mark.parametrize("value", [Search("a"), Totals.count("id"), ["a[equals]=1"], {"a": 1}], ids=repr)
def test_a_search_is_a_text_or_a_finished_expression(
    value: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    with pytest.raises(ArgumentException, match="search"):
        sessions.get_sessions(search=value)
    assert len(api.calls) == 0


@pytest.mark.parametrize("value", [A, ["count[]=id"], {"count": "id"}], ids=repr)
def test_totals_are_a_text_or_totals(value: Any, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    with pytest.raises(ArgumentException, match="totals"):
        sessions.get_sessions(totals=value)
    assert len(api.calls) == 0


# --- plain texts with operators that the API does not know ---


@pytest.mark.parametrize(
    ("operator", "meant"),
    [
        ("eq", "equals"),
        ("equal", "equals"),
        ("gt", "greater"),
        ("gte", "greater"),
        ("greaterEqual", "greater"),
        ("lt", "less"),
        ("lte", "less"),
        ("lesser", "less"),
        ("lessEqual", "less"),
        ("not_equal", "diff"),
        ("notEquals", "diff"),
        ("ne", "diff"),
        ("nin", "notin"),
        ("not_in", "notin"),
        ("contains", "like"),
        ("notLike", "notlike"),
        ("order", "sort"),
        ("equls", "equals"),
        ("graeter", "greater"),
        ("EQUALS", "equals"),
        ("equal-s", "equals"),
    ],
)
def test_an_unknown_operator_gets_a_warning_with_the_right_one(
    operator: str, meant: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    with pytest.warns(UserWarning, match=f"'{operator}' .* did you mean '{meant}'") as caught:
        sessions.get_sessions(search=f"created[{operator}]=2025-01-01")
    assert len(caught) == 1
    assert header(sent(api), "search") == f"created[{operator}]=2025-01-01"


def test_an_operator_like_no_other_gets_a_warning_with_all_of_them(
    api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    for operator in ("zzz", ">", "", "$"):
        with pytest.warns(UserWarning, match="it knows equals, exact, greater, .*, sort"):
            sessions.get_sessions(search=f"created[{operator}]=2025-01-01")


@pytest.mark.parametrize(
    "search",
    [
        "",
        "created",
        "login=p1_log_1",
        *(f"login[{operator}]=1" for operator in OPERATORS),
        "created[greater]=2025-01-01&created[less]=2025-02-01&created[sort]=desc",
        "or[0][login][equals]=1&or[1][login][equals]=2",
        "or[0][and][0][login][equals]=1",
        "and[0][or][0][name][like]=%25jsmith%25&and[0][or][1][custom][like]=%25jsmith%25",
        "login[equals]=x[eq]",
        "login[equals]=a=b[eq]",
        "merchant[entity][login][division][equals]=x",
    ],
)
def test_a_search_that_the_api_knows_gets_no_warning(
    search: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sessions.get_sessions(search=search)


@pytest.mark.parametrize("way", ["get_sessions", "iter_sessions", "iter_session_pages"])
def test_a_warning_comes_once_for_a_line_and_points_at_it(
    way: str, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            consume(getattr(sessions, way)(search="created[gte]=2025-01-01"))  # the line
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123
        assert source.read().splitlines()[caught[0].lineno - 1].endswith("# the line")


def test_each_unknown_operator_of_a_search_gets_its_warning(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    with pytest.warns(UserWarning, match="operator") as caught:
        sessions.get_sessions(search="created[gte]=2025-01-01&or[0][login][eq]=1&id[in]=2")
    assert [str(one.message).split("'")[1] for one in caught] == ["gte", "eq"]


def test_a_warning_shows_no_value(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    with pytest.warns(UserWarning, match="operator") as caught:
        sessions.get_sessions(search="key[eq]=fake-session-key-0123456789")
    assert "fake-session-key" not in str(caught[0].message)


# --- understood by a server that reads the header on its own ---


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(sessions=12) as running:
        for session in running.sessions[::3]:
            session.frozen = 1
        yield running


@pytest.fixture(scope="module")
def in_sandbox(sandbox: Sandbox) -> Iterator[SessionsController]:
    with sandbox.client() as client:
        yield client.sessions


@dataclass(frozen=True)
class Both:
    """A search, and the same as a Python filter."""

    search: SearchExpression
    matches: Callable[[dict[str, Any]], bool]

    def __and__(self, other: "Both") -> "Both":
        return Both(self.search & other.search, lambda row: self.matches(row) and other.matches(row))

    def __or__(self, other: "Both") -> "Both":
        return Both(self.search | other.search, lambda row: self.matches(row) or other.matches(row))


TESTS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equals": lambda actual, values: actual == values[0],
    "exact": lambda actual, values: actual == values[0],
    "like": lambda actual, values: actual == values[0],
    "greater": lambda actual, values: actual > values[0],
    "less": lambda actual, values: actual < values[0],
    "in_": lambda actual, values: actual in values,
    "diff": lambda actual, values: actual != values[0],
    "notlike": lambda actual, values: actual != values[0],
    "notin": lambda actual, values: actual not in values,
}


def condition(field: str, operator: str, values: list[Any]) -> Both:
    used = values if operator in ("in_", "notin") else values[:1]
    return Both(getattr(Search(field), operator)(*used), lambda row: TESTS[operator](row[field], used))


def test_the_sandbox_finds_what_a_python_filter_finds(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    rows = [session.record() for session in sandbox.sessions]
    conditions = st.one_of(
        [
            st.builds(
                condition,
                st.just(field),
                st.sampled_from(sorted(TESTS)),
                st.lists(st.sampled_from(sorted({row[field] for row in rows}, key=str)), min_size=1, max_size=3),
            )
            for field in ("id", "login", "public", "frozen")
        ]
    )

    @given(st.recursive(conditions, combined, max_leaves=6), st.sampled_from(["asc", "desc", None]))
    def check(both: Both, direction: Any) -> None:
        search = both.search & Search("id").sort(direction) if direction else both.search
        expected = [row["id"] for row in rows if both.matches(row)]
        if direction:
            expected.sort(key=str, reverse=direction == "desc")
        found = in_sandbox.get_sessions(search=search, page_limit=100).raise_for_errors().body.data
        assert [session.id for session in found] == expected

    check()


def test_the_sandbox_finds_by_moments_in_any_zone() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        ids: list[str | None] = []
        for _ in range(3):
            ids.append(client.sessions.post_sessions({}).body.data[0].id)
            sandbox.clock.advance(minutes=5)
        start = datetime(2025, 3, 4, 17, 40, 40, tzinfo=timezone.utc)  # when the sandbox's time begins

        def found(search: SearchExpression) -> list[str | None]:
            return [session.id for session in client.sessions.get_sessions(search=search).body.data]

        created = Search("created")
        for zone in (timezone.utc, timezone(timedelta(hours=9))):
            moment = (start + timedelta(minutes=3)).astimezone(zone)
            assert found(created.greater(moment)) == [ids[2], ids[1]]
            assert found(created.less(moment)) == [ids[0]]
            assert found(created.greater(moment) & created.less(moment + timedelta(minutes=5))) == [ids[1]]
        assert len(found(created.greater(date(2025, 3, 4)))) == 3
        assert found(created.greater(date(2025, 3, 5))) == []


def test_the_sandbox_computes_the_totals(in_sandbox: SessionsController) -> None:
    totals = Totals.count("id") & Totals.sum("public") & Totals.max("frozen")
    response = in_sandbox.get_sessions(totals=totals, page_limit=1).body.response
    assert response is not None
    assert response.details is not None
    assert response.details.totals == {"count": {"id": 12}, "sum": {"public": 6}, "max": {"frozen": 1}}


# --- what was not built with the builders ---


@pytest.mark.parametrize("search", [Search("created"), Search("login", "division")], ids=["field", "nested"])
def test_a_search_without_an_operator_is_refused_with_what_is_missing(
    search: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    with pytest.raises(ArgumentException, match="search must have an operator"):
        sessions.get_sessions(search=search)
    assert len(api.calls) == 0


def test_what_is_put_together_by_hand_is_checked_like_a_text(api: RequestsMock, sessions: SessionsController) -> None:
    with pytest.raises(ArgumentException, match="totals"):
        sessions.get_sessions(totals=Totals("a\r\nX: y"))
    with pytest.raises(ArgumentException, match="search"):
        sessions.get_sessions(search=SearchExpression((("a\r\nX: y",),), ()))
    assert len(api.calls) == 0


def test_a_number_that_python_will_not_write_is_refused() -> None:
    with pytest.raises(ArgumentException, match="value must be"):
        Search("a").equals(10**5000)
