"""Searches and totals: what the builders write, what they reject, and what a plain string gets a warning for."""

import copy
import pickle
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
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
from payrix_sessions.search import OPERATORS, SearchWarning, search_header
from tests.wire import EMPTY, header, reply, sent

A, B, C, D = (Search(name).equals(1) for name in "abcd")
SORT = Search("created").sort()
SECRET = "fake-session-key-0123456789"
KEY = Search("key").equals(SECRET)


class Known(str, Enum):
    """Its members show their names."""

    LOGIN = "login"
    VALUE = "p1_log_1"
    DESC = "desc"


# --- what is written ---


def test_builders_write_what_the_api_is_known_to_understand() -> None:
    rows: list[tuple[SearchExpression | Totals, str]] = [
        (Search("login").equals("p1_log_1"), "login[equals]=p1_log_1"),
        (Search("login").exact("p1_log_1"), "login[exact]=p1_log_1"),
        (Search("created").greater("2025-01-01"), "created[greater]=2025-01-01"),
        (Search("created").less("2025-01-01"), "created[less]=2025-01-01"),
        (Search("id").in_("p1_ssn_1", "p1_ssn_2"), "id[in]=p1_ssn_1,p1_ssn_2"),
        (Search("public").notin(0, 1), "public[notin]=0,1"),
        (Search("login").like("p1_log_1"), "login[like]=p1_log_1"),
        (Search("login").notlike("p1_log_1"), "login[notlike]=p1_log_1"),
        (Search("frozen").diff(1), "frozen[diff]=1"),
        (SORT, "created[sort]=asc"),
        (Search("created").sort("desc"), "created[sort]=desc"),
        (Search("login", "division", "name").equals("x"), "login[division][name][equals]=x"),
        # values
        (Search("public").equals(0), "public[equals]=0"),
        (Search("public").equals(SessionPublicEnum.PUBLICACCESS), "public[equals]=1"),
        (Search("login").equals("a: Müller=b;c"), "login[equals]=a: Müller=b;c"),
        (Search("created").in_(date(2025, 1, 2), date(2025, 1, 3)), "created[in]=2025-01-02,2025-01-03"),
        # members of a string enum, wherever a string is taken
        (Search(Known.LOGIN).diff(Known.VALUE), "login[diff]=p1_log_1"),
        (Search("login", Known.LOGIN).in_(Known.VALUE), "login[login][in]=p1_log_1"),
        (Search("login").sort(Known.DESC), "login[sort]=desc"),  # type: ignore[arg-type]
        (Totals.count(Known.LOGIN), "count[]=login"),
        # totals
        (Totals.sum("public") & Totals.min("created") & Totals.max("id"), "sum[]=public&min[]=created&max[]=id"),
        # and, or, sort
        (A & B & C, "a[equals]=1&b[equals]=1&c[equals]=1"),
        (A | B | C, "or[0][a][equals]=1&or[1][b][equals]=1&or[2][c][equals]=1"),
        (A & B | C, "or[0][and][0][a][equals]=1&or[0][and][1][b][equals]=1&or[1][c][equals]=1"),
        (Search("a", "b").equals(1) | A, "or[0][a][b][equals]=1&or[1][a][equals]=1"),
        (SORT & A & Search("id").sort(), "a[equals]=1&created[sort]=asc&id[sort]=asc"),
        ((A & SORT) | B, "or[0][a][equals]=1&or[1][b][equals]=1&created[sort]=asc"),
        ((B | A) & SORT, "or[0][b][equals]=1&or[1][a][equals]=1&created[sort]=asc"),
    ]
    for expression, written in rows:
        assert str(expression) == written


def test_every_operator_has_a_method_and_there_is_no_other() -> None:
    assert {name.rstrip("_") for name in vars(Search) if not name.startswith("_")} == set(OPERATORS)


def test_a_datetime_is_written_in_eastern_time_to_the_second() -> None:
    rows: list[tuple[date, str]] = [
        (datetime(2025, 1, 2, 3, 4, 5, 999999, tzinfo=timezone.utc), "2025-01-01T22:04:05"),
        (datetime(2025, 7, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-4))), "2025-07-02T03:04:05"),
        # The spring change: 02:00 to 03:00 does not exist.
        (datetime(2025, 3, 9, 6, 59, 59, tzinfo=timezone.utc), "2025-03-09T01:59:59"),
        (datetime(2025, 3, 9, 7, 0, 0, tzinfo=timezone.utc), "2025-03-09T03:00:00"),
        # The autumn change: 01:00 to 02:00 comes twice, and both are written alike.
        (datetime(2025, 11, 2, 5, 30, tzinfo=timezone.utc), "2025-11-02T01:30:00"),
        (datetime(2025, 11, 2, 6, 30, tzinfo=timezone.utc), "2025-11-02T01:30:00"),
        (date.min, "0001-01-01"),
    ]
    for moment, written in rows:
        assert str(Search("created").greater(moment)) == f"created[greater]={written}"


def test_and_is_distributed_over_or() -> None:
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
def test_no_search_has_the_form_that_the_api_has_rejected(expression: SearchExpression) -> None:
    clauses = str(expression).split("&")
    assert all(re.fullmatch(r"(or\[\d+\]\[(and\]\[\d+\]\[)?[a-d]\]|[a-d])\[equals\]=1", clause) for clause in clauses)


def test_expressions_are_values() -> None:
    assert Search("a").equals(1) == Search("a").equals("1") == A
    assert A & B != B & A
    assert A != "a[equals]=1"
    assert len({A & B, A & B, A | B}) == 2
    assert Totals.count("id") & Totals.sum("public") == Totals.count("id") & Totals.sum("public")
    assert len({Totals.count("id"), Totals.count("id"), Totals.count("key")}) == 2
    assert Totals.count("id") != "count[]=id"
    assert repr(Totals.count("id")) == "<Totals count[]=id>"
    assert repr(Search("login", "division")) == "<Search login[division], without an operator>"
    for value in (A & B | SORT & C, Totals.count("id")):
        assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


# --- what the builders reject ---


def test_a_value_that_the_api_is_not_known_to_understand_is_rejected_with_the_reason() -> None:
    rows: list[tuple[str, list[Any], str]] = [
        ("equals", ["R&D"], "no escape for it is known"),
        ("like", ["%smith%"], "whether the API wants '%' or '%25' is not settled"),
        ("equals", [""], "how to search for missing values is not documented"),
        ("exact", [None], "must not be empty or None"),
        ("diff", [True], "not bool; write 1 or 0"),
        ("less", [datetime(2025, 1, 1)], "such as datetime.now(timezone.utc)"),  # noqa: DTZ001
        ("greater", [1.5], "not float"),
        ("less", [Decimal(1)], "not Decimal"),
        ("equals", [["x"]], "pass several one by one"),
        ("equals", [10**5000], "value must be"),
        ("equals", ["a\nb"], "line breaks"),
        ("equals", ["ключ"], "Latin-1"),
        ("equals", [" a"], "whitespace"),
        ("greater", [datetime.min.replace(tzinfo=timezone.utc)], "exists in the API's time zone"),
        ("in_", [], "name at least one"),
        ("in_", ["x,y"], "separates the values of a list"),
        ("in_", ["x", "R&D"], "no escape for it is known"),
        ("sort", ["DESC"], '"asc" or "desc"'),
    ]
    for operator, values, reason in rows:
        with pytest.raises(ArgumentException) as caught:
            getattr(Search("login"), operator)(*values)
        assert reason in str(caught.value)


def test_a_value_that_the_field_cannot_have_is_rejected_and_in_a_string_gets_a_warning(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[tuple[str, str, list[Any], str]] = [
        ("public", "equals", ["true"], "0 or 1"),
        ("mfaAuthenticated", "in_", [0, "MFAENABLED"], "0 or 1"),
        ("created", "greater", ["2025-01-01T00:00:00Z"], "2025-01-31T12:00:00, US Eastern time without a zone"),
        ("modified", "less", [1735689600], "2025-01-31"),
        ("created", "greater", ["yesterday"], "2025-01-31"),
    ]
    for field, operator, values, right in rows:
        api.reset()
        reply(api)
        with pytest.raises(ArgumentException, match=f"value of {field} must be .*{right}"):
            getattr(Search(field), operator)(*values)
        with pytest.warns(SearchWarning, match=f"may find nothing: the value of {field} must be .*{right}") as caught:
            sessions.get_sessions(search=f"{field}[{operator.rstrip('_')}]={','.join(map(str, values))}")
        assert len(caught) == 1


def test_what_is_no_name_of_a_field_is_rejected() -> None:
    rows: list[Any] = ["", "a b", "a[b]", "a.b", "a=", "a\n", "0", "_a", "имя", 5, None]
    for name in rows:
        for build, arguments in ((Search, [name]), (Search, ["login", name]), (Totals.count, [name])):
            with pytest.raises(ArgumentException, match="field must be the name of a field"):
                build(*arguments)


def test_a_misspelt_field_of_a_session_is_rejected_with_the_right_one() -> None:
    rows: list[tuple[str, str]] = [
        ("Public", "public"),
        ("mfa_authenticated", "mfaAuthenticated"),
        ("craeted", "created"),
        ("effectiveroles", "effectiveRoles"),
    ]
    for name, meant in rows:
        for build in (Search, Totals.count):
            with pytest.raises(ArgumentException, match=f"did you mean '{meant}'"):
                build(name)


def test_an_operator_of_another_api_says_which_one_is_meant() -> None:
    rows: list[tuple[str, str]] = [
        ("gte", "'greater'"),
        ("eq", "'equals'"),
        ("notEquals", "'diff'"),
        ("not_in", "'notin'"),
        ("isin", "'in_'"),
    ]
    for name, meant in rows:
        with pytest.raises(AttributeError, match=f"'{name}' .*did you mean {meant}"):
            getattr(Search("created"), name)


def test_other_attributes_are_missing_as_ever() -> None:
    begun = Search("login", "division")
    assert not hasattr(begun, "gte")
    for copied in (copy.copy(begun), copy.deepcopy(begun), pickle.loads(pickle.dumps(begun))):
        assert copied.equals(1) == begun.equals(1)
    with pytest.raises(AttributeError, match="'Search' object has no attribute '_repr_html_'"):
        getattr(begun, "_repr_html_")  # noqa: B009  (checkers would object)
    with pytest.raises(AttributeError, match=r"it knows equals, .*, sort"):
        getattr(begun, "zzz")  # noqa: B009


def test_a_sort_cannot_be_an_operand_of_or() -> None:
    rows: list[tuple[SearchExpression, SearchExpression]] = [(SORT, A), (A, SORT), (SORT, SORT)]
    for pair in rows:
        with pytest.raises(ArgumentException, match="join it to the whole with &"):
            _ = pair[0] | pair[1]


UNCHECKED: Any = A  # checkers find some of these mistakes


def test_and_or_and_not_are_rejected_since_they_would_drop_a_condition() -> None:
    rows: list[Callable[[], object]] = [lambda: UNCHECKED and B, lambda: UNCHECKED or B, lambda: not UNCHECKED]
    for misuse in rows:
        with pytest.raises(ArgumentException, match=r"join searches with & and \|"):
            misuse()


def test_expressions_are_joined_to_their_like_only() -> None:
    rows: list[Any] = ["b[equals]=1", None, Search("b"), Totals.count("id")]
    for other in rows:
        with pytest.raises(TypeError):
            _ = A & other
        with pytest.raises(TypeError):
            _ = A | other
        with pytest.raises(TypeError):
            _ = Totals.sum("id") & UNCHECKED


# --- on the wire, and never shown ---


def consume(result: Any) -> None:
    """Go through the pages, where a call gives an iterator over them."""
    if isinstance(result, Iterator):
        list(result)  # pyright: ignore[reportUnknownArgumentType]


each_way = pytest.mark.parametrize("way", ["get_sessions", "iter_sessions", "iter_session_pages"])


@each_way
def test_builders_go_on_the_wire_as_their_text(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    consume(getattr(sessions, way)(search=A & Search("login").equals("Müller"), totals=Totals.count("id")))
    request = sent(api)
    assert header(request, "search") == "a[equals]=1&login[equals]=Müller"
    assert header(request, "totals") == "count[]=id"


def test_a_search_is_a_secret_from_here_on() -> None:
    for search in (f"key[equals]={SECRET}", KEY):
        assert SECRET not in repr(search_header("search", search))


def test_what_is_put_together_by_hand_is_validated_like_a_string(sessions: SessionsController) -> None:
    with pytest.raises(ArgumentException, match="totals must"):
        sessions.get_sessions(totals=Totals("a\r\nX: y"))
    with pytest.raises(ArgumentException, match="search must"):
        sessions.get_sessions(search=SearchExpression((("a\r\nX: y",),), ()))


def test_a_repr_hides_the_key_that_is_searched_for(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[SearchExpression] = [KEY & A, KEY | A, (KEY | A) & B, Search("login", "key").in_(SECRET, "x") & A]
    for search in rows:
        api.reset()
        reply(api)
        result = sessions.get_sessions(search=search)
        assert SECRET in (header(sent(api), "search") or "")
        assert "a]" in repr(search) or "a[" in repr(search)
        assert SECRET not in repr(search) + repr(result.request)


@each_way
@pytest.mark.parametrize("search", [f"key[equals]={SECRET}", KEY], ids=["string", "built"])
def test_a_traceback_hides_the_key_that_is_searched_for(
    way: str, search: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    reply(api, status=500)
    with pytest.raises(APIException) as caught:
        consume(getattr(sessions, way)(search=search))
    assert_hidden(caught.value)


def assert_hidden(exception: BaseException) -> None:
    frames = [frame for frame, _ in traceback.walk_tb(exception.__traceback__) if frame.f_code.co_filename != __file__]
    assert frames
    assert not any(SECRET in repr(value) for frame in frames for value in frame.f_locals.values())


# --- plain strings ---


def test_a_search_that_finds_nothing_gets_a_warning_and_is_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[tuple[str, str]] = [
        ("created[gte]=2025-01-01", "operator 'gte' and would find nothing; did you mean 'greater'?"),
        ("created[greaterEqual]=2025-01-01", "did you mean 'greater'?"),
        ("created[lt]=2025-01-01", "did you mean 'less'?"),
        ("login[eq]=x", "did you mean 'equals'?"),
        ("login[EQUALS]=x", "did you mean 'equals'?"),
        ("login[equls]=x", "did you mean 'equals'?"),
        ("login[not_equal]=x", "did you mean 'diff'?"),
        ("login[contains]=x", "did you mean 'like'?"),
        ("login[zzz]=x", "it knows equals, exact, greater, .*, sort"),
        ("login[]=x", "it knows equals, exact, greater, .*, sort"),
        ("a[equals]=1&or[0][login][eq]=1", "did you mean 'equals'?"),
        (f"key[{SECRET}]=x", "operator (not shown)"),
        ("public=1", "a condition has no operator; write public[equals]=1"),
        ("a[equals]=1&public=1", "a condition has no operator"),
        ("created", "conditions are field[operator]=value"),
        ("created:2025-01-01", "conditions are field[operator]=value"),
        ("created[greater]:2025-01-01", "conditions are field[operator]=value"),
        ("created>=2025-01-01", "conditions are field[operator]=value"),
        ("created[greater] = 2025-01-01", "conditions are field[operator]=value"),
        ("created%5Bgreater%5D=2025-01-01", "conditions are field[operator]=value"),
        ("login.division[equals]=x", "conditions are field[operator]=value"),
        ("or[login][equals]=x", "conditions are field[operator]=value"),
        (SECRET, "conditions are field[operator]=value"),
        ("a[equals]=1;b[equals]=2", "conditions are joined with & only"),
        ("a[equals]=1, b[equals]=2", "conditions are joined with & only"),
        ("a[equals]=1 AND b[equals]=2", "conditions are joined with & only"),
        ("login[equals]=1;public=1", "conditions are joined with & only"),
        ("login[equals]=1,public=1", "conditions are joined with & only"),
        ("id[in]=a;b", "the values of 'in' are separated by commas"),
        ("id[notin]=a, b", "the values of 'notin' are separated by commas, without spaces"),
        ("created[greater]=2025-01-01T00%3A00%3A00", "does not decode percent-encoded values"),
        ("id[in]=[a,b]", "without quotes, brackets or spaces"),
        ("login[equals]== x", "without quotes, brackets or spaces"),
        ("login[equals]=None", "was a variable not set?"),
        ("login[equals]='x'", "without quotes, brackets or spaces"),
        ("created[sort]=DESC", "sorts by asc or desc"),
        ("Public[equals]=1", "sessions have no field 'Public'; did you mean 'public'?"),
        ("mfa_authenticated=1&or[0][Login][equals]=1", "did you mean 'mfaAuthenticated'?"),
        ("and[0][created][greater]=2025-01-01", "directly below and[0]"),
    ]
    for search, problem in rows:
        api.reset()
        reply(api)
        with pytest.warns(SearchWarning) as caught:
            sessions.get_sessions(search=search)
        assert len(caught) == 1 + search.startswith("mfa_authenticated") * 2
        pattern = re.escape(problem).replace(r"\.\*", ".*")
        message = str(caught[0].message)
        assert re.search(f"^search: the API .*{pattern}", message)
        assert SECRET not in message
        assert header(sent(api), "search") == search


def test_totals_that_compute_nothing_get_a_warning_and_are_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[tuple[str, str]] = [
        ("count=id", "totals are operator[]=field, such as count[]=id"),
        ("count[id]", "totals are operator[]=field"),
        ("id[count]=1", "totals are operator[]=field"),
        ("count[]=id,sum[]=public", "joined with &"),
        ("count[]=id&avg[]=id", "the operators of totals are count, sum, min, max"),
        ("count[]=Public", "did you mean 'public'?"),
    ]
    for totals, problem in rows:
        api.reset()
        reply(api)
        with pytest.warns(SearchWarning, match=re.escape(problem)) as caught:
            sessions.get_sessions(totals=totals)
        assert len(caught) == 1
        assert header(sent(api), "totals") == totals


def test_what_the_api_is_known_to_understand_gets_no_warning(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[str] = [
        "",
        *(f"login[{operator}]=1" for operator in OPERATORS if operator != "sort"),
        "created[greater]=2025-01-01T00:00:00&created[less]=20250201&created[sort]=desc",
        "or[0][login][equals]=1&or[1][login][equals]=2",
        "or[0][and][0][login][equals]=1&id[in]=a,b",
        "and[0][or][0][name][like]=%25jsmith%25&and[0][or][1][custom][like]=%41%",
        "login[equals]=x[eq]",
        "login[equals]=a=b; c, d",
        "login[equals]=''",
        "login[equals]=100%25",
        "merchant[entity][login][division][equals]=x",
    ]
    for search in rows:
        api.reset()
        reply(api)
        sessions.get_sessions(search=search, totals="count[]=id&max[]=created")  # a warning would be an error


@each_way
def test_a_warning_comes_once_for_a_line_and_points_at_it(
    way: str, api: RequestsMock, sessions: SessionsController
) -> None:
    full: dict[str, Any] = {"response": {"data": [{"id": "a"}], "details": {"page": {"hasMore": True}}}}
    for body in (full, EMPTY):  # two pages
        api.get(re.compile(".*"), json=body)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        consume(getattr(sessions, way)(search="created[gte]=2025-01-01"))  # the line
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123
        assert source.read().splitlines()[caught[0].lineno - 1].endswith("# the line")


def test_a_warning_made_an_error_is_raised_before_anything_is_sent(
    api: RequestsMock, sessions: SessionsController
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, value in (("search", f"key[eq]={SECRET}"), ("totals", "count=id")):
            arguments: dict[str, Any] = {name: value}
            with pytest.raises(ArgumentException) as caught:
                sessions.get_sessions(**arguments)
            assert isinstance(caught.value, UserWarning)
            assert_hidden(caught.value)
    assert len(api.calls) == 0


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
