"""Traces for whoever collects them by OpenTelemetry's protocol (OTLP over HTTP), if the owner names one.

A request's trace is called by its number, and so is its first span: whoever knows the number, from a log line or in a
worker, knows the trace, and nothing but the number has to travel. What is told is what ``core.trace.span`` was given:
names of this code's own, routes, status codes, numbers. No address as it was asked for, no statement, no exception's
text and nobody's name; this is why the spans are made here and not by OpenTelemetry's instrumentations, which tell
those (and are all beta).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

from core import trace
from dylumo_site.version import version

PATH = "/v1/traces"
SENT_WITHIN_SECONDS = 5


def number() -> int:
    """That of the request known now; 0 when there is none."""
    return int(trace.request_id() or "0", 16)


class ByNumber(RandomIdGenerator):
    """The first span of a trace is called by the request's number."""

    def generate_trace_id(self) -> int:
        return number()

    def generate_span_id(self) -> int:
        inside = get_current_span().get_span_context().is_valid
        return super().generate_span_id() if inside else number()


class Recorder:
    """Hands spans to OpenTelemetry, which sends them in batches from a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        told = {"service.name": "dylumo", "service.version": version(), "host.name": socket.gethostname()}
        self.provider = TracerProvider(resource=Resource.create(told), id_generator=ByNumber())
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + PATH, timeout=SENT_WITHIN_SECONDS)
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("dylumo")

    @contextmanager
    def span(self, name: str, *, first: bool) -> Iterator[trace.Facts]:
        facts: trace.Facts = {}
        if not number():
            yield facts
            return
        token = context.attach(context.Context() if first else _inside())
        try:
            with self.tracer.start_as_current_span(
                name,
                kind=SpanKind.SERVER if first else SpanKind.INTERNAL,
                attributes={"dylumo.request": trace.request_id()},
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                try:
                    yield facts
                except BaseException as error:
                    facts["error.type"] = type(error).__name__
                    span.set_status(Status(StatusCode.ERROR))
                    raise
                finally:
                    span.set_attributes(facts)
                    if "http.route" in facts:
                        span.update_name(f"{name} {facts['http.route']}")
        finally:
            context.detach(token)


def _inside() -> context.Context:
    """Below the span that is open here, if it is of the same request; else below the request's first."""
    here = get_current_span().get_span_context()
    if here.trace_id == number():
        return context.get_current()
    known = SpanContext(number(), number(), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(known))


def switch_on(endpoint: str) -> Recorder:
    """Send this process' spans to ``endpoint`` from now on; what is left as it ends is sent then."""
    recorder = Recorder(endpoint)
    trace.record_by(recorder)
    return recorder
