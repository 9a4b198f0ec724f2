"""Forks a process that uses a client, run as ``python -m tests.support.forking URL``.

Parent and four children then call at once, 60 times each; whoever gets an answer that is not its own says
so and ends with an error. The second time, other threads of the parent are in the middle of calls while it forks.
"""

import itertools
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from payrix_sessions import Client, TimeoutException
from tests.wire import make_client

CHILDREN = 4
CALLS = 60


def call(client: Client, name: str) -> None:
    (session,) = client.sessions.get_sessions_id(name, token=f"token-of-{name}").body.data
    assert (session.id, session.login) == (name, f"token-of-{name}")


def call_often(client: Client, who: str) -> None:
    for number in range(CALLS):
        call(client, f"{who}-{number}")


def in_child(client: Client, who: str) -> None:
    """The work of a child, which must not run the parent's clean-up."""
    status = 1
    try:
        call_often(client, who)
        started = time.monotonic()
        try:
            client.with_options(timeout=0.2).sessions.get_sessions_id("silence")
        except TimeoutException:
            status = 0 if time.monotonic() - started < 2 else 2
    finally:
        os._exit(status)


def one_round(client: Client, number: int) -> None:
    children: list[int] = []
    for child in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            in_child(client, f"child-{number}-{child}")
        children.append(pid)
    call_often(client, f"parent-{number}")
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * CHILDREN


def keep_busy(client: Client, who: str, over: threading.Event) -> None:
    for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
        call(client, f"{who}-{number}")


def main(url: str) -> None:
    over = threading.Event()
    with make_client(base_url=url, timeout=10) as client, ThreadPoolExecutor() as pool, ExitStack() as stack:
        call(client, "before")
        one_round(client, 1)
        for number in range(3):
            stack.callback(pool.submit(keep_busy, client, f"busy-{number}", over).result)
        stack.callback(over.set)
        one_round(client, 2)


if __name__ == "__main__":
    main(sys.argv[1])
