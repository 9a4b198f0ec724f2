"""The suites: what is compared with what, and the target of each comparison. Each prints its tables."""

import json
import os
import shutil
import tempfile
import tracemalloc
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any
from unittest.mock import patch

import certifi

from payrix_sessions._envelope import decode_json
from payrix_sessions._redaction import Redactor
from payrix_sessions.models import SessionPostResponse, SessionsPostResponseResult
from payrix_sessions.models._reading import Read, loop_reader, shape_reader
from tests.benchmarks.candidates import CALLS, CANDIDATES, Requests, Sdk
from tests.benchmarks.imports import fresh_import
from tests.benchmarks.instructions import instructions
from tests.benchmarks.measure import Figures, interleave, print_table, verdict
from tests.benchmarks.server import page_of, running_server
from tests.support.certificates import make_certificates
from tests.support.server import Server, answer

BOTH = (Sdk, Requests)
LEAN = "384 bytes a session, type and length"
ANSWERS = {
    "lean": (LEAN, CANDIDATES),
    "chunked": ("the same in chunks", BOTH),
    "gzip": ("the same compressed", BOTH),
    "api": ("414 bytes a session, the API's headers", CANDIDATES),
}


def calls(rounds: int) -> None:
    """Compare the calls, from the arguments to the decoded answer, for each kind of answer."""
    targets = {"get one session": 0.46, "post a session": 0.48, "list 30 sessions": 0.56, "list 100 sessions": 0.72}
    counts = {"list 30 sessions": 60, "list 100 sessions": 30}
    with running_server() as base_url:
        for kind, (title, candidates) in ANSWERS.items():
            clients = [candidate(f"{base_url}/{kind}") for candidate in candidates]
            rows: dict[str, Figures] = {}
            for name, call in CALLS.items():
                tasks = {it.name: partial(call, it) for it in clients}
                rows[name] = interleave(tasks, counts.get(name, 100), rounds)
            print_table(f"CPU time of a call, microseconds ({title})", rows, targets if kind == "lean" else {})


def counting(_: int) -> None:
    """Count the instructions of each call, which nothing else on the machine disturbs."""
    if not shutil.which("valgrind"):
        return
    with running_server() as base_url:
        rows = {
            name: {it.name: [instructions(it.name, name, f"{base_url}/lean")] for it in BOTH}
            for name in ("get one session", "post a session", "list 100 sessions")
        }
    print_table(f"Instructions of a call, thousands ({LEAN})", rows)


def parsing(rounds: int) -> None:
    """Compare the way from the text of a response to models with `json.loads`, and generated readers with a loop."""
    text = page_of(100).decode()
    models = interleave(
        {"payrix-sessions": partial(_models, text), "json.loads": partial(json.loads, text)}, 50, rounds
    )
    print_table("CPU time of text to models, microseconds", {"100 sessions": models}, {"100 sessions": 1.5})
    # The generated readers stay as long as they are worth it.
    page = json.loads(text)["response"]["data"]
    readers = {"payrix-sessions": shape_reader(SessionPostResponse), "a plain loop": loop_reader(SessionPostResponse)}
    records = interleave({name: partial(_read_all, read, page) for name, read in readers.items()}, 50, rounds)
    title = "CPU time of decoded records to models, microseconds"
    print_table(title, {"100 records": records}, {"100 records": 0.6})


def importing(rounds: int) -> None:
    """Compare the import of the package with that of requests, and of what it takes from apimatic-core."""
    # jsonpickle, below the core, imports PyYAML where it is installed: tools for tests bring it, this package does not.
    fresh = partial(fresh_import, hidden=("yaml",))
    core = sorted(name for name in fresh("payrix_sessions").modules if name.startswith("apimatic_core"))
    names = {"payrix-sessions": ["payrix_sessions"], "requests": ["requests"], "requests and core": ["requests", *core]}
    turns = [{name: fresh(*modules) for name, modules in names.items()} for _ in range(rounds)]
    rows = {"CPU, milliseconds": {name: [turn[name].cpu for turn in turns] for name in names}}
    if turns[0]["requests"].memory:
        rows["memory, megabytes"] = {name: [turn[name].memory for turn in turns] for name in names}
    targets = {"CPU, milliseconds": 1.5, "memory, megabytes": 1.25}
    print_table("Import in a fresh process, net of Python itself but for the memory", rows, targets)
    ours, theirs, core_alone = (fresh_import(*modules).modules for modules in names.values())
    count = len(ours - theirs)
    print(f"Modules beyond requests, PyYAML too: {count}, {verdict(count, 170)}", end="")
    print(f" (of the core alone: {len(core_alone - theirs)})\n", flush=True)


def holding(_: int) -> None:
    """Compare the memory of 10,000 sessions as models with that of the plain dictionaries."""
    text = page_of(10_000).decode()
    makers = {"payrix-sessions": partial(_models, text), "json.loads": partial(json.loads, text)}
    held = {name: [_memory(make)[0] / 10_000] for name, make in makers.items()}
    print_table("Memory held, bytes", {"one of 10,000 sessions": held}, {"one of 10,000 sessions": 0.72})


def threads(rounds: int) -> None:
    """Compare the calls a second of threads that share one client, or one requests session."""
    total = 768
    rows: dict[str, Figures] = {}
    with running_server() as base_url:
        clients = [candidate(f"{base_url}/api") for candidate in BOTH]
        for count in (1, 4, 16, 64):
            with ThreadPoolExecutor(count) as pool:
                tasks = {it.name: partial(_spread, pool, it.get_one, count, total // count) for it in clients}
                walls = interleave(tasks, 1, rounds, perf_counter)
            rows[f"threads: {count}"] = {name: [total / wall * 1e6 for wall in times] for name, times in walls.items()}
    print_table("Calls a second (get one session), more is better", rows)


def walking(_: int) -> None:
    """Go through 100,000 sessions: the time beside that of the same number of pages, and the memory at its highest."""
    with running_server() as base_url:
        sdk = Sdk(f"{base_url}/endless")

        def walk(count: int) -> None:
            deque(islice(sdk.client.sessions.iter_sessions(), count), maxlen=0)

        def fetch() -> None:
            for number in range(1, 1_001):
                sdk.client.sessions.get_sessions(page_number=number, page_limit=100)

        times = interleave({"iter_sessions": partial(walk, 100_000), "its pages": fetch}, 1, rounds=3)
        peaks = {f"{count:,} sessions": [_memory(partial(walk, count))[1] / 1e3] for count in (100_000, 1_000)}
    times = {name: [time / 1e6 for time in them] for name, them in times.items()}
    print_table("CPU time of going through 100,000 sessions, seconds", {"all of them": times})
    print_table("Memory at its highest, kB", {"iter_sessions": peaks})


def redacting(_: int) -> None:
    """Show that redaction takes time linear in its input, whatever the input is."""
    worst = {  # each nearly matches, again and again, one of the patterns of the redaction
        "names": "key:",
        "quotes": 'password="\\\\',
        "typed": "key:string(1) ",
        "entities": "key&quot;&#39;",
        "hexadecimal": "0123456789abcdef",
        "searches": "key[" * 30,
        "spaces": "mfasecret:" + " " * 9,
    }
    redactor = Redactor(["fake-api-key/for-benchmarks"])
    rows: dict[str, Figures] = {name: {} for name in worst}
    for name, piece in worst.items():
        for size in (1_000, 10_000, 100_000, 1_000_000):
            redact = partial(redactor.string, (piece * (size // len(piece) + 1))[:size])
            rows[name][f"{size // 1_000:,} kB"] = [min(_seconds(redact) for _ in range(3)) * 1e9 / size]
    title = "CPU time of redacting the worst text, nanoseconds a character"
    print_table(title, rows, dict.fromkeys(worst, 2.0), of=3, base=1)


def connecting(rounds: int) -> None:
    """Measure calls that open a TLS connection: a client's first, and a later one."""
    taken: Figures = {"the first": [], "a later one": []}
    with tempfile.TemporaryDirectory() as directory, patch.dict(os.environ):
        certificates = make_certificates(Path(directory))
        with certificates.bundle.open("ab") as bundle:  # as many authorities as a client loads elsewhere
            bundle.write(Path(certifi.where()).read_bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(certificates.bundle)
        with Server(lambda _: answer(page_of(1), hang_up=True), tls=certificates.trusted) as server:
            for _ in range(rounds):
                sdk = Sdk(server.url)
                for times in taken.values():
                    times.append(_seconds(sdk.get_one, thread_time) * 1e3)
    print_table("CPU time of a call with a new TLS connection, milliseconds", {"get one session": taken})


SUITES: dict[str, Callable[[int], None]] = {
    "calls": calls,
    "instructions": counting,
    "parsing": parsing,
    "importing": importing,
    "holding": holding,
    "threads": threads,
    "walking": walking,
    "connecting": connecting,
    "redacting": redacting,
}


def _seconds(call: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    started = clock()
    call()
    return clock() - started


def _memory(make: Callable[[], object]) -> tuple[int, int]:
    """Return how many bytes the made object holds, and the most that were held while it was made."""
    make()  # whatever is made only once is not counted
    tracemalloc.start()
    try:
        made = make()
        held, peak = tracemalloc.get_traced_memory()
        del made
    finally:
        tracemalloc.stop()
    return held, peak


def _models(text: str) -> SessionsPostResponseResult:
    return SessionsPostResponseResult.from_dictionary(decode_json(text))


def _read_all(read: Read, records: list[dict[str, Any]]) -> list[Any]:
    return [read(record) for record in records]


def _spread(pool: ThreadPoolExecutor, call: Callable[[], object], threads: int, each: int) -> None:
    """Let so many threads make so many calls each."""

    def make_calls(_: int) -> None:
        for _ in range(each):
            call()

    list(pool.map(make_calls, range(threads)))
