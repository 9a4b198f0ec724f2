"""Chaos between client and sandbox, run as ``python -m tests.support.chaos --seconds 600``.

A proxy drops, cuts, delays, repeats and resets at random what eight threads say to a sandbox. Each of them makes
sessions and deletes them, with request tokens, and asks again as long as it gets an exception, as an application does.
Ends with an error when the server made a session twice or not at all, deleted one that was not asked for, or kept
one; when a response is somebody else's; or when an exception says "not sent" of what the proxy has forwarded.
"""

import argparse
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from payrix_sessions import APIException, ApiResponse, ConnectionException
from payrix_sessions.request_tokens import new_request_token
from payrix_sessions.sandbox import Sandbox
from tests.support.proxy import ask
from tests.support.server import Exchange, Request, Server, Step, answer, late, raw, reset
from tests.wire import outcome

THREADS = 8
TIMEOUT = 0.3  # seconds
PATIENCE = 60  # how often a thread asks before it complains

Fault = Callable[[bytes], Step]  # what becomes of a response


whole = partial(raw, hang_up=False)


def cut(response: bytes) -> bytes:
    return response[: random.randrange(len(response))]


def error() -> Step:
    return answer(b"<html>", random.choice((500, 502, 503, 504, 520, 524)), headers={"Retry-After": "0"})


FAULTS: list[Fault] = [
    lambda _: error(),
    lambda _: reset(),
    lambda _: raw(b""),
    lambda _: answer(b"<html>welcome</html>"),
    lambda _: raw(bytes(range(256))),
    lambda response: raw(cut(response)),
    lambda response: reset(cut(response)),
    lambda response: late(0.02, whole(response)),
    lambda response: late(TIMEOUT * 1.3, whole(response)),
    lambda response: whole(response * 2),
    lambda response: whole(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response),
    lambda response: whole(response.replace(b"\r\n", b"\r\nno colon\r\n", 1)),
]


class Chaos(Server):
    """The proxy, which counts how often it has forwarded each request token."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(self._choose)
        self.forwarded: Counter[str] = Counter()
        self._origin = sandbox.base_url.partition("://")[2]

    def _choose(self, _: Request) -> Step:
        sound = self._forwarding(whole)
        unsent = (reset(), error(), raw(b""))
        too_late, twice = late(TIMEOUT * 1.3, sound), self._forwarding(lambda _: sound)
        faults = [*unsent, *(self._forwarding(fault) for fault in FAULTS), too_late, twice]
        return random.choice([sound, random.choice(faults)])

    def _forwarding(self, then: Fault) -> Step:
        def play(exchange: Exchange) -> bool:
            request = exchange.request
            self.forwarded[request.headers.get("request-token", "")] += 1
            return then(ask(self._origin, request.target, request))(exchange)

        return play


def insist(proxy: Chaos, call: Callable[[str], ApiResponse[Any]], *, changes: bool = True) -> Any:
    """Make a call until it returns, and return the sessions that came."""
    token = new_request_token()
    for _ in range(PATIENCE):
        forwarded = proxy.forwarded[token]
        result = outcome(lambda: call(token).raise_for_errors())
        if isinstance(result, ApiResponse):
            return result.body.data
        assert isinstance(result, (APIException, ConnectionException)), repr(result)
        if changes:
            assert result.request_token == token
            sent = proxy.forwarded[token] > forwarded
            assert result.may_have_been_sent or not sent, "it was forwarded, although the exception says no"
    raise AssertionError(f"no result in {PATIENCE} calls")


def live(sandbox: Sandbox, proxy: Chaos, api: Any, login: str) -> None:
    """Make a session, look it up and delete it."""

    def alive() -> list[str]:
        return [each.id for each in sandbox.sessions if each.login == login]

    (session,) = insist(proxy, lambda token: api.post_sessions({"login": login}, token))
    assert [session.id] == alive(), f"the server made {alive()}, not {session.id}"
    assert session.login == login
    looked_up = insist(proxy, lambda _: api.get_sessions_id(session.id), changes=False)
    deleted = insist(proxy, lambda token: api.delete_sessions_id(session.id, token))
    assert [each.id for each in (*looked_up, *deleted)] == [session.id] * 2
    assert alive() == [], "the server kept the session"


def run(seconds: float) -> None:
    over = threading.Event()
    with Sandbox(seed=None) as sandbox, Chaos(sandbox) as proxy, ThreadPoolExecutor(THREADS) as pool:
        with sandbox.client(base_url=proxy.url, timeout=TIMEOUT, backoff_factor=0.01, pool_size=THREADS) as client:

            def work(thread: int) -> int:
                made = 0
                while not over.is_set():
                    live(sandbox, proxy, client.sessions, f"t1_log_{thread}x{made}")
                    made += 1
                return made

            threads = [pool.submit(work, number) for number in range(THREADS)]
            wait(threads, seconds, FIRST_EXCEPTION)
            over.set()
            made = sum(thread.result(PATIENCE * TIMEOUT * 4) for thread in threads)
        assert sandbox.sessions == [], "the server kept sessions"
    print(f"{made} sessions made and deleted, each exactly once")  # noqa: T201  (a command)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    run(parser.parse_args().seconds)
