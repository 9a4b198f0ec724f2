"""A SOCKS proxy carries calls too, within the same bounds."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pytest

from payrix_sessions import ConnectionException, ProxySettings, TimeoutException
from tests.support.clock import measured
from tests.support.payrix import found, login_of
from tests.support.proxy import pump
from tests.support.server import OK_HEAD, Server, Step, chunked, raw, trickle
from tests.transport.conftest import Connect
from tests.wire import CREATE, GET_ONE


def agree(client: socket.socket, refuse: bool) -> tuple[str, int]:
    """Speak as much SOCKS 4 or 5 as one connection to an IPv4 address needs."""
    if client.recv(1) == b"\x04":
        asked = client.recv(8)
        client.sendall(b"\x00\x5b" + bytes(6) if refuse else b"\x00\x5a" + bytes(6))
        return socket.inet_ntoa(asked[3:7]), int.from_bytes(asked[1:3], "big")
    client.recv(client.recv(1)[0])
    client.sendall(b"\x05\x00")
    asked = client.recv(10)
    client.sendall((b"\x05\x05\x00\x01" if refuse else b"\x05\x00\x00\x01") + asked[4:])
    return socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:], "big")


@contextmanager
def socks_proxy(scheme: str, *, refuse: bool = False) -> Generator[ProxySettings, None, None]:
    """Carry one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.settimeout(5)
                    address = agree(client, refuse)
                    if refuse:
                        return
                    with socket.create_connection(address) as to:
                        back = threading.Thread(target=pump, args=(to, client))
                        back.start()
                        pump(client, to)
                        back.join(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield ProxySettings(f"{scheme}://127.0.0.1", listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def through_socks(connect: Connect, step: Step, *, scheme: str = "socks5", timeout: float = 5) -> str:
    with Server([step]) as server, socks_proxy(scheme) as settings:
        with connect(server, proxy_settings=settings, timeout=timeout) as client:
            return login_of(GET_ONE(client.sessions))


def test_a_call_goes_through_a_socks_proxy(connect: Connect) -> None:
    for scheme in ("socks4", "socks5", "socks5h"):
        assert through_socks(connect, found("far"), scheme=scheme) == "far"


def test_a_trickling_body_ends_at_the_timeout_through_a_socks_proxy_too(connect: Connect) -> None:
    slow = trickle(OK_HEAD + b"Content-Length: 500\r\n\r\n", b" " * 500)
    with measured(1.5), pytest.raises(TimeoutException):
        through_socks(connect, slow, timeout=0.3)


def test_a_damaged_response_is_no_success_through_a_socks_proxy_either(connect: Connect) -> None:
    rows: list[Step] = [
        raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}"),
        raw(chunked(end=False) + b"-1\r\n{}", hang_up=False),
    ]
    for fault in rows:
        with measured(2.0), pytest.raises(ConnectionException):
            through_socks(connect, fault)


def test_a_socks_proxy_that_refuses_leaves_no_doubt(connect: Connect) -> None:
    for scheme in ("socks4", "socks5"):
        with Server([]) as server, socks_proxy(scheme, refuse=True) as settings:
            with pytest.raises(ConnectionException) as caught:
                CREATE(connect(server, proxy_settings=settings, timeout=5).sessions)
        assert not caught.value.may_have_been_sent
