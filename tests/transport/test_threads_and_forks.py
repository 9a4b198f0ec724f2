"""One client serves any number of threads, and parent and children after a fork."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from payrix_sessions import Client, ConnectionException, TimeoutException
from tests.support.clock import measured
from tests.support.echo import EchoServer
from tests.support.payrix import found
from tests.support.server import Server, Step, answer, late, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, make_client


def run_threads(count: int, work: Callable[[int], None]) -> None:
    """Run the work in that many threads at once and raise what one of them raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def body(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001  (raised again below)
            failures.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def ask(client: Client, thread: int, call: int) -> None:
    """Ask with an id and headers of our own and accept nobody else's answer."""
    name, token, request_token = f"id-{thread}-{call}", f"token-{thread}-{call}", f"request-{thread}-{call}"
    result = client.sessions.get_sessions_id(name, request_token, token=token)
    (session,) = result.body.data
    assert (session.id, session.login, session.modifier) == (name, token, request_token)
    assert result.attempts == 1


def test_sixteen_threads_get_eight_thousand_right_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with EchoServer() as server, make_client(base_url=server.url) as client:

        def work(thread: int) -> None:
            for call in range(500):
                ask(client, thread, call)

        run_threads(16, work)
    assert server.requests == 8000
    assert server.connections <= 16
    assert caplog.records == []


def test_more_threads_than_connections_wait_and_do_not_churn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with EchoServer() as server, make_client(base_url=server.url, pool_size=3) as client:

        def work(thread: int) -> None:
            for call in range(30):
                ask(client, thread, call)

        run_threads(16, work)
    assert (server.requests, server.connections <= 3) == (480, True)
    assert caplog.records == []


def test_threads_with_variants_of_a_client_share_its_connections() -> None:
    with EchoServer() as server, make_client(base_url=server.url, pool_size=4) as client:

        def work(thread: int) -> None:
            for call in range(20):
                ask(client.with_options(timeout=10.0 + thread), thread, call)

        run_threads(8, work)
    assert server.connections <= 4


def test_the_wait_for_a_free_connection_is_bounded_by_the_timeout(connect: Connect) -> None:
    with Server([silence]) as server:
        client = connect(server, pool_size=1, timeout=3.0)
        hurried = client.with_options(timeout=0.3)

        def hold_the_connection() -> None:
            with pytest.raises(ConnectionException):
                GET_ONE(client.sessions)

        holder = threading.Thread(target=hold_the_connection)
        holder.start()
        while not server.requests:
            time.sleep(0.01)
        with measured(0.8, at_least=0.25), pytest.raises(TimeoutException, match="pool_size"):
            GET_ONE(hurried.sessions)
        assert len(server.requests) == 1
    holder.join()


def test_the_wait_for_a_free_connection_is_part_of_the_timeout(connect: Connect) -> None:
    with Server([late(0.3, found()), late(5, found())]) as server:
        client = connect(server, pool_size=1, timeout=0.6)
        first = threading.Thread(target=lambda: GET_ONE(client.sessions))
        first.start()
        while not server.requests:
            time.sleep(0.01)
        with measured(0.9, at_least=0.5), pytest.raises(TimeoutException):
            GET_ONE(client.sessions)
        first.join()


def test_without_a_timeout_the_wait_for_a_free_connection_has_no_end(connect: Connect) -> None:
    with Server([late(0.2, found()), found()]) as server:
        client = connect(server, pool_size=1, timeout=None)
        first = threading.Thread(target=lambda: GET_ONE(client.sessions))
        first.start()
        while not server.requests:
            time.sleep(0.01)
        assert GET_ONE(client.sessions).is_success()
        first.join()


@pytest.mark.parametrize("failing", [answer(b"", 500), answer(b"<html>"), silence], ids=["500", "HTML", "silence"])
def test_a_call_that_fails_gives_its_connection_back(connect: Connect, failing: Step) -> None:
    with Server([failing] * 5 + [found()]) as server:
        client = connect(server, pool_size=1, timeout=0.1)
        for _ in range(5):
            with pytest.raises(Exception, match=r"\w"):
                GET_ONE(client.sessions)
        assert GET_ONE(client.sessions).is_success()


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@needs_fork
@pytest.mark.parametrize(("rounds", "busy"), [(2, False), (2, True)], ids=["idle parent", "busy parent"])
def test_parent_and_children_after_a_fork_get_their_own_answers(rounds: int, busy: bool) -> None:
    with EchoServer() as server:
        command = [sys.executable, "-W", "ignore", "-m", "tests.support.forking", server.url, str(rounds)]
        ran = subprocess.run([*command, *["--busy"] * busy], check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
