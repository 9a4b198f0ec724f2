"""Tracers see each attempt, the trace goes on at the server, and no credential becomes part of it."""

# OpenTelemetry's instrumentation of urllib3 has no types.
# pyright: reportMissingTypeStubs=false

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from payrix_sessions import HttpRequest, HttpResponse, PayrixException
from payrix_sessions.sandbox import Fault, Sandbox
from tests.compatibility.clients import KEY, Connect
from tests.support.payrix import found
from tests.support.server import Server, Step, answer, reset
from tests.wire import make_client


@pytest.fixture(params=[RequestsInstrumentor, URLLib3Instrumentor])
def spans(request: pytest.FixtureRequest) -> Iterator[InMemorySpanExporter]:
    """The spans that OpenTelemetry's instrumentation makes."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor: RequestsInstrumentor | URLLib3Instrumentor = request.param()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


def test_opentelemetry_makes_a_span_and_hands_the_trace_on(
    real: Sandbox, connect: Connect, spans: InMemorySpanExporter
) -> None:
    assert len(connect(real.base_url).create()) == 1
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert f"{span.context.trace_id:032x}-{span.context.span_id:016x}" in real.requests[0].headers["traceparent"]
    assert 200 in (span.attributes or {}).values()
    assert KEY not in span.to_json()


def test_opentelemetry_makes_a_span_for_each_attempt(real: Sandbox, spans: InMemorySpanExporter) -> None:
    real.faults.add(Fault(status=503))
    with real.client(backoff_factor=0) as client:
        client.sessions.post_sessions({"public": 0}, request_token="20261126-two-attempts").raise_for_errors()
    assert len(spans.get_finished_spans()) == len(real.requests) == 2
    assert len({request.headers["traceparent"] for request in real.requests}) == 2


class InFlight:
    """A gauge as applications keep one."""

    def __init__(self) -> None:
        self.value = 0
        self.ends: list[str] = []

    def on_before_request(self, request: HttpRequest) -> None:
        self.value += 1

    def on_after_response(self, http_response: HttpResponse) -> None:
        self.value -= 1
        self.ends.append(f"response {http_response.status_code}")

    def on_error(self, request: HttpRequest, exception: BaseException) -> None:
        self.value -= 1
        self.ends.append(type(exception).__name__)


def test_what_begins_in_a_callback_ends_however_the_call_does() -> None:
    rows: list[tuple[Step, str]] = [
        (found(), "response 200"),
        (reset(), "ConnectionException"),
        (answer(b"x" * 2000), "response 200"),
        (answer(b"\xff"), "response 200"),
    ]
    for step, end in rows:
        gauge: Any = InFlight()
        with (
            Server([step]) as server,
            make_client(base_url=server.url, http_call_back=gauge, max_response_bytes=1000) as client,
        ):
            with suppress(PayrixException):
                client.sessions.get_sessions()
        assert (gauge.value, gauge.ends) == (0, [end])
