"""What users test and trace with. What a test mocks, blocks or replays is not sent: the real API sees nothing of it.

The suite itself and doc/testing.md use responses; doc/testing.md records a cassette and patches a method.
"""

# vcrpy and OpenTelemetry's instrumentation of urllib3 have no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import json
import pkgutil
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from traceback import format_exception
from typing import Any
from unittest import mock

import freezegun
import pytest
import requests
import requests_mock
import time_machine
import wrapt
from freezegun.config import reset_config
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpserver import HTTPServer
from requests_cache import CachedSession
from urllib3 import HTTPConnectionPool, poolmanager
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from payrix_sessions import (
    ApiResponse,
    Client,
    ConnectionException,
    SessionsController,
    SessionsPostRequestDict,
    TimeoutException,
)
from payrix_sessions.sandbox import Fault, Sandbox
from tests.support.payrix import failure_of, found, serve
from tests.support.server import Exchange, answer, silence
from tests.wire import API_KEY, GET_ONE, envelope, make_client

SEND = "requests.Session.send"
BODY: SessionsPostRequestDict = {"login": "p1_log_example", "public": 0}
ONE = envelope({"id": "p1_ssn_stub"})


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Stands for the real API: what arrives here has escaped from the tools."""
    with Sandbox(sessions=1) as running:
        yield running


def ids(result: ApiResponse[Any]) -> list[str]:
    """Return the ids of the sessions in a response without errors."""
    return [each.id for each in result.raise_for_errors().body.data]


def one_by_hand() -> requests.Response:
    """Return a response as tests build one by hand."""
    response = requests.Response()
    vars(response).update(status_code=200, _content=json.dumps(ONE).encode())
    return response


# requests-mock


def test_requests_mock_stands_in_for_the_api_and_what_it_does_not_know_raises(
    sandbox: Sandbox, in_sandbox: SessionsController
) -> None:
    with requests_mock.Mocker() as mocker:
        mocker.post(f"{sandbox.base_url}/sessions", json=ONE, request_headers={"APIKEY": sandbox.api_key})
        assert ids(in_sandbox.post_sessions(BODY)) == ["p1_ssn_stub"]
        with pytest.raises((requests_mock.NoMockAddress, ConnectionException)) as raised:
            in_sandbox.delete_sessions_id("a")
    assert "NoMockAddress" in "".join(format_exception(raised.value))
    created, deleted = mocker.request_history
    assert (created.json(), deleted.method, sandbox.requests) == (BODY, "DELETE", [])


# unittest.mock and pytest's monkeypatch


def test_a_patched_send_stands_in_for_the_api_whatever_form_its_response_has(sessions: SessionsController) -> None:
    text = json.dumps(ONE)
    stubs: list[Any] = [
        one_by_hand(),
        mock.MagicMock(status_code=200, reason="OK", headers={}, content=text.encode(), text=text),
        *(mock.Mock(status_code=200, **more) for more in ({}, {"text": text}, {"spec": requests.Response})),
    ]
    for target in (SEND, "requests.adapters.HTTPAdapter.send"):
        for stub in stubs[: None if target is SEND else 1]:
            stub.json = mock.Mock(return_value=ONE)
            with mock.patch(target, autospec=True, return_value=stub) as send:
                assert ids(sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
            assert json.loads(send.call_args.args[1].body) == BODY
    for half in (mock.MagicMock(content=b"{}"), mock.MagicMock(status_code=200)):
        with mock.patch(SEND, return_value=half), pytest.raises(ConnectionException):
            sessions.get_sessions()


def refused(*args: Any, **options: Any) -> Any:
    """What tests put in the place of what opens a connection."""
    raise OSError("no network in tests")


class Refused(HTTPConnectionPool):
    """A pool that opens no connection."""

    urlopen = refused


def test_what_opens_connections_can_be_replaced_or_wrapped(sandbox: Sandbox) -> None:
    substitutes: list[Any] = [mock.patch.dict(poolmanager.pool_classes_by_scheme, {"http": Refused})]
    for target in ("urllib3.util.connection.create_connection", "urllib3.connection.HTTPConnection._new_conn"):
        # A wrapper of wrapt says that it equals what it wraps.
        wrapper = wrapt.FunctionWrapper(pkgutil.resolve_name(target), refused)
        substitutes += [mock.patch(target, refused), mock.patch(target, wrapper)]
    for substitute in substitutes:
        with substitute, sandbox.client(max_retries=0) as client, pytest.raises(ConnectionException):
            client.sessions.post_sessions(BODY)
    assert sandbox.requests == []


def test_what_stands_in_the_place_of_a_session_gets_the_calls(sandbox: Sandbox) -> None:
    class Canned(requests.Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return one_by_hand()

    autospec = mock.create_autospec(requests.Session, instance=True)
    autospec.send.return_value = one_by_hand()
    magic = mock.MagicMock(**{"send.return_value": one_by_hand()})
    for made, given in ((Canned, None), (lambda: magic, None), (lambda: autospec, None), (lambda: autospec, autospec)):
        with mock.patch("requests.Session", made), sandbox.client(http_client_instance=given) as client:
            assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    own = requests.Session()
    with own, mock.patch("requests.Session", Canned), sandbox.client(http_client_instance=own) as client:
        assert ids(client.sessions.post_sessions(BODY)) != ["p1_ssn_stub"]
    assert len(sandbox.requests) == 1


# vcrpy and pytest-recording


# doc/testing.md patches a method of a real client.
def test_a_client_can_be_a_mock_that_knows_the_signatures() -> None:
    client = mock.create_autospec(Client, instance=True)
    client.sessions = mock.create_autospec(SessionsController, instance=True)
    client.sessions.delete_sessions_id.return_value = ApiResponse.of(ONE["response"]["data"])
    assert ids(client.sessions.delete_sessions_id("a")) == ["p1_ssn_stub"]
    with pytest.raises(TypeError, match="argument"):
        client.sessions.delete_sessions_id(identifier="a")


# Servers and caches


def test_pytest_httpserver_stands_for_the_api(httpserver: HTTPServer) -> None:
    headers = {"APIKEY": API_KEY, "Content-Type": "application/json"}
    expected = httpserver.expect_oneshot_request("/sessions", method="POST", headers=headers, json=BODY)
    expected.respond_with_json(ONE)
    with make_client(base_url=httpserver.url_for("").rstrip("/")) as client:
        assert ids(client.sessions.post_sessions(BODY)) == ["p1_ssn_stub"]
    httpserver.check()


def test_a_session_that_caches_responds_the_second_time(sandbox: Sandbox) -> None:
    known = sandbox.sessions[0].id
    with CachedSession(backend="memory") as session, sandbox.client(http_client_instance=session) as client:
        api = client.sessions
        for call in (api.get_sessions_id, api.get_sessions_id, api.delete_sessions_id):
            assert ids(call(known)) == [known]
    assert [request.method for request in sandbox.requests] == ["GET", "DELETE"]


@pytest.mark.parametrize("given", [None, requests.Session()], ids=["a session of ours", "a session of one's own"])
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # by vcrpy 8, for Python 3.10: what it drops
def test_a_recorded_cassette_is_replayed_and_what_is_not_on_it_never_leaves(
    sandbox: Sandbox, tmp_path: Path, given: requests.Session | None
) -> None:
    vcr, cassette, known = VCR(), tmp_path / "calls.yaml", sandbox.sessions[0].id
    with given or nullcontext(), sandbox.client(http_client_instance=given) as client, sandbox.client() as new:
        api = client.sessions

        def calls() -> list[list[str]]:
            return [ids(api.post_sessions(BODY)), ids(api.delete_sessions_id(known)), ids(api.get_sessions_id(known))]

        assert ids(api.get_sessions_id(known)) == [known]  # which leaves a connection
        with vcr.use_cassette(cassette):
            recorded = calls()
        with vcr.use_cassette(cassette, record_mode="none") as replayed:
            assert calls() == recorded
            assert replayed.all_played
            for each in (api, new.sessions):
                with pytest.raises(CannotOverwriteExistingCassetteException):
                    each.post_sessions(BODY)
                with pytest.raises(CannotOverwriteExistingCassetteException):
                    each.delete_sessions_id(known)
        assert ids(api.get_sessions_id(known)) == []
    assert [request.method for request in sandbox.requests] == ["GET", "POST", "DELETE", "GET", "GET"]


@pytest.mark.block_network
def test_pytest_recording_blocks_the_network(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with pytest.raises(RuntimeError, match="Network is disabled"):
        in_sandbox.post_sessions(BODY)
    assert sandbox.requests == []


# OpenTelemetry


@pytest.mark.parametrize("kind", [RequestsInstrumentor, URLLib3Instrumentor])
def test_opentelemetry_makes_a_span_for_each_attempt_and_hands_the_trace_on(
    sandbox: Sandbox, kind: type[RequestsInstrumentor | URLLib3Instrumentor]
) -> None:
    exporter, provider, instrumentor = InMemorySpanExporter(), TracerProvider(), kind()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    sandbox.faults.add(Fault(status=503))
    instrumentor.instrument(tracer_provider=provider)
    try:
        with sandbox.client(backoff_factor=0) as client:
            client.sessions.post_sessions({"public": 0}, request_token="20261126-two-attempts").raise_for_errors()
    finally:
        instrumentor.uninstrument()
    finished = [(span, span.context) for span in exporter.get_finished_spans() if span.context]
    traces = [f"00-{context.trace_id:032x}-{context.span_id:016x}" for _, context in finished]
    assert [request.headers["traceparent"].rpartition("-")[0] for request in sandbox.requests] == traces
    for (span, _), status in zip(finished, (503, 200), strict=True):
        assert status in (span.attributes or {}).values()
        assert sandbox.api_key not in span.to_json()


# Clocks that tests stop or move: calls work as before, and still end


THEN = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
CLOCKS: list[Callable[[], AbstractContextManager[Any]]] = [
    lambda: freezegun.freeze_time(THEN),
    lambda: time_machine.travel(THEN, tick=False),
]


@pytest.mark.parametrize("stop", CLOCKS, ids=["freezegun", "time_machine"])
def test_calls_end_and_wait_until_dates_of_a_clock_that_stands_still(
    stop: Callable[[], AbstractContextManager[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "uniform", max)
    later = format_datetime(THEN + timedelta(seconds=7), usegmt=True)
    steps = [found(), answer(b"", 503), answer(b"", 503, headers={"Retry-After": later}), *[found()] * 3]
    with serve(*steps, max_retries=2, backoff_factor=3.0) as (_, client), serve(silence, timeout=0.05) as (_, stuck):
        calls = [GET_ONE(client.sessions)]
        with stop() as clock:
            calls.append(GET_ONE(client.sessions))
            assert isinstance(failure_of(stuck), TimeoutException)
            clock.move_to(THEN + timedelta(days=1))
            calls.append(GET_ONE(client.sessions))
        calls.append(GET_ONE(client.sessions))
    assert [call.attempts for call in calls] == [1, 3, 1, 1]
    assert slept == [3.0, 7.0]


def test_a_clock_that_is_moved_during_a_call_does_not_count_where_ours_is_kept_running() -> None:
    def answer_late(exchange: Exchange) -> bool:
        clock.move_to(THEN + timedelta(hours=1))
        return found()(exchange)

    try:
        freezegun.configure(extend_ignore_list=["payrix_sessions", "urllib3"])  # as doc/testing.md says
        for stop in CLOCKS:
            with serve(answer_late, timeout=5) as (_, client), stop() as clock:
                assert GET_ONE(client.sessions).is_success()
    finally:
        reset_config()
