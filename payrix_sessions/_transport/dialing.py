"""Opening a socket to a host: its addresses are tried a head start apart, within one timeout for all of them.

It knows nothing of TLS, proxies or HTTP.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from typing import Any

import urllib3.util.connection
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection

from payrix_sessions._transport.patches import own_function

_HEAD_START = 0.25  # seconds of one address before the next, as RFC 8305 recommends

_own_create_connection = own_function(urllib3.util.connection, "create_connection")
_own_new_connections = [own_function(kind, "_new_conn") for kind in (HTTPConnection, HTTPSConnection)]


def is_patched() -> bool:
    """Tell whether somebody mocks or blocks the network, or resolves host names or connects in a way of their own."""
    are_own = _own_create_connection() and all(own() for own in _own_new_connections)
    return not are_own or socket.socket.__module__ != "socket"


def connect(connection: HTTPConnection) -> socket.socket:
    """Open a socket to the host; the timeout is for all its addresses together."""
    timeout = connection.timeout
    try:
        return _race(_addresses(connection), connection.socket_options or (), timeout)
    except TimeoutError as error:
        raise exceptions.ConnectTimeoutError(connection, f"no connection within {timeout} s") from error
    except OSError as error:
        raise exceptions.NewConnectionError(connection, str(error)) from error


def _addresses(connection: HTTPConnection) -> list[Any]:
    host = connection._dns_host
    try:
        return socket.getaddrinfo(
            host, connection.port, urllib3.util.connection.allowed_gai_family(), socket.SOCK_STREAM
        )
    except socket.gaierror as error:
        raise exceptions.NameResolutionError(host, connection, error) from error
    except UnicodeError as error:
        raise exceptions.LocationParseError("the host name cannot be resolved") from error


def _race(addresses: list[Any], options: Any, timeout: float | None) -> socket.socket:
    """Return a socket to the first address that answers; each address gets a head start ahead of the next."""
    deadline = None if timeout is None else time.monotonic() + timeout
    failure: OSError = OSError("the host name has no address")
    trying: list[socket.socket] = []
    try:
        while addresses or trying:
            if addresses:
                family, kind, protocol, _, address = addresses.pop(0)
                try:
                    trying.append(_begin(socket.socket(family, kind, protocol), options, address))
                except OSError as error:
                    failure = error
                    continue
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("timed out")
            wait = min(left or _HEAD_START, _HEAD_START) if addresses else left
            for sock in _settled(trying, wait):
                trying.remove(sock)
                number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number == 0:
                    sock.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
                    return sock
                sock.close()
                failure = OSError(number, os.strerror(number))
        raise failure
    finally:
        for sock in trying:
            sock.close()


def _begin(sock: socket.socket, options: Any, address: Any) -> socket.socket:
    """Begin to connect, without waiting."""
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.setblocking(False)
        # Not connect_ex: what blocks the network in tests patches connect.
        sock.connect(address)
    except BlockingIOError:
        pass
    except BaseException:
        sock.close()
        raise
    return sock


def _settled(sockets: list[socket.socket], wait: float | None) -> list[socket.socket]:
    """Return those that are connected, or have failed to."""
    with selectors.DefaultSelector() as selector:
        for sock in sockets:
            selector.register(sock, selectors.EVENT_WRITE, sock)
        return [key.data for key, _ in selector.select(wait)]
