"""The times that doc/cookbook.md tells, against the sandbox: `python -m tests.docs.measure`."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from payrix_sessions import Search
from payrix_sessions.sandbox import Fault, Sandbox
from tests.docs import pages

SECONDS = 0.05  # a response, and the work on a page
IDS = 64
PAGES = 10


def work_on(found: Iterator[Any]) -> None:
    for _ in found:
        time.sleep(SECONDS)


def main() -> None:
    blocks = [str(block.parsed) for block in pages.python_blocks(pages.ROOT / "doc" / "cookbook.md")]
    definition = next(block for block in blocks if "def ahead" in block)
    recipe: dict[str, Any] = {}  # what the cookbook imports and defines, without what it does
    exec(blocks[0].partition("\n\nsandbox = ")[0] + "\n" + definition.partition("\n\n\nprint(")[0], recipe)
    with Sandbox(sessions=PAGES * 100) as sandbox, sandbox.client() as client, ThreadPoolExecutor(16) as threads:
        ids = [session.id for session in sandbox.sessions[:IDS]]
        sandbox.faults.add(Fault(delay=SECONDS), times=10_000)
        sessions = client.sessions
        cases: dict[str, Callable[[], object]] = {
            f"{IDS} ids one by one": lambda: list(map(sessions.get_sessions_id, ids)),
            f"{IDS} ids, 16 threads": lambda: list(threads.map(sessions.get_sessions_id, ids)),
            f"{IDS} ids, one request": lambda: sessions.get_sessions(search=Search("id").in_(*ids), page_limit=100),
            f"{PAGES} pages one after the other": lambda: work_on(sessions.iter_session_pages()),
            f"{PAGES} pages, the next fetched ahead": lambda: work_on(recipe["ahead"](sessions.iter_session_pages())),
        }
        for name, case in cases.items():
            started = time.perf_counter()
            case()
            print(f"{name}: {time.perf_counter() - started:.2f} s")  # noqa: T201  (a command)


if __name__ == "__main__":
    main()
