"""The suites: what is compared with what, and the target of each comparison."""

import json
import logging
import os
import tempfile
import tracemalloc
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Any, NamedTuple
from unittest.mock import patch

from payrix_sessions import ApiKeyCredentials, Client, ProxySettings
from payrix_sessions._envelope import decode_json
from payrix_sessions._redaction import Redactor
from payrix_sessions.models import SessionPostResponse, SessionsPostResponseResult
from payrix_sessions.models._reading import Read, loop_reader, shape_reader
from tests.benchmarks import canned
from tests.benchmarks.candidates import API_KEY, CALLS, CANDIDATES, Candidate, Requests, Sdk
from tests.benchmarks.imports import Import, core_modules, fresh_import
from tests.benchmarks.instructions import can_count, instructions
from tests.benchmarks.measure import Ratio, Timing, compare, interleave
from tests.benchmarks.report import Row, Table
from tests.benchmarks.server import running_server
from tests.support.certificates import make_certificates
from tests.support.heads import compare_heads
from tests.support.server import Server, answer

THREADS = (1, 4, 16, 64)
LEAN = "/lean"
BOTH = (Sdk, Requests)


class Kind(NamedTuple):
    """A kind of answer, and whether urllib3 and http.client are measured with it too."""

    title: str
    floors: bool


ANSWERS = {
    LEAN: Kind("384 bytes a session, type and length", floors=True),
    "/chunked": Kind("the same in chunks", floors=False),
    "/gzip": Kind("the same compressed", floors=False),
    "": Kind("414 bytes a session, the API's headers", floors=False),
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of each comparison, and a factor on the calls of a round."""

    rounds: int
    scale: float = 1.0

    def time(self, tasks: dict[str, Callable[[], object]], calls: int) -> dict[str, Timing]:
        """Interleave the tasks with this effort."""
        return interleave(tasks, calls=max(1, round(calls * self.scale)), rounds=self.rounds)


def calls(effort: Effort) -> list[Table]:
    """Compare the calls, from the arguments to the decoded answer, for each kind of answer."""
    targets = {"get one session": 0.46, "post a session": 0.48, "list 30 sessions": 0.56, "list 100 sessions": 0.72}
    counts = {"list 30 sessions": 60, "list 100 sessions": 30}
    tables: list[Table] = []
    with running_server() as base_url:
        for path, kind in ANSWERS.items():
            candidates = [candidate(base_url + path) for candidate in CANDIDATES if kind.floors or candidate in BOTH]
            cpu: list[Row] = []
            wall: list[Row] = []
            for name, call in CALLS.items():
                timings = effort.time({it.name: partial(call, it) for it in candidates}, counts.get(name, 100))
                target = targets[name] if path == LEAN else None
                cpu.append(_against_requests(name, {it: timing.cpu for it, timing in timings.items()}, target))
                wall.append(_against_requests(name, {it: timing.wall for it, timing in timings.items()}))
            tables.append(Table(f"CPU time of a call, microseconds ({kind.title})", "against requests", cpu))
            if path == LEAN:
                tables.append(Table(f"Wall time of a call, microseconds ({kind.title})", "against requests", wall))
    return tables


def counting(_: Effort) -> list[Table]:
    """Count the instructions of each call, which nothing else on the machine disturbs."""
    if not can_count():
        return []
    with running_server() as base_url:
        rows = [
            _row(name, {it.name: [instructions(it.name, name, base_url + LEAN)] * 2 for it in BOTH})
            for name in ("get one session", "post a session", "list 100 sessions")
        ]
    return [Table("Instructions of a call, thousands (answers of 384 bytes a session)", "against requests", rows)]


def parsing(effort: Effort) -> list[Table]:
    """Compare the way from the text of a response to models with `json.loads` alone."""
    text = canned.page_of(100)
    timings = effort.time({"payrix-sessions": lambda: _models(text), "json.loads": lambda: json.loads(text)}, 50)
    row = _row("100 sessions", {name: timing.cpu for name, timing in timings.items()}, 1.5)
    # The generated readers stay as long as they are worth it.
    page = json.loads(text)["response"]["data"]
    readers = {"payrix-sessions": shape_reader(SessionPostResponse), "plain loop": loop_reader(SessionPostResponse)}
    timings = effort.time({name: partial(_read_all, read, page) for name, read in readers.items()}, 50)
    generated = _row("100 records", {name: timing.cpu for name, timing in timings.items()}, 0.6)
    return [
        Table("CPU time of text to models, microseconds", "against json.loads", [row]),
        Table("CPU time of decoded records to models, microseconds", "against a plain loop", [generated]),
    ]


# jsonpickle, below the core, imports PyYAML where it is installed: tools for tests bring it, this package does not.
TEST_TOOLS = ("yaml",)


def importing(effort: Effort) -> list[Table]:
    """Compare the import of the package with that of requests, and of what it takes from apimatic-core."""
    names = {
        "payrix-sessions": ("payrix_sessions",),
        "requests": ("requests",),
        "core": ("requests", *core_modules()),
    }
    taken: dict[str, list[Import]] = {name: [] for name in names}
    for _ in range(effort.rounds):
        for name, modules in names.items():
            taken[name].append(fresh_import(*modules, hidden=TEST_TOOLS))
    loaded = {name: fresh_import(*modules).modules for name, modules in names.items()}
    beyond = {name: float(len(modules - loaded["requests"])) for name, modules in loaded.items()}
    rows = [
        _row("CPU, milliseconds", {name: [it.cpu for it in imports] for name, imports in taken.items()}, 1.5),
        _row("wall, milliseconds", {name: [it.wall for it in imports] for name, imports in taken.items()}),
        Row("modules beyond requests, PyYAML too", beyond, _exact(beyond["payrix-sessions"]), 170),
    ]
    if taken["requests"][0].memory:
        memory = {name: [it.memory for it in imports] for name, imports in taken.items()}
        rows.append(_row("memory with Python, megabytes", memory, 1.25))
    return [Table("Import in a fresh process, net of Python itself", "against requests", rows)]


def holding(_: Effort) -> list[Table]:
    """Compare the memory of 10,000 sessions as models with that of the plain dictionaries."""
    text = canned.page_of(10_000)
    sizes = {"payrix-sessions": _held(lambda: _models(text)), "json.loads": _held(lambda: json.loads(text))}
    ratio = _exact(sizes["payrix-sessions"] / sizes["json.loads"])
    row = Row("one of 10,000 sessions", {name: size / 10_000 for name, size in sizes.items()}, ratio, 0.72)
    return [Table("Memory held, bytes", "against json.loads", [row])]


def growth(effort: Effort) -> list[Table]:
    """Show what a page costs as it grows, and what a session of it costs."""
    pages: list[Row] = []
    each: list[Row] = []
    with running_server() as base_url:
        for count in canned.GROWTH:
            candidates: list[Candidate] = [Sdk(f"{base_url}/{count}"), Requests(f"{base_url}/{count}")]
            timings = effort.time({it.name: it.get_page for it in candidates}, max(1, 1_000 // (count + 15)))
            cpu = {name: timing.cpu for name, timing in timings.items()}
            pages.append(_against_requests(f"sessions: {count:,}", cpu))
            cpu = {name: [time / count for time in times] for name, times in cpu.items()}
            each.append(_against_requests(f"sessions: {count:,}", cpu))
    return [
        Table("CPU time of a page of so many sessions, microseconds", "against requests", pages),
        Table("The same for each session of the page, microseconds", "against requests", each),
    ]


def threads(effort: Effort) -> list[Table]:
    """Compare the calls a second of threads that share one client, or one requests session."""
    total = max(THREADS) * max(1, round(12 * effort.scale))
    rows: list[Row] = []
    with running_server() as base_url:
        candidates: list[Candidate] = [Sdk(base_url), Requests(base_url)]
        for count in THREADS:
            with ThreadPoolExecutor(count) as pool:
                tasks = {it.name: _spread(pool, it.get_one, count, total // count) for it in candidates}
                timings = interleave(tasks, calls=1, rounds=effort.rounds)
            rates = {name: [total / wall * 1e6 for wall in timing.wall] for name, timing in timings.items()}
            rows.append(_against_requests(f"threads: {count}", rates))
    return [Table("Calls a second (get one session), more is better", "against requests", rows)]


def walking(_: Effort) -> list[Table]:
    """Go through 100,000 sessions: the time beside that of the same number of pages, and the memory at its highest."""
    with running_server() as base_url:
        sdk = Sdk(f"{base_url}/endless")

        def walk(count: int) -> None:
            deque(islice(sdk.client.sessions.iter_sessions(), count), maxlen=0)

        def fetch() -> None:
            for number in range(1, 1_001):
                sdk.client.sessions.get_sessions(page_number=number, page_limit=100)

        timings = interleave({"iter_sessions": partial(walk, 100_000), "its pages": fetch}, calls=1, rounds=3)
        few, many = (_peak(partial(walk, count)) for count in (1_000, 100_000))
    cpu = {name: [time / 1e6 for time in timing.cpu] for name, timing in timings.items()}
    held = Row(
        "memory at its highest", {"100,000 sessions": many / 1_000, "1,000 sessions": few / 1_000}, _exact(many / few)
    )
    return [
        Table("CPU time of going through 100,000 sessions, seconds", "against its pages", [_row("all of them", cpu)]),
        Table("The same, kB", "against 1,000", [held]),
    ]


def reading_heads(effort: Effort) -> list[Table]:
    """Read random heads of responses the short way and the library's, and fail when they differ."""
    logging.disable()  # urllib3 warns of each odd one
    count = round(5_000 * effort.scale)
    taken = compare_heads(Random(), count)
    logging.disable(logging.NOTSET)
    row = Row("all alike", {"heads": count, "read the short way": taken}, _exact(taken / count))
    return [Table("Random heads of responses, read both ways", "share", [row])]


# Each nearly matches, again and again, one of the patterns of the redaction.
WORST = {
    "names": "key:",
    "quotes": 'password="\\\\',
    "typed": "key:string(1) ",
    "entities": "key&quot;&#39;",
    "hexadecimal": "0123456789abcdef",
    "searches": "key[" * 30,
    "spaces": "mfasecret:" + " " * 9,
}


def redacting(_: Effort) -> list[Table]:
    """Show that redaction takes time linear in its input, whatever the input is."""
    redactor = Redactor(["fake-api-key/for-benchmarks"])
    rows: list[Row] = []
    for name, piece in WORST.items():
        figures: dict[str, float] = {}
        for size in (1_000, 10_000, 100_000, 1_000_000):
            redact = partial(redactor.string, (piece * (size // len(piece) + 1))[:size])
            figures[f"{size // 1_000:,} kB"] = min(_seconds(redact, perf_counter) for _ in range(3)) * 1e9 / size
        rows.append(Row(name, figures, _exact(figures["1,000 kB"] / figures["10 kB"]), 2.0))
    return [Table("Time of redacting the worst strings, nanoseconds a character", "1 MB against 10 kB", rows)]


def connecting(_: Effort) -> list[Table]:
    """Measure the calls that open a connection, over TLS, and a POST through a proxy."""
    with tempfile.TemporaryDirectory() as directory, patch.dict(os.environ):
        certificates = make_certificates(Path(directory))
        os.environ["REQUESTS_CA_BUNDLE"] = str(certificates.bundle)
        with Server(lambda _: answer(canned.one_session().encode(), hang_up=True), tls=certificates.trusted) as server:
            sdk = Sdk(server.url)
            first = _seconds(sdk.get_one, thread_time)
            later = median(_seconds(sdk.get_one, thread_time) for _ in range(20))
    with Server(lambda _: answer(canned.new_session().encode())) as proxy:
        sdk = Sdk("http://127.0.0.1:9", proxy_settings=ProxySettings("127.0.0.1", proxy.port))
        sdk.post()
        posted = median(_seconds(sdk.post, perf_counter) for _ in range(20))
    figures = {
        "the first TLS connection, CPU": first,
        "a later one, CPU": later,
        "a POST through a proxy, wall": posted,
    }
    rows = [Row(name, {Sdk.name: time * 1e3}, _exact(time * 1e3)) for name, time in figures.items()]
    return [Table("Calls that are more than a request, milliseconds", "", rows)]


def construction(effort: Effort) -> list[Table]:
    """Compare making a client, and a variant of it, with one call."""
    with running_server() as base_url:
        sdk = Sdk(base_url)
        credentials = ApiKeyCredentials(API_KEY)
        tasks: dict[str, Callable[[], object]] = {
            "client": lambda: Client(base_url=base_url, api_key_credentials=credentials).sessions,
            "variant": lambda: sdk.client.with_options(timeout=5.0).sessions,
            "one call": sdk.get_one,
        }
        timings = effort.time(tasks, 50)
    made = {"Client(...)": timings["client"], "client.with_options(...)": timings["variant"]}
    rows = [_row(name, {"made": it.cpu, "one call": timings["one call"].cpu}, 1.0) for name, it in made.items()]
    return [Table("CPU time of construction, microseconds", "against one call", rows)]


SUITES: dict[str, Callable[[Effort], list[Table]]] = {
    "calls": calls,
    "instructions": counting,
    "parsing": parsing,
    "importing": importing,
    "holding": holding,
    "growth": growth,
    "threads": threads,
    "construction": construction,
    "walking": walking,
    "connecting": connecting,
    "redacting": redacting,
    "heads": reading_heads,
}


def _seconds(call: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    """Return what one call takes on a clock."""
    started = clock()
    call()
    return clock() - started


def _peak(call: Callable[[], object]) -> int:
    """Return the most bytes that were held at a time during a call."""
    call()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _models(text: str) -> SessionsPostResponseResult:
    return SessionsPostResponseResult.from_dictionary(decode_json(text))


def _read_all(read: Read, records: list[dict[str, Any]]) -> list[Any]:
    return [read(record) for record in records]


def _held(make: Callable[[], object]) -> int:
    """Return how many bytes the made object holds."""
    make()  # whatever is made only once is not counted
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        made = make()
        held = tracemalloc.get_traced_memory()[0] - before
        del made
    finally:
        tracemalloc.stop()
    return held


def _spread(pool: ThreadPoolExecutor, call: Callable[[], object], threads: int, each: int) -> Callable[[], object]:
    """Return a task in which so many threads make so many calls each."""

    def make_calls(calls: int) -> None:
        for _ in repeat(None, calls):
            call()

    return lambda: list(pool.map(make_calls, repeat(each, threads)))


def _row(name: str, figures: dict[str, list[float]], target: float | None = None) -> Row:
    """Compare the first candidate with the second."""
    ours, theirs, *_ = figures.values()
    return Row(name, {it: median(values) for it, values in figures.items()}, compare(ours, theirs), target)


def _against_requests(name: str, figures: dict[str, list[float]], target: float | None = None) -> Row:
    ratio = compare(figures[Sdk.name], figures[Requests.name])
    return Row(name, {it: median(values) for it, values in figures.items()}, ratio, target)


def _exact(value: float) -> Ratio:
    return Ratio(value, value, value)
