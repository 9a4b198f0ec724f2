"""A soak, run as ``python -m tests.support.soak --seconds 600``: 16 threads call a server that is full of faults.

The server, in a process of its own, resets, hangs up, answers slowly, in rubbish, with 429 and 503. The soak
ends with an error when a call hangs, an answer is somebody else's, a change is sent twice, an exception is not
ours, a socket is left open or memory grows.
"""

# ruff: noqa: T201  (a command that prints)

import argparse
import collections
import gc
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from payrix_sessions import APIException, ApiKeyCredentials, ApiResponse, Client, ConnectionException
from tests.support.payrix import RATE_LIMIT, sessions
from tests.support.server import OK_HEAD, Request, Server, Step, answer, chunked, late, raw, reset, trickle

THREADS = 16
TIMEOUT = 1.0  # seconds
RETRIES = 2
# The attempts, the waits that the server asks for or that are computed, and a busy machine.
LONGEST_CALL = (TIMEOUT + 0.5) * (RETRIES + 1) + 3.0
LARGEST = 200_000  # bytes
GROWTH = 20_000  # kB between a tenth of the time and the end

NO_WAIT = {"Retry-After": "0"}


def fault() -> Step:
    """Choose what goes wrong this time."""
    return random.choice(
        [
            reset(),
            raw(b""),
            reset(OK_HEAD + b"Content-Length: 500\r\n\r\n{"),
            raw(OK_HEAD + b"Content-Length: 500\r\n\r\n{"),
            raw(chunked(b'{"response":', end=False)),
            raw(os.urandom(300)),
            raw(OK_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\ngarbage!!"),
            raw(OK_HEAD + b"Content-Length: 2\r\n\r\n{}surplus", hang_up=False),
            answer(RATE_LIMIT, 429, headers=NO_WAIT),
            answer(RATE_LIMIT, headers=NO_WAIT),
            answer(b"<html>unavailable</html>", 503),
            answer(b"<html>oops</html>"),
            answer(b"x" * (LARGEST + 1)),
            trickle(OK_HEAD + b"Content-Length: 500\r\n\r\n", b"{" * 500, every=0.3),
            silence_for_a_while,
        ]
    )


silence_for_a_while = late(TIMEOUT * 1.5, answer(sessions("p1_ssn_too_late")))


class Faulty:
    """The server's side: what to answer, and which changes came more than once."""

    def __init__(self) -> None:
        self.changes: collections.Counter[str] = collections.Counter()
        self.requests = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Step:
        with self._lock:
            self.requests += 1
            if request.method != "GET" and "request-token" not in request.headers:
                self.changes[request.target + request.body.decode()] += 1
        if random.random() < 0.3:
            return fault()
        name = json.loads(request.body)["login"] if request.body else request.target.rpartition("/")[2]
        good = answer(sessions(name), hang_up=random.random() < 0.05)
        return late(random.uniform(0, 0.05), good) if random.random() < 0.2 else good


def serve() -> None:
    faulty = Faulty()
    with Server(faulty) as server:
        print(server.url, flush=True)
        while sys.stdin.readline():
            server.requests.clear()
            print(server.open_connections, flush=True)
        twice = [change for change, times in faulty.changes.items() if times > 1]
        counts = {"requests": faulty.requests, "connections": server.connections}
        print(json.dumps({**counts, "sent twice": twice}))


class Soak:
    """The client's side."""

    def __init__(self, url: str) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.complaints: list[str] = []
        self.slowest = 0.0
        self.busy_since: dict[int, float] = {}
        self.over = threading.Event()
        self.client = Client(
            base_url=url,
            api_key_credentials=ApiKeyCredentials("fake-api-key-for-soaking"),
            timeout=TIMEOUT,
            max_retries=RETRIES,
            backoff_factor=0.02,
            max_response_bytes=LARGEST,
        )

    def work(self, thread: int) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            started = self.busy_since[thread] = time.monotonic()
            outcome = self.call(f"soak-{thread}-{number}", number % 6)
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.outcomes[outcome] += 1
        self.busy_since.pop(thread, None)

    def call(self, name: str, kind: int) -> str:
        api = self.client.sessions
        token = name if kind % 2 else None
        try:
            result: ApiResponse[Any]
            if kind < 2:
                result = api.get_sessions_id(name, token)
            elif kind < 4:
                result = api.post_sessions({"login": name}, token)
            else:
                result = api.delete_sessions_id(name, token)
        except (ConnectionException, APIException) as error:
            return f"{type(error).__name__} after {error.attempts}"
        except BaseException as error:  # noqa: BLE001  (anything else is what we look for)
            self.complaints.append(f"{name}: {error!r}")
            return "an exception that should not come"
        if result.is_error():
            return "errors in a 200"
        if [session.id for session in result.body.data] != [name]:
            self.complaints.append(f"{name} was given {result.body.data}")
        return f"success after {result.attempts}"

    def hanging(self) -> list[str]:
        now = time.monotonic()
        return [f"thread {t} hangs" for t, at in list(self.busy_since.items()) if now - at > LONGEST_CALL]


def resident() -> int:
    """Return the memory that the process holds now, in kB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))


def open_files() -> int:
    """Return how many files and sockets are open, -1 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else -1


def soak(seconds: float) -> int:
    command = [sys.executable, "-m", "tests.support.soak", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        url = server.stdout.readline().strip()
        files_before = open_files()
        run = Soak(url)
        threads = [threading.Thread(target=run.work, args=(n,), daemon=True) for n in range(THREADS)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        memory: list[int] = []
        connections: list[int] = []
        while time.monotonic() - started < seconds and not run.complaints:
            time.sleep(min(5.0, seconds / 20))
            print(file=server.stdin, flush=True)
            connections.append(int(server.stdout.readline()))
            gc.collect()
            memory.append(resident())
            run.complaints += run.hanging()
            calls = sum(run.outcomes.values())
            print(f"{time.monotonic() - started:6.0f} s {calls:9d} calls {memory[-1]:8d} kB", flush=True)
        run.over.set()
        for thread in threads:
            thread.join(LONGEST_CALL)
        run.complaints += [f"{thread.name} did not end" for thread in threads if thread.is_alive()]
        run.client.close()
        gc.collect()
        files = open_files() - files_before
        report, _ = server.communicate()
    told = json.loads(report)
    run.complaints += [f"sent twice: {change}" for change in told["sent twice"]]
    if files > 0:
        run.complaints.append(f"{files} sockets were left open")
    growth = memory[-1] - memory[len(memory) // 10]
    if growth > GROWTH:
        run.complaints.append(f"memory grew by {growth} kB")
    for outcome, times in run.outcomes.most_common():
        print(f"{times:9d}  {outcome}")
    print(f"{told['requests']} requests on {told['connections']} connections, {max(connections)} at once at most")
    print(f"slowest call {run.slowest:.2f} s; memory {memory[0]} to {memory[-1]} kB; sockets left open {max(files, 0)}")
    print("\n".join(run.complaints) or "nothing to complain of")
    return 1 if run.complaints else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
    else:
        sys.exit(soak(arguments.seconds))
