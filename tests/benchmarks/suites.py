"""The suites: what is compared with what, and the target of each comparison."""

import json
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from statistics import median

from payrix_sessions import ApiKeyCredentials, Client
from payrix_sessions.api_helper import decode_json
from payrix_sessions.models import SessionsPostResponseResult
from tests.benchmarks import answers
from tests.benchmarks.candidates import API_KEY, CANDIDATES, Candidate, Requests, Sdk
from tests.benchmarks.imports import Import, core_modules, fresh_import
from tests.benchmarks.measure import Ratio, Timing, compare, interleave
from tests.benchmarks.report import Row, Table
from tests.benchmarks.server import running_server

THREADS = (1, 4, 16)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of each comparison, and a factor on the calls of a round."""

    rounds: int
    scale: float = 1.0

    def time(self, tasks: dict[str, Callable[[], object]], calls: int) -> dict[str, Timing]:
        """Interleave the tasks with this effort."""
        return interleave(tasks, calls=max(1, round(calls * self.scale)), rounds=self.rounds)


def calls(effort: Effort) -> list[Table]:
    """Compare the calls, from the arguments to the decoded answer."""
    wanted: list[tuple[str, float, int, Callable[[Candidate], object]]] = [
        ("get one session", 0.60, 100, lambda candidate: candidate.get_one()),
        ("post a session", 0.65, 100, lambda candidate: candidate.post()),
        ("list 30 sessions", 0.70, 60, lambda candidate: candidate.get_page(30)),
        ("list 100 sessions", 0.80, 30, lambda candidate: candidate.get_page(100)),
    ]
    cpu: list[Row] = []
    wall: list[Row] = []
    with running_server() as base_url:
        candidates = [candidate(base_url) for candidate in CANDIDATES]
        for name, target, count, call in wanted:
            timings = effort.time({it.name: partial(call, it) for it in candidates}, count)
            cpu.append(_against_requests(name, {it: timing.cpu for it, timing in timings.items()}, target))
            wall.append(_against_requests(name, {it: timing.wall for it, timing in timings.items()}))
    return [
        Table("CPU time of a call, microseconds", "against requests", cpu),
        Table("Wall time of a call, microseconds", "against requests", wall),
    ]


def parsing(effort: Effort) -> list[Table]:
    """Compare the way from the text of an answer to models with `json.loads` alone."""
    text = answers.page_of(100)
    timings = effort.time({"payrix-sessions": lambda: _models(text), "json.loads": lambda: json.loads(text)}, 50)
    row = _row("100 sessions", {name: timing.cpu for name, timing in timings.items()}, 1.6)
    return [Table("CPU time of text to models, microseconds", "against json.loads", [row])]


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
        Row("modules beyond requests, PyYAML too", beyond, _exact(beyond["payrix-sessions"]), 150),
    ]
    if taken["requests"][0].memory:
        memory = {name: [it.memory for it in imports] for name, imports in taken.items()}
        rows.append(_row("memory with Python, megabytes", memory, 1.25))
    return [Table("Import in a fresh process, net of Python itself", "against requests", rows)]


def holding(_: Effort) -> list[Table]:
    """Compare the memory of 10,000 sessions as models with that of the plain dictionaries."""
    text = answers.page_of(10_000)
    sizes = {"payrix-sessions": _held(lambda: _models(text)), "json.loads": _held(lambda: json.loads(text))}
    ratio = _exact(sizes["payrix-sessions"] / sizes["json.loads"])
    row = Row("one of 10,000 sessions", {name: size / 10_000 for name, size in sizes.items()}, ratio, 0.72)
    return [Table("Memory held, bytes", "against json.loads", [row])]


def growth(effort: Effort) -> list[Table]:
    """Show what a page costs as it grows, and what a session of it costs."""
    pages: list[Row] = []
    each: list[Row] = []
    with running_server() as base_url:
        for count in answers.GROWTH:
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
    "parsing": parsing,
    "importing": importing,
    "holding": holding,
    "growth": growth,
    "threads": threads,
    "construction": construction,
}


def _models(text: str) -> SessionsPostResponseResult:
    return SessionsPostResponseResult.from_dictionary(decode_json(text))


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
