"""Search, sorting, totals and pages."""

from urllib.parse import quote

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http


@pytest.fixture
def ids(http: Http, sandbox: Sandbox) -> dict[str, str]:
    """Three sessions, by the last letter of their login: a (oldest, public), b (frozen), c (newest)."""
    made: dict[str, str] = {}
    for letter, flags in (("a", {"public": 1}), ("b", {"frozen": 1}), ("c", {"token": 1})):
        made[http.create(login=f"t1_log_{letter}", **flags)["id"]] = letter
        sandbox.clock.advance(minutes=5)
    return made


def found(http: Http, ids: dict[str, str], search: str) -> str:
    """Return the letters of what a search finds, in its order."""
    return "".join(ids[each] for each in http.list(search=search))


@pytest.mark.parametrize(
    ("search", "letters"),
    [
        ("", "cba"),
        ("login[equals]=t1_log_a", "a"),
        ("login[exact]=t1_log_a", "a"),
        ("login[diff]=t1_log_a", "cb"),
        ("login[in]=t1_log_a,t1_log_c", "ca"),
        ("login[notin]=t1_log_a,t1_log_c", "b"),
        ("login[like]=%log_B", "b"),
        ("login[like]=%25log%25c", "c"),
        ("login[like]=t1%", "cba"),
        ("login[like]=log", ""),
        ("login[like]=%log", ""),
        ("login[like]=t1_log_a%t1_log_a", ""),
        ("login[like]=%x%", ""),
        ("login[notlike]=%a", "cb"),
        ("login[greater]=t1_log_a", "cb"),
        ("public[equals]=1", "a"),
        ("public[equals]=yes", ""),
        ("public[greater]=0", "a"),
        ("public[less]=1", "cb"),
        ("public[less]=x", ""),
        ("effectiveResources[equals]=''", "cba"),
        ("effectiveResources[equals]=", "cba"),
        ("login[equals]=''", ""),
        ("created[greater]=2025-01-01", "cba"),
        ("created[greater]=20250304", "cba"),
        ("created[greater]=2025-03-04T12:45:00", "cb"),
        ("created[greater]=2025-03-04 12:45:00.5&created[less]=2025-03-04 12:50:00", "b"),
        ("created[greater]=2025-03-04T12%3A45%3A00", ""),
        ("created[greater]=yesterday", ""),
        ("created[like]=2025-03-04 12:4%", "ba"),
        ("public[equals]=0&frozen[equals]=0", "c"),
        ("public[equals]=0&&frozen[equals]=0&", "c"),
    ],
)
def test_conditions_select(http: Http, ids: dict[str, str], search: str, letters: str) -> None:
    assert found(http, ids, search) == letters


@pytest.mark.parametrize(
    "search",
    ["public[eq]=1", "public[gte]=0", "public[notEquals]=1", "nothing[equals]=1", "nothing[notin]=1",
     "public[equals]=0;frozen[equals]=0", "public=1", "public[]=1", "[equals]=1", "public[equals", "x",
     "merchant[login][equals]=1", "or[0][public]=1"],
)  # fmt: skip
def test_what_the_api_does_not_understand_silently_finds_nothing(http: Http, ids: dict[str, str], search: str) -> None:
    assert len(ids) == 3
    reply = http.send("GET", "/sessions", search=search)
    assert (reply.status, reply.data, reply.json["response"]["errors"]) == (200, [], [])


@pytest.mark.parametrize(
    ("search", "letters"),
    [
        ("or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1", "ba"),
        ("or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1&public[equals]=1", "a"),
        ("and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1", "ba"),
        ("and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1&and[1][or][0][token][equals]=0", "ba"),
        ("and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1&and[1][or][0][frozen][equals]=0", "a"),
        ("or[0][and][0][public][equals]=0&or[0][and][1][frozen][equals]=0&or[1][public][equals]=1", "ca"),
        ("or[0][public][equals]=0&or[0][frozen][equals]=0&or[1][public][equals]=1", "ca"),
    ],
)
def test_trees_of_and_and_or_select(http: Http, ids: dict[str, str], search: str, letters: str) -> None:
    assert found(http, ids, search) == letters


def test_a_condition_right_under_and_is_a_query_error(http: Http) -> None:
    reply = http.send("GET", "/sessions", search="and[0][created][greater]=2025-01-01")
    assert reply.status == 200
    assert reply.json["response"]["errors"] == [
        {"msg": "Invalid search operator 'created' given in search request", "errorCode": "query_error"}
    ]


def test_a_tree_of_absurd_depth_is_a_query_error(http: Http) -> None:
    reply = http.send("GET", "/sessions", search="or[0]" * 5000 + "[public][equals]=1")
    assert reply.data == []
    reply = http.send("GET", "/sessions", search="or[0]" + "[or][0]" * 5000 + "[public][equals]=1")
    assert reply.error_codes == ["query_error"]


@pytest.mark.parametrize(
    ("search", "letters"),
    [
        ("created[sort]=asc", "abc"),
        ("created[sort]=desc", "cba"),
        ("created[sort]=", "cba"),
        ("public[sort]=desc&login[sort]=asc", "abc"),
        ("frozen[sort]=asc&login[sort]=asc", "acb"),
        ("login[sort]=asc&public[equals]=0", "bc"),
        ("nothing[sort]=asc", "cba"),
    ],
)
def test_sorting_orders(http: Http, ids: dict[str, str], search: str, letters: str) -> None:
    assert found(http, ids, search) == letters


def test_pages_by_id_see_every_session_once(http: Http, ids: dict[str, str]) -> None:
    seen: list[str] = []
    search = "id[sort]=asc"
    while page := http.list("/sessions?page[limit]=1", search=search):
        seen += page
        search = f"id[sort]=asc&id[greater]={page[-1]}"
    assert seen == sorted(ids)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ("count[]=id", {"count": {"id": 3}}),
        ("count[]=public", {"count": {"public": 1}}),  # what is zero is not counted
        ("sum[]=public&sum[]=frozen", {"sum": {"public": 1, "frozen": 1}}),
        ("sum[]=login", {"sum": {"login": 0}}),
        ("min[]=login&max[]=login", {"min": {"login": "t1_log_a"}, "max": {"login": "t1_log_c"}}),
        ("max[]=public&max[]=nothing", {"max": {"public": 1, "nothing": None}}),
        ("average[]=public", []),
        ("count=id", []),
    ],
)
def test_totals_cover_everything_found_and_not_only_the_page(
    http: Http, ids: dict[str, str], totals: str, expected: object
) -> None:
    assert len(ids) == 3
    assert http.send("GET", "/sessions?page[limit]=1", totals=totals).details["totals"] == expected


def test_totals_follow_the_search(http: Http, ids: dict[str, str]) -> None:
    assert len(ids) == 3
    reply = http.send("GET", "/sessions", search="public[equals]=0", totals="count[]=id")
    assert reply.details["totals"] == {"count": {"id": 2}}


def test_last_is_the_last_page_known_so_far() -> None:
    with Sandbox(sessions=5) as sandbox, Http(sandbox) as http:
        pages = [http.send("GET", f"/sessions?page[limit]=2&page[number]={number}") for number in (1, 2, 3, 4)]
    assert [page.details["page"] for page in pages] == [
        {"current": 1, "last": 2, "hasMore": True},
        {"current": 2, "last": 3, "hasMore": True},
        {"current": 3, "last": 3, "hasMore": False},
        {"current": 4, "last": 3, "hasMore": False},
    ]
    assert [len(page.data) for page in pages] == [2, 2, 1, 0]


def test_a_page_has_thirty_sessions_unless_told_otherwise() -> None:
    with Sandbox(sessions=101) as sandbox, Http(sandbox) as http:
        assert len(http.list()) == 30
        assert len(http.list("/sessions?" + quote("page[limit]") + "=100")) == 100


@pytest.mark.parametrize("name", ["page[limit]", "page[number]"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "٣", "9" * 5000])
def test_a_page_value_out_of_range_is_a_400(http: Http, name: str, value: str) -> None:
    reply = http.send("GET", f"/sessions?{quote(name)}={quote(value)}")
    assert (reply.status, reply.error_codes) == (400, ["invalid_range"])
    assert reply.json["errors"][0]["field"] == name


def test_more_than_a_hundred_on_a_page_is_a_400(http: Http) -> None:
    assert http.send("GET", "/sessions?page[limit]=101").status == 400
