"""Tracers see each attempt, the trace goes on at the server, and no credential becomes part of it."""

# OpenTelemetry's instrumentation of urllib3 has no types.
# pyright: reportMissingTypeStubs=false

from collections.abc import Iterator

import pytest
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from payrix_sessions.sandbox import Fault, Sandbox


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


def test_opentelemetry_makes_a_span_for_each_attempt_and_hands_the_trace_on(
    sandbox: Sandbox, spans: InMemorySpanExporter
) -> None:
    sandbox.faults.add(Fault(status=503))
    with sandbox.client(backoff_factor=0) as client:
        client.sessions.post_sessions({"public": 0}, request_token="20261126-two-attempts").raise_for_errors()
    finished = [(span, span.context) for span in spans.get_finished_spans() if span.context]
    traces = [f"00-{context.trace_id:032x}-{context.span_id:016x}" for _, context in finished]
    assert [request.headers["traceparent"].rpartition("-")[0] for request in sandbox.requests] == traces
    for (span, _), status in zip(finished, (503, 200), strict=True):
        assert status in (span.attributes or {}).values()
        assert sandbox.api_key not in span.to_json()
