"""Going through all pages: what is asked for, when it stops, and what may happen on the way."""

import inspect
import io
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter
from responses import RequestsMock
from urllib3 import HTTPResponse

from payrix_sessions import (
    APIException,
    ArgumentException,
    ConnectionException,
    Search,
    SessionPostResponse,
    SessionsController,
    Totals,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests.wire import BASE_URL, header, make_client

Answer = tuple[int, dict[str, str], str]
Iterate = Callable[..., Iterator[Any]]

_MORE: dict[str, Any] = {"page": {"current": 1, "last": 2, "hasMore": True}}
_LAST: dict[str, Any] = {"page": {"current": 2, "last": 2, "hasMore": False}}

each_way = pytest.mark.parametrize("way", ["iter_sessions", "iter_session_pages"])


def page(*ids: str | None, details: Any = _MORE, errors: Any = ()) -> Answer:
    data = [{"id": one} for one in ids]
    return 200, {}, json.dumps({"response": {"data": data, "details": details, "errors": list(errors)}})


def serve(api: RequestsMock, *pages: Answer) -> None:
    """Answer each page number with the page that stands there, and a page beyond them with an empty list."""

    def answer(request: PreparedRequest) -> Answer:
        number = asked(request, "page[number]")
        assert number is not None
        return pages[int(number) - 1] if int(number) <= len(pages) else page(details=_LAST)

    api.add_callback("GET", f"{BASE_URL}/sessions", callback=answer)


def asked(request: PreparedRequest, name: str) -> str | None:
    """Return a parameter of the query."""
    values = parse_qs(urlsplit(str(request.url)).query).get(name)
    return values[0] if values else None


def numbers(api: RequestsMock) -> list[str | None]:
    """List the pages that were asked for."""
    return [asked(call.request, "page[number]") for call in api.calls]


def ids(sessions: Iterator[SessionPostResponse]) -> list[str | None]:
    return [session.id for session in sessions]


# --- what is asked for ---


def test_all_sessions_come_in_order_as_models(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", "b"), page("c", "d"), page("e", details=_LAST))
    found = list(sessions.iter_sessions())
    assert ids(iter(found)) == ["a", "b", "c", "d", "e"]
    assert {type(session) for session in found} == {SessionPostResponse}
    assert numbers(api) == ["1", "2", "3"]


def test_all_pages_come_with_what_they_say(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", "b"), page("c", details=_LAST))
    first, second = sessions.iter_session_pages()
    assert [session.id for session in first.body.data] == ["a", "b"]
    assert [session.id for session in second.body.data] == ["c"]
    assert second.body.response is not None
    assert second.body.response.details is not None
    assert second.body.response.details.page is not None
    assert second.body.response.details.page.has_more is False


@each_way
def test_nothing_is_asked_for_before_the_first_item(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a"))
    getattr(sessions, way)()
    assert len(api.calls) == 0


def test_a_page_is_fetched_when_its_first_session_is_wanted(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", "b"), page("c", "d"), page("e", details=_LAST))
    assert [len(api.calls) for _ in sessions.iter_sessions()] == [1, 1, 2, 2, 3]


def test_who_stops_early_asks_for_no_more(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", "b"), page("c", "d"))
    assert ids(itertools.islice(sessions.iter_sessions(), 2)) == ["a", "b"]
    assert numbers(api) == ["1"]


@each_way
def test_filters_and_limits_go_along_with_each_page(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page(), page("a"), page("b"), page("c", details=_LAST))
    search, totals = Search("login").equals("p1_log_1") & Search("created").sort("asc"), Totals.count("id")
    arguments = {"totals": totals, "page_limit": 7, "start_page": 2, "token": "fake-auth-token", "embed": "login"}
    list(getattr(sessions, way)(search, **arguments))
    assert numbers(api) == ["2", "3", "4"]
    for call in api.calls:
        assert header(call.request, "search") == str(search)
        assert header(call.request, "totals") == "count[]=id"
        assert header(call.request, "token") == "fake-auth-token"
        assert asked(call.request, "page[limit]") == "7"
        assert asked(call.request, "embed") == "login"


@each_way
def test_without_arguments_pages_are_as_large_as_they_can_be(
    way: str, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a", details=_LAST))
    list(getattr(sessions, way)())
    (call,) = api.calls
    assert asked(call.request, "page[limit]") == "100"
    for name in ("search", "totals", "token", "request-token"):
        assert header(call.request, name) is None
    assert asked(call.request, "embed") is None


def test_a_plain_search_is_as_good_as_a_built_one(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", details=_LAST))
    list(sessions.iter_sessions("login[equals]=p1_log_1", totals="count[]=id"))
    assert header(api.calls[0].request, "search") == "login[equals]=p1_log_1"
    assert header(api.calls[0].request, "totals") == "count[]=id"


@each_way
def test_each_call_starts_anew(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a"), page("b", details=_LAST))
    iterate: Iterate = getattr(sessions, way)
    abandoned = iterate()
    next(abandoned)
    assert len(list(iterate())) == 2
    assert len(list(abandoned)) == 1
    assert numbers(api) == ["1", "1", "2", "2"]


@each_way
def test_a_finished_iterator_stays_finished(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", details=_LAST))
    iterator: Iterator[Any] = getattr(sessions, way)()
    assert len(list(iterator)) == 1
    assert list(iterator) == []
    assert len(api.calls) == 1


@each_way
def test_request_tokens_are_not_taken(way: str, api: RequestsMock, sessions: SessionsController) -> None:
    # With one token for many requests, the API would answer every page with the first.
    method: Iterate = getattr(sessions, way)
    assert "request_token" not in inspect.signature(method).parameters
    with pytest.raises(TypeError):
        method(request_token="token-1")
    with pytest.raises(TypeError):
        method("login[equals]=1", "token-1")


def test_automatic_request_tokens_are_not_for_pages(api: RequestsMock) -> None:
    serve(api, page("a"), page("b", details=_LAST))
    with make_client(auto_request_tokens=True) as client:
        list(client.sessions.iter_sessions())
    assert [header(call.request, "request-token") for call in api.calls] == [None, None]


# --- arguments ---


@each_way
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("page_limit", value) for value in (0, -1, 101, "10", 10.0, True, None)),
        *(("start_page", value) for value in (0, -1, "1", 1.0, True, None)),
        *(("token", value) for value in (5, "", "a\nb")),
        *(("embed", value) for value in (5, ["login"])),
        *(("search", value) for value in (5, Search("login"), "a\nb", "ключ", " a")),
        *(("totals", value) for value in (5, ["count[]=id"], "a\nb")),
    ],
    ids=ascii,
)
def test_wrong_arguments_are_refused_at_the_call(
    way: str, name: str, value: object, api: RequestsMock, sessions: SessionsController
) -> None:
    with pytest.raises(ArgumentException, match=name):
        getattr(sessions, way)(**{name: value})
    assert len(api.calls) == 0


# --- when it stops ---


@pytest.mark.parametrize("has_more", [False, 0, "0", "false", "no", [], {}, 2], ids=repr)
def test_it_stops_where_the_api_says_that_there_is_no_more(
    has_more: object, api: RequestsMock, sessions: SessionsController
) -> None:
    full = page("a", "b", details={"page": {"current": 1, "last": 9, "hasMore": has_more}})
    serve(api, full, page("c", "d"))
    assert ids(sessions.iter_sessions(page_limit=2)) == ["a", "b"]
    assert numbers(api) == ["1"]


@pytest.mark.parametrize("last", [1, 0, None, "1", -5], ids=repr)
@pytest.mark.parametrize("has_more", [True, 1, "1", "true"], ids=repr)
def test_it_goes_on_where_there_is_more_whatever_the_last_page_known_so_far(
    has_more: object, last: object, api: RequestsMock, sessions: SessionsController
) -> None:
    short = page("a", details={"page": {"current": 1, "last": last, "hasMore": has_more}})
    serve(api, short, page("b", details=_LAST))
    assert ids(sessions.iter_sessions(page_limit=100)) == ["a", "b"]


@pytest.mark.parametrize(
    "details", [None, {}, [], 5, "x", {"page": None}, {"page": {}}, {"page": []}, {"page": {"hasMore": None}}], ids=repr
)
def test_without_a_word_on_it_a_full_page_may_have_a_next_one_and_a_short_one_has_none(
    details: object, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a", "b", details=details), page("c", details=details), page("d"))
    assert ids(sessions.iter_sessions(page_limit=2)) == ["a", "b", "c"]
    assert numbers(api) == ["1", "2"]


@each_way
def test_an_empty_page_is_the_end_even_if_it_says_otherwise(
    way: str, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a"), page(details=_MORE), page("b"))
    assert len(list(getattr(sessions, way)())) == (1 if way == "iter_sessions" else 2)
    assert numbers(api) == ["1", "2"]


def test_nothing_found_is_no_error(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page(details=_LAST))
    assert ids(sessions.iter_sessions()) == []
    assert numbers(api) == ["1"]


@pytest.mark.parametrize("body", ["{}", '{"response": null}', '{"response": {"data": null}}'])
def test_an_answer_without_data_is_the_end(body: str, api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, (200, {}, body))
    assert ids(sessions.iter_sessions()) == []
    assert numbers(api) == ["1"]


@each_way
@pytest.mark.parametrize("details", [_MORE, None], ids=["says more", "says nothing"])
def test_the_same_page_twice_raises_after_it_was_delivered_once(
    way: str, details: Any, api: RequestsMock, sessions: SessionsController
) -> None:
    same = page("a", "b", details=details)
    serve(api, *[same] * 5)
    iterator: Iterator[Any] = getattr(sessions, way)(page_limit=2)
    for _ in range(2 if way == "iter_sessions" else 1):
        next(iterator)
    with pytest.raises(APIException, match="page 2 holds the same sessions as a page before it") as caught:
        next(iterator)
    assert caught.value.response_code == 200
    assert numbers(api) == ["1", "2"]
    assert list(iterator) == []


@pytest.mark.parametrize("length", [2, 3, 7])
@pytest.mark.parametrize("start", [1, 5, 8])
def test_pages_that_come_round_and_round_raise(
    length: int, start: int, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, *[page(f"a{number % length}", f"b{number % length}") for number in range(200)])
    with pytest.raises(APIException, match="holds the same sessions as a page before it"):
        list(sessions.iter_sessions(start_page=start))
    assert len(api.calls) < 40


# --- errors on the way ---


ERRORS: dict[str, Answer] = {
    "a status": (500, {}, "oops"),
    "errors inside a 200": page(errors=[{"severity": 2, "msg": "oops"}]),
    "errors at the top of a 200": (200, {}, '{"errors": [{"severity": 2, "msg": "oops"}], "response": null}'),
    "no envelope": (200, {}, "<h1>oops</h1>"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_in_the_middle_raises_after_the_sessions_before_it(
    error: Answer, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a", "b"), error, page("c"))
    iterator = sessions.iter_sessions()
    assert ids(itertools.islice(iterator, 2)) == ["a", "b"]
    assert numbers(api) == ["1"]
    with pytest.raises(APIException):
        next(iterator)
    assert numbers(api) == ["1", "2"]
    assert list(iterator) == []


def test_sessions_beside_errors_are_not_taken_for_a_page(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", errors=[{"severity": 2, "msg": "oops"}]))
    with pytest.raises(APIException, match="oops"):
        next(sessions.iter_sessions())


def test_a_notice_is_no_error(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", errors=[{"severity": 1, "msg": "notice"}]), page("b", details=_LAST))
    assert ids(sessions.iter_sessions()) == ["a", "b"]


def test_a_page_is_repeated_as_any_other_get(waits: list[float]) -> None:
    with Sandbox(sessions=5) as sandbox, sandbox.client() as client:
        iterator = client.sessions.iter_sessions(page_limit=2)
        first = [next(iterator).id, next(iterator).id]
        sandbox.faults.add(Fault(reset="after_headers"))
        sandbox.faults.add(Fault(status=503))
        assert first + ids(iterator) == [session.id for session in sandbox.sessions]
        assert len(waits) == 2


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


def test_where_it_broke_off_another_call_goes_on() -> None:
    with Sandbox(sessions=6) as sandbox, sandbox.client(max_retries=0) as client:
        seen: list[str | None] = []
        pages = client.sessions.iter_session_pages(page_limit=2)
        seen += [session.id for session in next(pages).body.data]
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionException):
            next(pages)
        seen += ids(client.sessions.iter_sessions(page_limit=2, start_page=2))
        assert seen == [session.id for session in sandbox.sessions]


# --- many sessions ---


class ManySessions(BaseAdapter):
    """Answers with pages of 100 made-up sessions, up to 100,000."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    def send(self, request: PreparedRequest, *_arguments: Any, **_options: Any) -> requests.Response:
        self.requests += 1
        number = int(asked(request, "page[number]") or 0)
        data = ",".join([f'{{"id":"p1_ssn_{number}_{each}","key":"fake"}}' for each in range(100)])
        more = "true" if number < 1000 else "false"
        body = f'{{"response":{{"data":[{data}],"details":{{"page":{{"hasMore":{more}}}}},"errors":[]}}}}'
        response = requests.Response()
        response.status_code = 200
        response.raw = HTTPResponse(io.BytesIO(body.encode()), status=200, preload_content=False)
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def test_memory_stays_flat_over_100_000_sessions() -> None:
    adapter = ManySessions()
    with requests.Session() as connections:
        connections.mount("https://", adapter)
        with make_client(http_client_instance=connections) as client:
            iterator = client.sessions.iter_sessions()
            seen = sum(1 for _ in itertools.islice(iterator, 97_000))
            tracemalloc.start()
            try:
                seen += sum(1 for _ in itertools.islice(iterator, 500))
                _, peak_of_few = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
                seen += sum(1 for _ in iterator)
                held, peak_of_more = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert seen == 100_000
    assert adapter.requests == 1000
    assert peak_of_more < peak_of_few * 1.2
    assert held < 200_000


# --- over a server, while sessions come and go ---


def test_more_than_a_thousand_sessions_come_once_each() -> None:
    with Sandbox(sessions=1050) as sandbox, sandbox.client() as client:
        found = ids(client.sessions.iter_sessions())
        assert found == [session.id for session in sandbox.sessions]
        assert len(set(found)) == 1050
        assert len(sandbox.requests) == 11


def test_a_search_goes_through_all_that_it_finds() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        search = Search("public").equals(1) & Search("created").sort("asc")
        found = ids(client.sessions.iter_sessions(search, page_limit=30))
        assert found == [session.id for session in reversed(sandbox.sessions) if session.public]
        assert len(found) == 500


def test_sessions_created_meanwhile_push_others_onto_the_next_page_where_they_come_again() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        before = [session.id for session in sandbox.sessions]
        found: list[str | None] = []
        for number, answer in enumerate(client.sessions.iter_session_pages(), 1):
            found += [session.id for session in answer.body.data]
            if number % 4 == 0:
                client.sessions.post_sessions({})
        again = [seen for index, seen in enumerate(found) if seen in found[:index]]
        assert again == [found[399], found[799]]
        assert list(dict.fromkeys(found)) == before  # none of the old ones is missed, no new one is seen


def test_sessions_deleted_meanwhile_pull_others_onto_pages_that_were_seen() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        before = [session.id for session in sandbox.sessions]
        pages = client.sessions.iter_session_pages()
        found = [session.id for session in next(pages).body.data]
        for each in before[:3]:
            client.sessions.delete_sessions_id(each)
        found += [session.id for answer in pages for session in answer.body.data]
        assert found == before[:100] + before[103:]  # three that live are missed


def test_sessions_deleted_before_they_are_reached_are_not_seen_and_no_other_is_missed() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        before = [session.id for session in sandbox.sessions]
        pages = client.sessions.iter_session_pages()
        found = [session.id for session in next(pages).body.data]
        for each in before[-3:]:
            client.sessions.delete_sessions_id(each)
        found += [session.id for answer in pages for session in answer.body.data]
        assert found == before[:-3]


def test_oldest_first_sessions_created_meanwhile_come_at_the_end_and_none_twice() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        found: list[str | None] = []
        for number, answer in enumerate(client.sessions.iter_session_pages(Search("created").sort("asc")), 1):
            found += [session.id for session in answer.body.data]
            if number % 4 == 0:
                client.sessions.post_sessions({})
        assert found == [session.id for session in reversed(sandbox.sessions)]
        assert len(found) == len(set(found)) == 1002


def test_collecting_the_ids_first_deletes_all_that_match() -> None:
    with Sandbox(sessions=1000) as sandbox, sandbox.client() as client:
        sessions = client.sessions
        for session in list(sessions.iter_sessions(Search("public").equals(1))):
            assert session.id
            sessions.delete_sessions_id(session.id).raise_for_errors()
        assert [session.public for session in sandbox.sessions] == [0] * 500


def test_a_page_of_new_sessions_between_two_requests_looks_like_the_same_page_again() -> None:
    with Sandbox(sessions=4) as sandbox, sandbox.client() as client:
        pages = client.sessions.iter_session_pages(page_limit=2)
        next(pages)
        for _ in range(2):
            client.sessions.post_sessions({})
        with pytest.raises(APIException, match="same sessions as a page before it"):
            next(pages)
