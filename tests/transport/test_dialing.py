"""Ways to the host: its addresses, tried a head start apart within one timeout, or a SOCKS proxy."""

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from payrix_sessions import ConnectionException, ProxySettings, TimeoutException
from tests.support.clock import measured
from tests.support.payrix import found, login_of
from tests.support.proxy import pump_both_ways
from tests.support.server import OK_HEAD, Server, Step, chunked, raw, repeat
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_ONE

Resolve = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolve]:
    """`resolve(*ports)` gives each host addresses of these ports; the port 0 never answers: its backlog is full."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        threading.Event().wait(0.02)

        def set_up(*ports: int) -> None:
            addresses = [("127.0.0.1", port or listener.getsockname()[1]) for port in ports]
            resolved: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in addresses]

            def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
                return list(resolved)

            monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

        yield set_up


def test_an_address_that_never_answers_costs_a_quarter_of_a_second(resolve: Resolve, connect: Connect) -> None:
    with Server([found()]) as server:
        client = connect(server, timeout=20)
        resolve(0, server.port)
        with measured(8.0, at_least=0.2):
            assert GET_ONE(client.sessions).is_success()


def test_the_timeout_is_for_all_addresses_and_nothing_was_sent(resolve: Resolve, connect: Connect) -> None:
    rows: list[dict[str, Any]] = [{"timeout": (0.4, 30)}, {"total_timeout": 0.1}]
    for options in rows:
        with Server([]) as server:
            client = connect(server, **options)
            resolve(0, 0)
            with measured(3.0, at_least=0.08), pytest.raises(TimeoutException, match="timeout") as caught:
                CREATE(client.sessions)
        assert caught.value.may_have_been_sent is False


def carry(listener: socket.socket, refuse: bool) -> None:
    """Carry one connection to an IPv4 address, with as much of SOCKS 5 as that needs."""
    with suppress(OSError), listener.accept()[0] as client:
        client.settimeout(5)
        client.recv(client.recv(2)[1])
        client.sendall(b"\x05\x00")
        asked = client.recv(10)
        client.sendall((b"\x05\x05\x00\x01" if refuse else b"\x05\x00\x00\x01") + asked[4:])
        if not refuse:
            with socket.create_connection((socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:], "big"))) as server:
                pump_both_ways(client, server)


@contextmanager
def socks_proxy(*, refuse: bool = False) -> Generator[ProxySettings, None, None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=carry, args=(listener, refuse), daemon=True)
        thread.start()
        yield ProxySettings("socks5://127.0.0.1", listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def through_socks(connect: Connect, step: Step, *, timeout: float = 5) -> str:
    with Server([step]) as server, socks_proxy() as settings:
        with connect(server, proxy_settings=settings, timeout=timeout) as client:
            return login_of(GET_ONE(client.sessions))


def test_a_call_goes_through_a_socks_proxy(connect: Connect) -> None:
    assert through_socks(connect, found("far")) == "far"


def test_a_trickling_body_ends_at_the_timeout_through_a_socks_proxy_too(connect: Connect) -> None:
    slow = repeat(b" ", before=OK_HEAD + b"Content-Length: 500\r\n\r\n", every=0.03)
    with measured(1.5), pytest.raises(TimeoutException):
        through_socks(connect, slow, timeout=0.15)


def test_a_damaged_response_is_no_success_through_a_socks_proxy_either(connect: Connect) -> None:
    short = raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}")
    for fault in (short, raw(chunked(end=False) + b"-1\r\n{}", hang_up=False)):
        with measured(2.0), pytest.raises(ConnectionException):
            through_socks(connect, fault)


def test_a_socks_proxy_that_refuses_leaves_no_doubt(connect: Connect) -> None:
    with Server([]) as server, socks_proxy(refuse=True) as settings, pytest.raises(ConnectionException) as caught:
        CREATE(connect(server, proxy_settings=settings, timeout=5).sessions)
    assert not caught.value.may_have_been_sent
