"""Forks a process that uses a client, run as ``python -m tests.support.forking URL``.

Parent and four children then call at once, 60 times each; whoever gets an answer that is not its own says
so and ends with an error. The second time, other threads of the parent are in the middle of calls while it forks.
"""

import itertools
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from payrix_sessions import Client
from tests.wire import make_client

CHILDREN = 4
CALLS = 60


def call_often(client: Client, who: str, over: threading.Event | None = None) -> None:
    """Make so many calls, or make them until all is over."""
    for number in itertools.count():
        if over.is_set() if over else number == CALLS:
            return
        name = f"{who}-{number}"
        session = client.sessions.get_sessions_id(name, token=f"token-of-{name}").one()
        assert (session.id, session.login) == (name, f"token-of-{name}")


def one_round(client: Client, number: int) -> None:
    children: list[int] = []
    for child in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                call_often(client, f"child-{number}-{child}")
                status = 0
            finally:
                os._exit(status)  # without the parent's clean-up
        children.append(pid)
    call_often(client, f"parent-{number}")
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * CHILDREN


def main(url: str) -> None:
    over = threading.Event()
    with make_client(base_url=url, timeout=10) as client, ThreadPoolExecutor() as pool, ExitStack() as stack:
        client.sessions.get_sessions()
        one_round(client, 1)
        for number in range(3):
            stack.callback(pool.submit(call_often, client, f"busy-{number}", over).result)
        stack.callback(over.set)
        one_round(client, 2)


if __name__ == "__main__":
    main(sys.argv[1])
