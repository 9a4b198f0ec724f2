"""Search, sorting, totals and pages."""

import json
from urllib.parse import quote

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http, converse


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


SELECTED = [
    ("cba", ["", "login[like]=t1%", "effectiveResources[equals]=''", "effectiveResources[equals]="]),
    ("a", ["login[equals]=t1_log_a", "login[exact]=t1_log_a", "public[equals]=1", "public[greater]=0"]),
    ("cb", ["login[diff]=t1_log_a", "login[notlike]=%a", "login[greater]=t1_log_a", "public[less]=1"]),
    ("ca", ["login[in]=t1_log_a,t1_log_c"]),
    ("b", ["login[notin]=t1_log_a,t1_log_c", "login[like]=%log_B"]),
    ("c", ["login[like]=%25log%25c", "public[equals]=0&&frozen[equals]=0&"]),
    ("", ["login[like]=log", "login[like]=%log", "login[like]=t1_log_a%t1_log_a", "login[like]=%x%"]),
    ("", ["public[equals]=yes", "public[less]=x", "login[equals]=''", "created[greater]=yesterday"]),
    ("", ["created[greater]=2025-03-04T12%3A45%3A00", f"public[equals]={'9' * 5000}"]),
    ("cba", ["created[greater]=20250304"]),
    ("cb", ["created[greater]=2025-03-04T12:45:00"]),
    ("b", ["created[greater]=2025-03-04 12:45:00.5&created[less]=2025-03-04 12:50:00"]),
    ("ba", ["created[like]=2025-03-04 12:4%", "or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1"]),
    ("a", ["or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1&public[equals]=1"]),
    ("c", ["and[0][public][equals]=0&and[1][frozen][equals]=0"]),
    ("a", ["and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1&and[1][or][0][frozen][equals]=0"]),
    ("ca", ["or[0][public][equals]=0&or[0][frozen][equals]=0&or[1][public][equals]=1"]),
    ("abc", ["created[sort]=asc", "public[sort]=desc&login[sort]=asc"]),
    ("cba", ["created[sort]=desc", "created[sort]=", "nothing[sort]=asc"]),
]


def test_conditions_and_trees_of_them_select_and_sorting_orders(http: Http, ids: dict[str, str]) -> None:
    for expected, searches in SELECTED:
        assert {search: found(http, ids, search) for search in searches} == dict.fromkeys(searches, expected)


@pytest.mark.usefixtures("ids")
def test_what_the_api_does_not_understand_silently_finds_nothing(http: Http) -> None:
    misunderstood = ["public[eq]=1", "nothing[equals]=1", "nothing[notin]=1", "public[equals]=0;frozen[equals]=0",
        "public=1", "public[]=1", "[equals]=1", "x", "merchant[login][equals]=1", "or[0][public]=1"]  # fmt: skip
    for search in misunderstood:
        reply = http.get(search=search)
        assert (reply.outcome, reply.data) == ("200", [])


def test_a_time_is_found_as_the_sandbox_showed_it(http: Http) -> None:
    shown = {session["created"]: session["id"] for session in [http.post().data[0] for _ in range(12)]}
    shortened = next(time for time in shown if len(time) < len("2025-03-04 12:40:40.1366"))
    for operator in ("equals", "exact", "like", "in"):
        for time in (shortened, f"{shortened}0"):
            assert http.list(search=f"created[{operator}]={time}") == [shown[shortened]]
    assert shown[shortened] not in http.list(search=f"created[notlike]={shortened}")
    totals = http.get(totals="max[]=created&count[]=created").details["totals"]
    assert totals["max"]["created"] in shown
    assert totals["count"]["created"] == len(shown)


def test_several_search_headers_are_one_search(sandbox: Sandbox, ids: dict[str, str]) -> None:
    headers = b"APIKEY: fake-api-key-of-the-sandbox\r\nsearch: public[equals]=0\r\nsearch: frozen[equals]=0\r\n\r\n"
    reply = converse(sandbox, b"GET /sessions?page[offset]=1 HTTP/1.0\r\n" + headers)  # the offset has no effect
    sessions = json.loads(reply.partition(b"\r\n\r\n")[2])["response"]["data"]
    assert [ids[each["id"]] for each in sessions] == ["c"]


def test_a_tree_may_have_sixteen_levels_and_no_more(http: Http, ids: dict[str, str]) -> None:
    tree = "or[0]" + "[or][0]" * 15
    assert found(http, ids, f"{tree}[public][equals]=1") == "a"
    reply = http.get(search=f"{tree}[or][0][public][equals]=1")
    assert reply.outcome == "200 query_error"
    message = "Invalid search operator 'public' given in search request"
    assert reply.json["response"]["errors"] == [{"msg": message, "errorCode": "query_error"}]


@pytest.mark.usefixtures("ids")
def test_totals_cover_everything_found_and_not_only_the_page(http: Http) -> None:
    totals: dict[str, object] = {
        "count[]=id": {"count": {"id": 3}},
        "count[]=public": {"count": {"public": 1}},  # what is zero is not counted
        "sum[]=public&sum[]=frozen": {"sum": {"public": 1, "frozen": 1}},
        "sum[]=login": {"sum": {"login": 0}},
        "min[]=login&max[]=login": {"min": {"login": "t1_log_a"}, "max": {"login": "t1_log_c"}},
        "max[]=public&max[]=nothing": {"max": {"public": 1, "nothing": None}},
        "average[]=public": [],
        "count=id": [],
    }
    page = "/sessions?page[limit]=1"
    assert {header: http.get(page, totals=header).details["totals"] for header in totals} == totals
    reply = http.get(search="public[equals]=0", totals="count[]=id")
    assert reply.details["totals"] == {"count": {"id": 2}}


def test_a_page_has_thirty_sessions_unless_told_otherwise_and_last_is_the_last_one_known_so_far() -> None:
    with Sandbox(sessions=101) as sandbox, Http(sandbox) as http:
        assert len(http.list()) == 30
        assert len(http.list("/sessions?" + quote("page[limit]") + "=100")) == 100
        pages = [http.get(f"/sessions?page[limit]=40&page[number]={number}") for number in (1, 2, 3, 4)]
    assert [page.details["page"] for page in pages] == [
        {"current": 1, "last": 2, "hasMore": True},
        {"current": 2, "last": 3, "hasMore": True},
        {"current": 3, "last": 3, "hasMore": False},
        {"current": 4, "last": 3, "hasMore": False},
    ]
    assert [len(page.data) for page in pages] == [40, 40, 21, 0]


def test_a_page_value_out_of_range_is_a_400(http: Http) -> None:
    numbers = ("0", "2147483648", "x", "", "٣", "9" * 5000)
    for name, value in [("page[limit]", "101"), ("page[limit]", "0"), *(("page[number]", each) for each in numbers)]:
        reply = http.get(f"/sessions?{quote(name)}={quote(value)}")
        assert (reply.outcome, reply.json["errors"][0]["field"]) == ("400 invalid_range", name)
