"""Chaos between client and sandbox, run as ``python -m tests.support.chaos --seconds 600``.

A proxy drops, cuts, delays, repeats and resets at random what eight threads say to a sandbox. Each of them makes
sessions and deletes them, with request tokens, and asks again as long as it gets an exception, as an application does.
Ends with an error when the server made a session twice or not at all, deleted one that was not asked for, or kept
one; when a response is somebody else's; or when an exception says "not sent" of what the proxy has forwarded.
"""

# ruff: noqa: T201  (a command that prints)

import argparse
import collections
import random
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any, cast

from payrix_sessions import APIException, ApiResponse, Client, ConnectionException
from payrix_sessions.request_tokens import new_request_token
from payrix_sessions.sandbox import Sandbox
from tests.support.server import Exchange, Request, Server, Step, answer, late, raw, reset

THREADS = 8
TIMEOUT = 0.3  # seconds
PATIENCE = 60  # how often a thread asks before it complains
ERRORS = (500, 502, 503, 504, 520, 524)


class Chaos(Server):
    """The proxy. The same seed draws the same faults, as far as the threads ask in the same order."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        super().__init__(self._choose)
        self.forwarded: collections.Counter[str] = collections.Counter()
        self.faults: collections.Counter[str] = collections.Counter()
        self._port = int(sandbox.base_url.rpartition(":")[2])
        self._random = random.Random(seed)
        self._counting = threading.Lock()
        self._kinds: dict[str, Callable[[Request], Step]] = {
            "reset before": lambda _: reset(),
            "closed before": lambda _: raw(b""),
            "status before": lambda _: answer(b"<html>", self._pick(ERRORS), headers={"Retry-After": "0"}),
            "reset after": lambda request: self._after(request, lambda _: reset()),
            "closed after": lambda request: self._after(request, lambda _: raw(b"")),
            "status after": lambda request: self._after(request, lambda _: answer(b"", self._pick(ERRORS))),
            "page after": lambda request: self._after(request, lambda _: answer(b"<html>welcome</html>")),
            "garbage after": lambda request: self._after(request, lambda _: raw(bytes(range(256)))),
            "cut": lambda request: self._after(request, lambda data: raw(data[: self._pick(range(len(data)))])),
            "cut and reset": lambda request: self._after(
                request, lambda data: reset(data[: self._pick(range(len(data)))])
            ),
            "late": lambda request: late(0.02, self._after(request, _whole)),
            "too late": lambda request: late(TIMEOUT * 1.3, self._after(request, _whole)),
            "silent after": lambda request: self._after(request, lambda data: late(TIMEOUT * 1.3, _whole(data))),
            "sent twice": lambda request: self._after(request, lambda _: self._after(request, _whole)),
            "answered twice": lambda request: self._after(request, lambda data: _whole(data * 2)),
            "interim first": lambda request: self._after(
                request, lambda data: _whole(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + data)
            ),
            "unreadable head": lambda request: self._after(
                request, lambda data: _whole(data.replace(b"\r\n", b"\r\nno colon\r\n", 1))
            ),
        }

    def _pick(self, values: Any) -> Any:
        with self._counting:
            return self._random.choice(values)

    def _choose(self, request: Request) -> Step:
        if self._pick(range(100)) < 50:
            return self._after(request, _whole)
        kind = self._pick(list(self._kinds))
        self.faults[kind] += 1
        return self._kinds[kind](request)

    def _after(self, request: Request, then: Callable[[bytes], Step]) -> Step:
        """Forward the request when the step is played, and go on with the response."""

        def play(exchange: Exchange) -> bool:
            return then(self._forward(request))(exchange)

        return play

    def _forward(self, request: Request) -> bytes:
        with self._counting:
            self.forwarded[request.headers.get("request-token", "")] += 1
        upstream = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            upstream.request(request.method, request.target, request.body or None, dict(request.headers))
            response = upstream.getresponse()
            body = response.read()
        finally:
            upstream.close()
        head = f"HTTP/1.1 {response.status} {response.reason}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _whole(data: bytes) -> Step:
    def play(exchange: Exchange) -> bool:
        exchange.send(data)
        return True

    return play


class Application:
    """The threads, and what they have to complain of."""

    def __init__(self, sandbox: Sandbox, proxy: Chaos, client: Client) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.complaints: list[str] = []
        self.sessions = 0
        self.over = threading.Event()
        self._sandbox, self._proxy, self._client = sandbox, proxy, client

    def work(self, thread: int) -> None:
        number = 0
        while not self.over.is_set() and not self.complaints:
            number += 1
            try:
                self._live(f"t1_log_{thread}x{number}")
            except Exception as error:  # noqa: BLE001  (anything else is what we look for)
                self.complaints.append(f"{error!r}")

    def _live(self, login: str) -> None:
        api = self._client.sessions
        made = self._insist("POST", lambda token: api.post_sessions({"login": login}, token))
        (session,) = made.body.data
        alive = [each.id for each in self._sandbox.sessions if each.login == login]
        if alive != [session.id] or session.login != login:
            self.complaints.append(f"{login}: the server made {alive}, the response says {session.id}")
        looked_up = self._insist("GET", lambda _: api.get_sessions_id(session.id))
        if [each.id for each in looked_up.body.data] != [session.id]:
            self.complaints.append(f"{login}: asked for {session.id}, was given {looked_up.body.data}")
        deleted = self._insist("DELETE", lambda token: api.delete_sessions_id(session.id, token))
        if [each.id for each in deleted.body.data] != [session.id]:
            self.complaints.append(f"{login}: {session.id} was deleted by somebody else")
        if any(each.login == login for each in self._sandbox.sessions):
            self.complaints.append(f"{login}: the server kept the session")
        self.sessions += 1

    def _insist(self, what: str, call: Callable[[str], ApiResponse[Any]]) -> ApiResponse[Any]:
        token = new_request_token()
        for _ in range(PATIENCE):
            forwarded = self._proxy.forwarded[token]
            try:
                result = call(token).raise_for_errors()
            except (APIException, ConnectionException) as error:
                self.outcomes[f"{what}: {type(error).__name__}"] += 1
                if what == "GET":
                    continue
                if error.request_token != token:
                    self.complaints.append(f"{what}: the exception names another request token")
                if not error.may_have_been_sent and self._proxy.forwarded[token] > forwarded:
                    self.complaints.append(f"{what}: was forwarded, although the exception says that it was not sent")
            else:
                self.outcomes[f"{what}: success after {result.attempts}"] += 1
                return result
        raise AssertionError(f"{what}: no result in {PATIENCE} calls")


def run(seconds: float, seed: int) -> int:
    with Sandbox(seed=None) as sandbox, Chaos(sandbox, seed) as server:
        proxy = cast("Chaos", server)
        client = sandbox.client(base_url=proxy.url, timeout=TIMEOUT, backoff_factor=0.01, pool_size=THREADS)
        with client:
            application = Application(sandbox, proxy, client)
            threads = [threading.Thread(target=application.work, args=(n,), daemon=True) for n in range(THREADS)]
            for thread in threads:
                thread.start()
            started = time.monotonic()
            while time.monotonic() - started < seconds and not application.complaints:
                application.over.wait(0.05)
                proxy.requests.clear()
            application.over.set()
            for thread in threads:
                thread.join(PATIENCE * TIMEOUT * 4)
        application.complaints += [f"{thread.name} hangs" for thread in threads if thread.is_alive()]
        if not application.complaints and sandbox.sessions:
            application.complaints.append(f"the server kept {len(sandbox.sessions)} sessions")
    for counts in (application.outcomes, proxy.faults):
        for name, times in sorted(counts.items()):
            print(f"{times:8d}  {name}")
    print(f"{application.sessions} sessions made and deleted, seed {seed}")
    print("\n".join(application.complaints) or "each exactly once")
    return 1 if application.complaints else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sys.exit(run(arguments.seconds, arguments.seed))
