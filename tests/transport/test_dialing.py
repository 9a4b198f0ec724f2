"""Addresses of a host are tried a head start apart, within one timeout."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from payrix_sessions import TimeoutException
from tests.support.clock import measured
from tests.support.payrix import found
from tests.support.server import Server
from tests.transport.conftest import Connect
from tests.wire import GET_ONE

Address = tuple[int, int, int, str, Any]


def at(address: Any) -> Address:
    return socket.AF_INET, socket.SOCK_STREAM, 0, "", address


@pytest.fixture
def dead() -> Iterator[Address]:
    """An address that never answers: its backlog is full."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.02)
        yield at(listener.getsockname())


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: Address) -> None:
    def resolve(*_: Any, **__: Any) -> list[Address]:
        return list(addresses)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_an_address_that_never_answers_costs_a_quarter_of_a_second(
    dead: Address, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([found()]) as server:
        client = connect(server, timeout=20)
        resolve_to(monkeypatch, dead, at(("127.0.0.1", int(server.url.rpartition(":")[2]))))
        with measured(8.0, at_least=0.2):
            assert GET_ONE(client.sessions).is_success()


def test_the_timeout_is_for_all_addresses_and_nothing_was_sent(
    dead: Address, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([]) as server:
        client = connect(server, timeout=0.4)
        resolve_to(monkeypatch, dead, dead)
        with measured(3.0), pytest.raises(TimeoutException, match="no connection") as caught:
            GET_ONE(client.sessions)
    assert caught.value.may_have_been_sent is False
