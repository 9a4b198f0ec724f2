"""Ways to the host: its addresses, tried a head start apart within one timeout, or a SOCKS proxy."""

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest.mock import Mock

import pytest

from payrix_sessions import ConnectionException, PayrixException, ProxySettings, TimeoutException
from tests.support.clock import measured
from tests.support.payrix import connect, found, login_of, serve
from tests.support.proxy import pump_both_ways
from tests.support.server import Server, repeat, sized
from tests.wire import CREATE, GET_ONE, make_client

Resolve = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolve]:
    """`resolve(*ports)` gives each host addresses of these ports: 0 never answers, -1 is one that cannot be tried."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than its backlog
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        threading.Event().wait(0.02)

        def set_up(*ports: int) -> None:
            special = {0: listener.getsockname(), -1: ("255.255.255.255", 1)}
            addresses = [special.get(port, ("127.0.0.1", port)) for port in ports]
            resolved = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in addresses]
            monkeypatch.setattr(socket, "getaddrinfo", Mock(return_value=resolved))

        yield set_up


def test_an_address_that_never_answers_costs_a_quarter_of_a_second(resolve: Resolve) -> None:
    with serve(found(), timeout=20) as (server, client):
        resolve(0, server.port)
        with measured(8.0, at_least=0.2):
            assert GET_ONE(client.sessions).is_success()


def test_the_timeout_is_for_all_addresses_and_nothing_was_sent(resolve: Resolve) -> None:
    rows: list[dict[str, Any]] = [{"timeout": (0.4, 30)}, {"total_timeout": 0.1}]
    for options in rows:
        with serve(**options) as (_, client):
            resolve(0, 0)
            with measured(3.0, at_least=0.08), pytest.raises(TimeoutException, match="timeout") as caught:
                CREATE(client.sessions)
        assert caught.value.may_have_been_sent is False


def test_an_address_that_cannot_even_be_tried_does_not_hide_the_next(resolve: Resolve) -> None:
    with serve(found()) as (server, client):
        resolve(-1, server.port)
        assert GET_ONE(client.sessions).is_success()
        resolve(-1)
        with pytest.raises(ConnectionException, match=r"no connection to .*(unreachable|denied)"):
            GET_ONE(connect(server).sessions)


def test_a_host_without_an_address_is_told_even_if_it_can_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("a" * 64 + ".example", "a..example", ".example"):
        with pytest.raises(PayrixException), make_client(base_url=f"https://{host}") as client:
            GET_ONE(client.sessions)
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unknown))
    with make_client(base_url="https://payrix.invalid") as client:
        with pytest.raises(ConnectionException, match=r"host name of payrix\.invalid is unknown"):
            GET_ONE(client.sessions)


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


def test_a_socks_proxy_carries_a_call_that_still_ends_at_the_timeout_and_leaves_no_doubt_when_it_refuses() -> None:
    with Server([found("far"), repeat(b" ", before=sized(b"", length=500), every=0.03)]) as server:
        with socks_proxy() as settings, connect(server, proxy_settings=settings, timeout=5) as client:
            assert login_of(GET_ONE(client.sessions)) == "far"
        with socks_proxy() as settings, measured(1.5), pytest.raises(TimeoutException):
            GET_ONE(connect(server, proxy_settings=settings, timeout=0.15).sessions)
        with socks_proxy(refuse=True) as settings, pytest.raises(ConnectionException) as caught:
            CREATE(connect(server, proxy_settings=settings, timeout=5).sessions)
    assert not caught.value.may_have_been_sent
