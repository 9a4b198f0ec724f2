"""Going through all pages: what is asked for, when it stops, and what may happen on the way."""

import gc
import io
import itertools
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter
from responses import RequestsMock
from urllib3 import HTTPResponse

from payrix_sessions import APIException, ArgumentException, Search, SessionPostResponse, SessionsController, Totals
from payrix_sessions.sandbox import Fault, Sandbox
from tests.wire import BASE_URL, header, make_client

Reply = tuple[int, dict[str, str], str]

_MORE: dict[str, Any] = {"page": {"current": 1, "last": 2, "hasMore": True}}
_LAST: dict[str, Any] = {"page": {"current": 2, "last": 2, "hasMore": False}}

each_way = pytest.mark.parametrize("way", ["iter_sessions", "iter_session_pages"])


def page(*ids: str | None, details: Any = _MORE, errors: Any = ()) -> Reply:
    data = [{"id": one} for one in ids]
    return 200, {}, json.dumps({"response": {"data": data, "details": details, "errors": list(errors)}})


def serve(api: RequestsMock, *pages: Reply) -> None:
    """Answer each page number with the page that stands there, and a page beyond them with an empty list."""

    def answer(request: PreparedRequest) -> Reply:
        number = int(asked(request, "page[number]") or 0)
        return pages[number - 1] if number <= len(pages) else page(details=_LAST)

    api.add_callback("GET", f"{BASE_URL}/sessions", callback=answer)


def asked(request: PreparedRequest, name: str) -> str | None:
    """Return a parameter of the query."""
    values = parse_qs(urlsplit(str(request.url)).query).get(name)
    return values[0] if values else None


def numbers(api: RequestsMock) -> list[str | None]:
    """List the pages that were asked for."""
    return [asked(call.request, "page[number]") for call in api.calls]


def ids(sessions: Iterator[SessionPostResponse]) -> list[str]:
    return [session.id for session in sessions]


# --- what is asked for ---


def test_sessions_come_in_order_as_models_each_page_when_its_first_session_is_wanted(
    api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, page("a", "b"), page("c", "d"), page("e", details=_LAST))
    iterator = sessions.iter_sessions()
    assert numbers(api) == []
    found = [(session.id, type(session), len(api.calls)) for session in iterator]
    assert found == [(each, SessionPostResponse, calls) for each, calls in zip("abcde", (1, 1, 2, 2, 3), strict=True)]
    assert list(iterator) == []
    assert numbers(api) == ["1", "2", "3"]


def test_pages_come_with_what_they_say(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", "b"), page("c", details=_LAST))
    first, second = sessions.iter_session_pages()
    assert [session.id for session in (*first.body.data, *second.body.data)] == ["a", "b", "c"]
    assert second.details.page is not None
    assert (second.details.page.current, second.details.page.has_more) == (2, False)


@each_way
def test_filters_and_limits_go_along_with_each_page_and_request_tokens_do_not(way: str, api: RequestsMock) -> None:
    # With one token for many requests, the API would answer every page with the first.
    serve(api, page(), page("a"), page("b"), page("c", details=_LAST))
    search, totals = Search("login").equals("p1_log_1") & Search("created").sort("asc"), Totals.count("id")
    arguments = {"totals": totals, "page_limit": 7, "start_page": 2, "token": "fake-auth-token", "embed": "login"}
    with make_client(auto_request_tokens=True) as client:
        list(getattr(client.sessions, way)(search, **arguments))
        with pytest.raises(TypeError):
            getattr(client.sessions, way)(request_token="token-1")
    assert numbers(api) == ["2", "3", "4"]
    for call in api.calls:
        headers = [header(call.request, name) for name in ("search", "totals", "token", "request-token")]
        assert headers == [str(search), "count[]=id", "fake-auth-token", None]
        assert (asked(call.request, "page[limit]"), asked(call.request, "embed")) == ("7", "login")


def test_without_arguments_pages_are_as_large_as_they_can_be(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", details=_LAST))
    list(sessions.iter_sessions())
    (call,) = api.calls
    assert urlsplit(str(call.request.url)).query == "page[number]=1&page[limit]=100"
    assert not {"search", "totals", "token"} & {name.lower() for name in call.request.headers}


def test_each_call_starts_anew(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a"), page("b", details=_LAST))
    abandoned = sessions.iter_sessions()
    next(abandoned)
    assert ids(sessions.iter_sessions()) == ["a", "b"]
    assert ids(abandoned) == ["b"]
    assert numbers(api) == ["1", "1", "2", "2"]


def test_wrong_arguments_are_rejected_at_the_call(api: RequestsMock, sessions: SessionsController) -> None:
    rows: list[tuple[str, Any]] = [
        ("page_limit", 101),
        ("page_limit", None),
        ("start_page", 0),
        ("start_page", None),
        ("token", ""),
        ("embed", 5),
        ("search", Search("login")),
        ("totals", ["count[]=id"]),
    ]
    for name, value in rows:
        api.reset()
        for way in (sessions.iter_sessions, sessions.iter_session_pages):
            with pytest.raises(ArgumentException, match=name):
                way(**{name: value})
        assert len(api.calls) == 0


# --- when it stops ---


def test_it_stops_where_the_api_does_not_say_that_there_is_more(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[object] = [False, "no", []]
    for has_more in rows:
        api.reset()
        serve(api, page("a", "b", details={"page": {"current": 1, "last": 9, "hasMore": has_more}}), page("c", "d"))
        assert ids(sessions.iter_sessions(page_limit=2)) == ["a", "b"]
        assert numbers(api) == ["1"]


def test_it_goes_on_where_there_is_more_whatever_the_last_page_known_so_far(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[object] = [1, None, "1"]
    for last in rows:
        api.reset()
        serve(api, page("a", details={"page": {"current": 1, "last": last, "hasMore": True}}), page("b", details=_LAST))
        assert ids(sessions.iter_sessions()) == ["a", "b"]


def test_without_a_word_on_it_a_full_page_may_have_a_next_one_and_a_short_one_has_none(
    api: RequestsMock, sessions: SessionsController
) -> None:
    rows: list[object] = [None, 5, {"page": []}, {"page": {"hasMore": None}}]
    for details in rows:
        api.reset()
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


def test_a_response_without_data_is_the_end(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, (200, {}, '{"response": {"data": null, "details": {"page": {"hasMore": true}}}}'))
    assert ids(sessions.iter_sessions()) == []
    assert numbers(api) == ["1"]


@each_way
def test_the_same_page_twice_raises_after_it_was_delivered_once(
    way: str, api: RequestsMock, sessions: SessionsController
) -> None:
    serve(api, *[page("a", "b")] * 5)
    iterator: Iterator[Any] = getattr(sessions, way)(page_limit=2)
    for _ in range(2 if way == "iter_sessions" else 1):
        next(iterator)
    with pytest.raises(APIException, match="page 2 holds the same sessions as an earlier page") as caught:
        next(iterator)
    assert caught.value.response_code == 200
    assert numbers(api) == ["1", "2"]


def test_pages_that_come_round_raise_at_once(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a"), page("b"), page("c"), page("b"), page("d"))
    with pytest.raises(APIException, match="page 4 holds the same"):
        list(sessions.iter_sessions())
    assert numbers(api) == ["1", "2", "3", "4"]


# --- errors on the way; tests/transport/test_pages.py has those of the network ---


ERRORS: dict[str, Reply] = {
    "a status": (500, {}, "oops"),
    "errors inside a 200": page("x", errors=[{"severity": 2, "msg": "oops"}]),
    "no envelope": (200, {}, "<h1>oops</h1>"),
}


def test_after_an_error_the_iterator_goes_on_with_the_page_that_failed(
    api: RequestsMock, sessions: SessionsController
) -> None:
    for error in ERRORS.values():
        api.reset()
        serve(api, page("a", "b"), error, page("d", details=_LAST))
        iterator = sessions.iter_sessions()
        assert ids(itertools.islice(iterator, 2)) == ["a", "b"]
        with pytest.raises(APIException):
            next(iterator)
        assert numbers(api) == ["1", "2"]
        api.reset()
        serve(api, page("a", "b"), page("c"), page("d", details=_LAST))
        assert ids(iterator) == ["c", "d"]
        assert numbers(api) == ["2", "3"]


def test_a_notice_is_no_error(api: RequestsMock, sessions: SessionsController) -> None:
    serve(api, page("a", errors=[{"severity": 1, "msg": "notice"}]), page("b", details=_LAST))
    assert ids(sessions.iter_sessions()) == ["a", "b"]


def test_a_page_is_retried_like_any_other_lookup() -> None:
    with Sandbox(sessions=5) as sandbox, sandbox.client(backoff_factor=0) as client:
        iterator = client.sessions.iter_sessions(page_limit=2)
        first = [next(iterator).id, next(iterator).id]
        sandbox.faults.add(Fault(reset="after_headers"))
        sandbox.faults.add(Fault(status=503))
        assert first + ids(iterator) == [session.id for session in sandbox.sessions]
        assert len(sandbox.requests) == 5


# --- many sessions, and a list that changes meanwhile ---


class ManySessions(BaseAdapter):
    """Answers with pages of 100 made-up sessions, up to 20,000."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    def send(self, request: PreparedRequest, *_arguments: Any, **_options: Any) -> requests.Response:
        self.requests += 1
        number = int(asked(request, "page[number]") or 0)
        data = ",".join([f'{{"id":"p1_ssn_{number}_{each}","key":"fake"}}' for each in range(100)])
        more = "true" if number < 200 else "false"
        body = f'{{"response":{{"data":[{data}],"details":{{"page":{{"hasMore":{more}}}}},"errors":[]}}}}'
        response = requests.Response()
        response.status_code = 200
        response.raw = HTTPResponse(io.BytesIO(body.encode()), status=200, preload_content=False)
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def test_memory_stays_flat_over_20_000_sessions() -> None:
    adapter = ManySessions()
    with requests.Session() as connections:
        connections.mount("https://", adapter)
        with make_client(http_client_instance=connections) as client:
            iterator = client.sessions.iter_sessions()
            seen = sum(1 for _ in itertools.islice(iterator, 15_000))
            tracemalloc.start()
            try:
                seen += sum(1 for _ in iterator)
                gc.collect()
                held, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert seen == 20_000
    assert adapter.requests == 200
    # 5,000 sessions would be more than a megabyte.
    assert held < 100_000
    assert peak < 800_000


def test_a_search_goes_through_all_that_it_finds() -> None:
    with Sandbox(sessions=500) as sandbox, sandbox.client() as client:
        search = Search("public").equals(1) & Search("created").sort("asc")
        found = ids(client.sessions.iter_sessions(search, page_limit=30))
        assert found == [session.id for session in reversed(sandbox.sessions) if session.public]
        assert len(found) == 250


def test_sessions_created_meanwhile_push_others_onto_the_next_page_where_they_come_again() -> None:
    with Sandbox(sessions=300) as sandbox, sandbox.client() as client:
        before = [session.id for session in sandbox.sessions]
        found: list[str] = []
        for result in client.sessions.iter_session_pages():
            found += [session.id for session in result.body.data]
            client.sessions.post_sessions({})
        again = [seen for index, seen in enumerate(found) if seen in found[:index]]
        assert again == [before[99], before[198], before[297]]
        assert list(dict.fromkeys(found)) == before


def test_sessions_deleted_meanwhile_pull_others_onto_pages_that_were_seen() -> None:
    with Sandbox(sessions=300) as sandbox, sandbox.client() as client:
        before = [session.id for session in sandbox.sessions]
        pages = client.sessions.iter_session_pages()
        found = [session.id for session in next(pages).body.data]
        for each in before[:3]:
            client.sessions.delete_sessions_id(each)
        found += [session.id for result in pages for session in result.body.data]
        assert found == before[:100] + before[103:]  # three that live are missed


def test_oldest_first_sessions_created_meanwhile_come_at_the_end_and_none_twice() -> None:
    with Sandbox(sessions=300) as sandbox, sandbox.client() as client:
        found: list[str] = []
        for number, result in enumerate(client.sessions.iter_session_pages(Search("created").sort("asc")), 1):
            found += [session.id for session in result.body.data]
            if number <= 2:
                client.sessions.post_sessions({})
        assert found == [session.id for session in reversed(sandbox.sessions)]
        assert len(set(found)) == 302


def test_collecting_the_ids_first_deletes_all_that_match() -> None:
    with Sandbox(sessions=300) as sandbox, sandbox.client() as client:
        for each in ids(client.sessions.iter_sessions(Search("public").equals(1))):
            client.sessions.delete_sessions_id(each).raise_for_errors()
        assert [session.public for session in sandbox.sessions] == [0] * 150
