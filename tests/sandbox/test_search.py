"""Search, sorting, totals and pages."""

import contextlib
import http.client as http_client
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from payrix_sessions.sandbox import Request, Sandbox
from payrix_sessions.sandbox.service import Behaviour, Service
from tests.sandbox.http import Http

BEHAVIOUR = Behaviour(
    seed=1, sessions=5, strict=False, rate_limit=False, invalid_auth_status=400, real_time=False, keep_expired=False,
    log=None,
)  # fmt: skip


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


SELECTED = {
    "": "cba",
    "login[equals]=t1_log_a": "a",
    "login[exact]=t1_log_a": "a",
    "login[diff]=t1_log_a": "cb",
    "login[in]=t1_log_a,t1_log_c": "ca",
    "login[notin]=t1_log_a,t1_log_c": "b",
    "login[like]=%log_B": "b",
    "login[like]=%25log%25c": "c",
    "login[like]=t1%": "cba",
    "login[like]=log": "",
    "login[like]=%log": "",
    "login[like]=t1_log_a%t1_log_a": "",
    "login[like]=%x%": "",
    "login[notlike]=%a": "cb",
    "login[greater]=t1_log_a": "cb",
    "and[0][public][equals]=1": "a",
    "and[0][public][equals]=0&and[1][frozen][equals]=0": "c",
    "public[equals]=1": "a",
    "public[equals]=yes": "",
    "public[greater]=0": "a",
    "public[less]=1": "cb",
    "public[less]=x": "",
    "effectiveResources[equals]=''": "cba",
    "effectiveResources[equals]=": "cba",
    "login[equals]=''": "",
    "created[greater]=2025-01-01": "cba",
    "created[greater]=20250304": "cba",
    "created[greater]=2025-03-04T12:45:00": "cb",
    "created[greater]=2025-03-04 12:45:00.5&created[less]=2025-03-04 12:50:00": "b",
    "created[greater]=2025-03-04T12%3A45%3A00": "",
    "created[greater]=yesterday": "",
    "created[like]=2025-03-04 12:4%": "ba",
    "public[equals]=0&frozen[equals]=0": "c",
    "public[equals]=0&&frozen[equals]=0&": "c",
}


def test_conditions_select(http: Http, ids: dict[str, str]) -> None:
    assert {search: found(http, ids, search) for search in SELECTED} == SELECTED


MISUNDERSTOOD = ["public[eq]=1", "public[gte]=0", "public[notEquals]=1", "nothing[equals]=1", "nothing[notin]=1",
    "public[equals]=0;frozen[equals]=0", "public=1", "public[]=1", "[equals]=1", "public[equals", "x",
    "merchant[login][equals]=1", "or[0][public]=1"]  # fmt: skip


def test_what_the_api_does_not_understand_silently_finds_nothing(http: Http, ids: dict[str, str]) -> None:
    assert len(ids) == 3
    replies = {search: http.send("GET", "/sessions", search=search) for search in MISUNDERSTOOD}
    assert {reply.status for reply in replies.values()} == {200}
    assert [search for search, reply in replies.items() if reply.data or reply.json["response"]["errors"]] == []


SELECTED_BY_TREES = {
    "or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1": "ba",
    "or[0][login][equals]=t1_log_a&or[1][frozen][equals]=1&public[equals]=1": "a",
    "and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1": "ba",
    "and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1&and[1][or][0][token][equals]=0": "ba",
    "and[0][or][0][public][equals]=1&and[0][or][1][frozen][equals]=1&and[1][or][0][frozen][equals]=0": "a",
    "or[0][and][0][public][equals]=0&or[0][and][1][frozen][equals]=0&or[1][public][equals]=1": "ca",
    "or[0][public][equals]=0&or[0][frozen][equals]=0&or[1][public][equals]=1": "ca",
}


def test_trees_of_and_and_or_select(http: Http, ids: dict[str, str]) -> None:
    assert {search: found(http, ids, search) for search in SELECTED_BY_TREES} == SELECTED_BY_TREES


@pytest.mark.parametrize("operator", ["equals", "exact", "like", "in"])
def test_a_time_is_found_as_the_sandbox_showed_it(http: Http, operator: str) -> None:
    made = [http.send("POST", "/sessions", {}).data[0] for _ in range(12)]
    shown = {session["created"]: session["id"] for session in made}
    shortened = next(time for time in shown if len(time) < len("2025-03-04 12:40:40.1366"))
    for time in (shortened, f"{shortened}0"):
        assert http.list(search=f"created[{operator}]={time}") == [shown[shortened]]
    assert shown[shortened] not in http.list(search=f"created[notlike]={shortened}")
    longest = http.send("GET", "/sessions", totals="max[]=created&count[]=created").details["totals"]
    assert longest["max"]["created"] in shown
    assert longest["count"]["created"] == len(shown)


def test_several_search_headers_are_one_search(http: Http, ids: dict[str, str]) -> None:
    connection = http_client.HTTPConnection("127.0.0.1", http.port)
    with contextlib.closing(connection):
        connection.putrequest("GET", "/sessions?page[offset]=1")  # which has no effect
        for name, value in (("APIKEY", "fake-api-key-of-the-sandbox"), ("search", "public[equals]=0"),
                            ("search", "frozen[equals]=0")):  # fmt: skip
            connection.putheader(name, value)
        connection.endheaders()
        found = json.load(connection.getresponse())["response"]["data"]
    assert [ids[each["id"]] for each in found] == ["c"]


def test_a_tree_may_have_sixteen_levels_and_no_more(http: Http, ids: dict[str, str]) -> None:
    tree = "or[0]" + "[or][0]" * 15
    assert found(http, ids, f"{tree}[public][equals]=1") == "a"
    reply = http.send("GET", "/sessions", search=f"{tree}[or][0][public][equals]=1")
    assert reply.status == 200
    assert reply.json["response"]["errors"] == [
        {"msg": "Invalid search operator 'public' given in search request", "errorCode": "query_error"}
    ]


SORTED = {
    "created[sort]=asc": "abc",
    "created[sort]=desc": "cba",
    "created[sort]=": "cba",
    "public[sort]=desc&login[sort]=asc": "abc",
    "frozen[sort]=asc&login[sort]=asc": "acb",
    "login[sort]=asc&public[equals]=0": "bc",
    "nothing[sort]=asc": "cba",
}


def test_sorting_orders(http: Http, ids: dict[str, str]) -> None:
    assert {search: found(http, ids, search) for search in SORTED} == SORTED


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


@pytest.mark.parametrize(
    ("name", "value"),
    [("page[limit]", "101"), ("page[limit]", "0"), ("page[number]", "0"), ("page[number]", "2147483648"),
     ("page[number]", "x"), ("page[number]", ""), ("page[number]", "٣"), ("page[number]", "9" * 5000)],
)  # fmt: skip
def test_a_page_value_out_of_range_is_a_400(http: Http, name: str, value: str) -> None:
    reply = http.send("GET", f"/sessions?{quote(name)}={quote(value)}")
    assert (reply.status, reply.error_codes) == (400, ["invalid_range"])
    assert reply.json["errors"][0]["field"] == name


SEARCHES = st.text("andor[]01=&%'()sortcreatedlikeequalsin,-_ publ", max_size=60)


@given(SEARCHES, SEARCHES)
@settings(max_examples=60)
def test_no_search_gets_anything_but_a_200(search: str, totals: str) -> None:
    service = Service(BEHAVIOUR)
    headers = Headers([("APIKEY", service.credentials.api_key), ("search", search), ("totals", totals)])
    response, _ = service.respond(Request("GET", "/sessions", headers, b"", "127.0.0.1"))
    assert response.status == 200
