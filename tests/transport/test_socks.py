"""A SOCKS proxy carries calls too, within the same bounds."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pytest

from payrix_sessions import ProxySettings, TimeoutException
from tests.support.clock import measured
from tests.support.payrix import found
from tests.support.server import OK_HEAD, Server, Step, trickle
from tests.transport.conftest import Connect
from tests.wire import GET_ONE


@contextmanager
def socks_proxy() -> Generator[ProxySettings, None, None]:
    """Speak as much SOCKS 5 as one connection to an IPv4 address needs, then copy bytes both ways."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.recv(client.recv(2)[1])
                    client.sendall(b"\x05\x00")
                    asked = client.recv(10)
                    host, port = socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:], "big")
                    with socket.create_connection((host, port)) as to:
                        client.sendall(b"\x05\x00\x00\x01" + asked[4:])
                        back = threading.Thread(target=copy, args=(to, client))
                        back.start()
                        copy(client, to)
                        back.join(5)

        thread = threading.Thread(target=serve)
        thread.start()
        yield ProxySettings("socks5://127.0.0.1", listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def through_socks(connect: Connect, step: Step, timeout: float) -> str | None:
    with Server([step]) as server, socks_proxy() as settings:
        with connect(server, proxy_settings=settings, timeout=timeout) as client:
            found_id: str | None = GET_ONE(client.sessions).body.data[0].id
            return found_id


def test_a_call_goes_through_a_socks_proxy(connect: Connect) -> None:
    assert through_socks(connect, found("p1_ssn_socks"), 5) == "p1_ssn_socks"


def test_a_trickling_body_ends_at_the_timeout_through_a_socks_proxy_too(connect: Connect) -> None:
    slow = trickle(OK_HEAD + b"Content-Length: 500\r\n\r\n", b" " * 500)
    with measured(1.5), pytest.raises(TimeoutException):
        through_socks(connect, slow, 0.3)
