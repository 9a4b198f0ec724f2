"""The API: the four operations, search, totals and pages, the habits of the wire, and who may call how often."""

import json
import re
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest

from payrix_sessions import LoginsResponse
from payrix_sessions.sandbox import Sandbox, Session, rate_limit
from tests.sandbox.http import Http, converse

REJECTED = "400 invalid_auth"
SHORT = {"requestId": 1}
DUPLICATE = {"requestId": 1, "duplicateRequest": True}
FULL: dict[str, Any] = {"requestId": 1, "totals": [], "page": {"current": 1, "last": 1, "hasMore": False}}


def test_a_session_is_created_read_listed_and_deleted(sandbox: Sandbox, http: Http) -> None:
    created = http.post({"public": 1, "token": 0, "inactive": 1.0})
    (session,) = created.data
    assert re.fullmatch(r"t1_ssn_[0-9a-f]{23}", session["id"])
    assert re.fullmatch(r"[0-9a-f]{32}", session["key"])
    assert session["creator"] == session["modifier"] == session["login"] == sandbox.login
    flags = [session[name] for name in ("public", "token", "inactive", "mfaAuthenticated", "frozen", "sso")]
    assert repr(flags) == "[1, 0, 1, 0, 0, 0]"  # integers, whether they were sent or not
    listed = {**session, "effectiveRoles": 562949953421302, "effectiveResources": ""}
    read, list_, deleted = http.get(f"/sessions/{session['id']}"), http.get(), http.delete(session["id"])
    assert [reply.data for reply in (read, list_, deleted)] == [[session], [listed], [session]]
    assert [reply.details for reply in (created, read, list_, deleted)] == [SHORT, FULL, FULL, SHORT]
    assert http.list() == []


def test_what_does_not_exist_is_a_response_without_data_a_404_without_a_body_or_an_error(http: Http) -> None:
    for reply in (http.get("/sessions/T1_ssn_unknown"), http.delete("T1_ssn_unknown")):
        assert (reply.outcome, reply.data) == ("200", [])
    for malformed in ("t1_ssn_NOT-VALID", "a%2Fb", "%00", "..", "a%20b", "%C3%BC", "x%0A"):
        reply = http.get(f"/sessions/{malformed}")
        assert (reply.status, reply.body) == (404, b"")
        assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
        assert "Access-Control-Allow-Origin" not in reply.headers
    item = {"code": 13, "severity": 4, "msg": "No such action and/or resource", "errorCode": "invalid_resource"}
    for line in ("PUT /sessions/x", "POST /sessions/x", "GET /", "GET /sessions/", "GET //sessions",
                 "GET /sessions/a/b", "BREW /sessions"):  # fmt: skip
        method, target = line.split()
        reply = http.send(method, target)
        assert (reply.status, reply.json) == (200, {"errors": [item]})


def test_times_are_eastern_also_in_summer_and_lose_the_zeros_at_their_end(sandbox: Sandbox, http: Http) -> None:
    written = [http.post().data[0]["created"] for _ in range(20)]
    assert written[0].startswith("2025-03-04 12:40:40.")  # 17:40 in the responses' Date header
    assert not [time for time in written if time.endswith("0")]
    assert {len(time) for time in written} == {len("2025-03-04 12:40:40.137"), len("2025-03-04 12:40:40.1366")}
    sandbox.reset()
    sandbox.clock.advance(days=120, seconds=1 - 0.1366 - 0.0007)
    assert http.post().data[0]["created"] == "2025-07-02 13:40:41"


def test_headers_are_those_of_the_api_and_permit_a_browser_its_preflight(http: Http) -> None:
    first, second = http.get().headers, http.get().headers
    assert first["Content-Type"] == "application/json; charset=UTF-8"
    assert first["Date"] == "Tue, 04 Mar 2025 17:40:40 GMT"
    assert first["Cf-Ray"] != second["Cf-Ray"]
    preflight = http.send("OPTIONS", "/sessions/x", None, {"Access-Control-Request-Method": "DELETE"})
    assert (preflight.status, preflight.body) == (200, b"")
    assert first["Access-Control-Allow-Origin"] == preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "DELETE" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = preflight.headers["Access-Control-Allow-Headers"].replace(" ", "").split(",")
    assert {"APIKEY", "CONTENT-TYPE", "SEARCH"} <= set(allowed)


def test_login_and_creator_can_be_embedded(http: Http) -> None:
    session = http.create(login="t1_log_a")
    for target in ("/sessions", f"/sessions/{session['id']}"):
        embedded = http.get(f"{target}?embed=login,creator,nothing").data[0]
        login = LoginsResponse.from_dictionary(embedded["login"])
        assert (login.id, login.username, login.additional_properties) == ("t1_log_a", "jdoe", {})
        assert None not in embedded["login"].values()  # the published description has no nulls
        assert (embedded["creator"]["id"], embedded["modifier"]) == (session["creator"], session["modifier"])
        assert http.get(target).data[0]["login"] == "t1_log_a"


def test_wrong_fields_are_errors_inside_a_200_and_a_body_that_is_no_json_object_is_a_400(http: Http) -> None:
    reply = http.post({"login": "", "public": 2, "frozen": "1", "token": True})
    assert [error["field"] for error in reply.json["response"]["errors"]] == ["login", "public", "frozen", "token"]
    assert reply.outcome == "200 required_field invalid_range invalid_range invalid_range"
    assert http.list() == []
    for body in (b"", b"[]", b"\xff", b'{"public":' + b"9" * 5000 + b"}", b"[" * 100_000):
        assert http.post(body).outcome == "400 invalid_request"
    reply = http.post(content_type="text/plain")
    assert (reply.status, reply.message) == (400, "Invalid request Content-Type header")
    assert http.post(content_type="application/json; charset=utf-8").status == 200


def test_strict_mode_responds_as_the_description_says() -> None:
    with Sandbox(strict=True, sessions=3) as sandbox, Http(sandbox) as http:
        created = http.post({"public": 1})
        assert (created.data[0]["public"], created.details) == (1, FULL)
        sandbox.clock.advance(seconds=0.0001)
        written = [http.create()["created"] for _ in range(10)]
        assert {len(time) for time in written} == {len("2025-03-04 12:40:40.1366")}
        assert http.get("/sessions?page[limit]=1").details["page"]["last"] == 14
        assert isinstance(http.get("/sessions?embed=login").data[0]["login"], str)
        assert http.post({"public": 2}).status == 400
        assert len(http.get(totals="min[]=created").details["totals"]["min"]["created"]) == 24
        assert http.get("/nothing").status == 404
        assert http.get("/sessions/not-valid").data == []
        rejected = http.send("PUT", "/sessions/x")
        assert (rejected.status, rejected.headers["Allow"]) == (405, "GET, DELETE")


def test_the_work_of_a_request_does_not_grow_with_the_sessions_that_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    methods = (Session.record, Session.is_expired, Session.value)
    spies = [mock.create_autospec(method, side_effect=method) for method in methods]
    for spy in spies:
        monkeypatch.setattr(Session, spy.__name__, spy)

    def calls(stored: int) -> list[int]:
        with Sandbox(sessions=stored) as sandbox, Http(sandbox) as http:
            some = sandbox.sessions[-1]
            for spy in spies:
                spy.reset_mock()
            assert http.get(f"/sessions/{some.id}").data
            assert http.get(credentials={"SESSIONKEY": some.key}).data
            assert http.get("/sessions?page[limit]=10").data
            assert http.delete(some.id).data
        return [spy.call_count for spy in spies]

    assert calls(2000) == calls(100)


def test_a_client_may_use_it_as_its_proxy(sandbox: Sandbox, http: Http) -> None:
    path = f"/sessions/{http.create()['id']}"
    target = f"http://test-api.payrix.com{path}?embed=login"
    assert http.get(target, host="test-api.payrix.com").data[0]["login"]["username"] == "jdoe"
    request = sandbox.requests[-1]
    assert (request.target, request.path, request.query) == (target, path, "embed=login")
    assert http.get("HTTP://test-api.payrix.com").outcome == "200 invalid_resource"
    assert http.send("POST", "http://localhost/_sandbox/reset", host="test-api.payrix.com").status == 403


@pytest.fixture
def ids(http: Http, sandbox: Sandbox) -> dict[str, str]:
    """Three sessions, by the last letter of their login: a (oldest, public), b (frozen), c (newest)."""
    made: dict[str, str] = {}
    for letter, flags in (("a", {"public": 1}), ("b", {"frozen": 1}), ("c", {"token": 1})):
        made[http.create(login=f"t1_log_{letter}", **flags)["id"]] = letter
        sandbox.clock.advance(minutes=5)
    return made


SIXTEEN_LEVELS = "or[0]" + "[or][0]" * 15
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
    ("a", [f"{SIXTEEN_LEVELS}[public][equals]=1"]),
    ("", ["public[eq]=1", "nothing[equals]=1", "nothing[notin]=1", "public[equals]=0;frozen[equals]=0", "public=1"]),
    ("", ["public[]=1", "[equals]=1", "x", "merchant[login][equals]=1", "or[0][public]=1"]),
]


def test_a_search_selects_and_orders_and_silently_finds_nothing_when_it_is_not_understood(
    http: Http, ids: dict[str, str]
) -> None:
    for expected, searches in SELECTED:
        found = {search: "".join(ids[each] for each in http.list(search=search)) for search in searches}
        assert found == dict.fromkeys(searches, expected)
    deeper = http.get(search=f"{SIXTEEN_LEVELS}[or][0][public][equals]=1")
    assert deeper.outcome == "200 query_error"
    message = "Invalid search operator 'public' given in search request"
    assert deeper.json["response"]["errors"] == [{"msg": message, "errorCode": "query_error"}]


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


def test_a_page_has_thirty_sessions_or_one_to_a_hundred_and_last_is_the_last_one_known_so_far() -> None:
    with Sandbox(sessions=101) as sandbox, Http(sandbox) as http:
        assert len(http.list()) == 30
        assert len(http.list("/sessions?" + quote("page[limit]") + "=100")) == 100
        pages = [http.get(f"/sessions?page[limit]=40&page[number]={number}") for number in (1, 2, 3, 4)]
        numbers = ("0", "2147483648", "x", "", "٣", "9" * 5000)
        wrong = [("page[limit]", "101"), ("page[limit]", "0"), *(("page[number]", each) for each in numbers)]
        for name, value in wrong:
            reply = http.get(f"/sessions?{quote(name)}={quote(value)}")
            assert (reply.outcome, reply.json["errors"][0]["field"]) == ("400 invalid_range", name)
    assert [page.details["page"] for page in pages] == [
        {"current": 1, "last": 2, "hasMore": True},
        {"current": 2, "last": 3, "hasMore": True},
        {"current": 3, "last": 3, "hasMore": False},
        {"current": 4, "last": 3, "hasMore": False},
    ]
    assert [len(page.data) for page in pages] == [40, 40, 21, 0]


def test_each_standing_key_opens_all_a_password_post_alone_and_anything_else_nothing(
    sandbox: Sandbox, http: Http
) -> None:
    sandbox.clock.advance(days=1)  # none of them expires
    password = {"USERNAME": sandbox.username, "PASSWORD": sandbox.password}
    keys = {"APIKEY": sandbox.api_key, "SESSIONKEY": sandbox.session_key, "TXNSESSIONKEY": sandbox.txn_session_key}
    for line in ("GET /sessions", "GET /sessions/x", "DELETE /sessions/x", "POST /sessions"):
        method, target = line.split()
        body: object = {} if method == "POST" else None
        for name, key in keys.items():
            assert http.send(method, target, body, {name: key}).outcome == "200"
        assert http.send(method, target, body, password).outcome == ("200" if method == "POST" else REJECTED)
    error = {"code": 4, "severity": 3, "msg": "Invalid authentication", "errorCode": "invalid_auth"}
    wrong: list[dict[str, str]] = [
        {}, *({name: "fake-wrong"} for name in keys), {**password, "PASSWORD": "fake-wrong"},
        {"APIKEY": "fake-wrong", "SESSIONKEY": sandbox.session_key},  # of several the first counts
    ]  # fmt: skip
    for credentials in wrong:
        reply = http.post(credentials=credentials)
        assert (reply.status, reply.json) == (400, {"errors": [error]})


def test_what_the_key_of_a_session_opens_depends_on_its_flags(sandbox: Sandbox, http: Http) -> None:
    private = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    created = http.post(credentials=private).data[0]
    assert created["creator"] == created["login"] == "t1_log_a"
    for flag in ("inactive", "frozen"):
        for value, outcome in ((1, REJECTED), (0, "200")):
            setattr(sandbox.sessions[-1], flag, value)
            assert http.get(credentials=private).outcome == outcome
    assert http.get(credentials={"SESSIONKEY": http.create(public=1)["key"]}).outcome == "200 invalid_resource"
    needs_token = {"SESSIONKEY": http.create(token=1)["key"]}  # to write
    assert http.get(credentials=needs_token).outcome == "200"
    assert http.post(credentials=needs_token).outcome == REJECTED
    assert http.delete("x", credentials=needs_token).outcome == REJECTED
    assert http.post(credentials=needs_token, token="fake-auth-token").outcome == "200"


@pytest.mark.parametrize("expired", ["gone", "listed"])
def test_a_key_is_rejected_once_its_session_is_deleted_or_idle_for_thirty_minutes(expired: Any) -> None:
    with Sandbox(expired=expired) as sandbox, Http(sandbox) as http:
        deleted, kept = http.create(), http.create()
        http.delete(deleted["id"])
        assert http.get(credentials={"SESSIONKEY": deleted["key"]}).outcome == REJECTED
        credentials = {"SESSIONKEY": kept["key"]}
        for _ in range(2):  # each use starts the time anew
            sandbox.clock.advance(minutes=29)
            assert http.get(credentials=credentials).data[0]["id"] == kept["id"]
        sandbox.clock.advance(minutes=31)
        assert http.get(credentials=credentials).outcome == REJECTED
        shown = [kept] if expired == "listed" else []
        assert http.get(f"/sessions/{kept['id']}").data == shown
        assert http.list() == [session["id"] for session in shown]
        assert (http.delete(kept["id"]).data, sandbox.sessions) == (shown, [])


def test_a_repeat_gets_the_original_record_whatever_it_asks_for_for_48_hours(sandbox: Sandbox, http: Http) -> None:
    session = http.create(login="t1_log_a")
    deleted = http.delete(session["id"], request_token="once")
    assert (deleted.data, deleted.details) == ([session], SHORT)
    underlined = {"APIKEY": sandbox.api_key, "REQUEST_TOKEN": "once"}  # its other name
    for repeat in (http.post(request_token="once"), http.get(credentials=underlined)):
        assert (repeat.data, repeat.details) == ([session], DUPLICATE)
    assert sandbox.sessions == []
    other = {"SESSIONKEY": http.create(login="t1_log_a")["key"]}
    assert http.post(request_token="once", credentials=other).details == SHORT
    assert http.post({"public": 2}, request_token="x" * 100).outcome == "200 invalid_range"  # which may be repeated
    for hours, details in ((0, SHORT), (47, DUPLICATE), (1, SHORT)):
        sandbox.clock.advance(hours=hours)
        reply = http.post(request_token="x" * 100)
        assert (len(reply.data), reply.details) == (1, details)
    assert http.get(request_token="y" * 101).outcome == "400 invalid_request"


def test_more_than_a_thousand_requests_for_a_path_or_ten_with_the_header_are_blocked_for_ten_seconds() -> None:
    with Sandbox(rate_limit=True) as sandbox, Http(sandbox) as http:
        for path, limit, header in (("/sessions/x", 1000, "no"), ("/sessions/y", 10, "match")):
            statuses = [http.get(path, rate_limit_test=header).status for _ in range(limit)]
            blocked = http.get(f"{path}?embed=login", rate_limit_test=header)
            assert statuses == [200] * limit
            assert blocked.outcome == "429 C_RATE_LIMIT_EXCEEDED_TEMP_BLOCK"
            assert "Retry-After" not in blocked.headers
        for seconds, status in ((9, 429), (1, 200)):  # of the sandbox
            sandbox.clock.advance(seconds=seconds)
            assert http.get("/sessions/x").status == status


def test_without_the_option_the_header_alone_limits_until_ten_real_seconds_are_over(
    sandbox: Sandbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrix_sessions.sandbox.api._RATE_LIMIT", 20)
    assert {http.get().status for _ in range(21)} == {200}
    with mock.patch.object(rate_limit, "time") as clock:
        for moment, expected in ((100.0, [200] * 10 + [429]), (109.9, [429]), (110.0, [200] * 10)):
            clock.monotonic.return_value = moment
            assert [http.get(rate_limit_test="match").status for _ in expected] == expected
    assert sandbox.clock.now().second == 40  # the sandbox's own clock stood still
    for _ in range(5):  # requests that are spread out are not blocked
        sandbox.clock.advance(seconds=10)
        assert {http.get(rate_limit_test="match").status for _ in range(9)} == {200}


def test_counts_of_paths_that_are_long_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MANY_SCOPES", 5)
    sandbox = Sandbox()
    limit = rate_limit.RateLimit(sandbox.clock)
    for number in range(20):
        assert limit.admits("127.0.0.1", f"/sessions/{number}", 1)
        sandbox.clock.advance(seconds=4)
    assert not limit.admits("127.0.0.1", "/sessions/19", 1)
    assert len(limit._traffic) < 10
