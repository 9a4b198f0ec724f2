"""Forks a process that uses a client, run as ``python -m tests.support.forking URL ROUNDS [--busy]``.

Parent and four children then call at once, 60 times each; whoever gets an answer that is not its own says
so and ends with an error. With --busy, other threads of the parent are in the middle of calls while it forks.
"""

import os
import sys
import threading
import time
from contextlib import ExitStack

from payrix_sessions import Client, TimeoutException
from tests.wire import make_client

CHILDREN = 4
CALLS = 60


def call(client: Client, name: str) -> None:
    result = client.sessions.get_sessions_id(name, token=f"token-of-{name}")
    (session,) = result.body.data
    if (session.id, session.login) != (name, f"token-of-{name}"):
        raise AssertionError(f"{name} was given the answer of {session.id}")


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
            client.with_options(timeout=0.3).sessions.get_sessions_id("silence")
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
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert statuses == [0] * CHILDREN, f"the children ended with {statuses}"


def keep_busy(client: Client, who: str, over: threading.Event, failures: list[Exception]) -> None:
    number = 0
    while not over.is_set():
        number += 1
        try:
            call(client, f"{who}-{number}")
        except Exception as error:  # noqa: BLE001  (told to the main thread)
            failures.append(error)
            return


def main(url: str, rounds: int, busy: bool) -> None:
    over = threading.Event()
    failures: list[Exception] = []
    client = make_client(base_url=url, timeout=10)
    with client, ExitStack() as stack:
        call(client, "before")
        if busy:
            for number in range(3):
                thread = threading.Thread(target=keep_busy, args=(client, f"busy-{number}", over, failures))
                thread.start()
                stack.callback(thread.join)
            stack.callback(over.set)
        for number in range(rounds):
            one_round(client, number)
    assert not failures, failures


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "--busy" in sys.argv)
