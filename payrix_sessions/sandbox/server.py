"""Sockets and threads: connections, TLS, and responses that go wrong on purpose. Knows nothing of the API."""

import contextlib
import os
import selectors
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import BinaryIO

from payrix_sessions.sandbox.faults import NO_FAULT, Fault
from payrix_sessions.sandbox.http1 import head_of, read_body, read_head
from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.responses import ApiError, Response

Respond = Callable[[Request], tuple[Response, Fault]]

# Longer than clients keep idle connections, so that they are the ones to close.
_IDLE_SECONDS = 75.0

# After the last response, what the client still sends is read this long, each time, so that it finds the response
# instead of a reset connection.
_LINGER_SECONDS = 0.5
_LINGER_READS = 64

# How long to wait for file descriptors or threads to become free where a connection finds none.
_EXHAUSTED_SECONDS = 0.1


class Server:
    """Listens from construction on; responds between `start` and `stop`, with a thread for each connection.

    Args:
        host: A name or an address; of a name's addresses one of IPv4 is preferred.
        port: A port; 0 takes a free one.
        respond: Called with each request, in the thread of its connection.
        tls: The server's certificate; None for plain HTTP.

    Raises:
        OSError: If it cannot listen there.
    """

    def __init__(self, host: str, port: int, respond: Respond, tls: ssl.SSLContext | None) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        # create_server() reuses addresses only where that does not let two sandboxes share a port: not on Windows.
        dual_stack = host == "::" and socket.has_dualstack_ipv6()
        self._socket = socket.create_server(address[:2], family=family, backlog=128, dualstack_ipv6=dual_stack)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.respond = respond
        self.stopping: threading.Event = threading.Event()
        self._tls = tls
        self._wake, self._waker = socket.socketpair()
        self._listening = threading.Thread(target=self._listen, name="payrix-sandbox", daemon=True)
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._owner = os.getpid()

    def start(self) -> None:
        """Respond to requests from now on."""
        self._listening.start()

    def stop(self) -> None:
        """End every connection and every thread, whatever they are doing.

        In a process forked from the one that started it, only close the copies of its sockets.
        """
        connections = self._connections.copy()
        if os.getpid() == self._owner:
            self._end(connections)
        for each in (self._socket, self._wake, self._waker, *connections.values()):
            each.close()

    def _end(self, connections: dict[threading.Thread, socket.socket]) -> None:
        self.stopping.set()
        self._waker.send(b"\0")
        self._listening.join()
        connections.update(self._connections)
        for each in (self._socket, *connections.values()):
            # Closed by its client or its thread meanwhile; a listening socket cannot be shut down everywhere.
            with contextlib.suppress(OSError):
                # The plain shutdown: that of ssl changes what the connection's thread is using. It also ends the
                # copies that forked processes have, which would go on accepting connections.
                socket.socket.shutdown(each, socket.SHUT_RDWR)
        for thread in connections.keys() - {threading.current_thread()}:  # which `log` may have stopped it from
            thread.join()

    def _listen(self) -> None:
        # A byte on a socket ends the wait at once; polling would see a stop only in the next round.
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self.stopping.is_set():
                selector.select()
                try:
                    self._accept()
                except BlockingIOError:  # gone again, or no connection but the wake-up
                    pass
                except (OSError, RuntimeError):  # no file descriptor or no thread is left
                    self.stopping.wait(_EXHAUSTED_SECONDS)

    def _accept(self) -> None:
        connection, address = self._socket.accept()
        with contextlib.ExitStack() as undoing:
            undoing.callback(connection.close)
            connection.settimeout(_IDLE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:  # the handshake itself is up to the connection's thread
                connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                undoing.callback(connection.close)
            thread = threading.Thread(
                target=self._serve, args=(connection, address[0]), name="payrix-sandbox-connection", daemon=True
            )
            self._connections[thread] = connection
            undoing.callback(self._connections.pop, thread)
            thread.start()
            undoing.pop_all()

    def _serve(self, connection: socket.socket, address: str) -> None:
        try:
            # An OSError is a client that is gone, idle for too long, or does not trust the certificate.
            with connection, contextlib.suppress(OSError):
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                _Connection(connection, address, self).serve()
        finally:
            del self._connections[threading.current_thread()]


class _Connection:
    """The requests of one connection, one after the other."""

    def __init__(self, connection: socket.socket, address: str, server: Server) -> None:
        self._socket = connection
        self._address = address
        self._server = server
        self._is_open = True
        self._is_reset = False

    def serve(self) -> None:
        """Respond to requests until the client, a response or a fault ends the connection."""
        with self._socket.makefile("rb") as stream:
            try:
                while self._is_open:
                    self._serve_request(stream)
            except ApiError as error:
                self._is_open = False
                self._send(error.response(strict=False), NO_FAULT, bodiless=False)
        if not self._is_reset:
            self._linger()

    def _serve_request(self, stream: BinaryIO) -> None:
        head = read_head(stream)
        body = None if head is None else read_body(stream, head, self._send_continue)
        if head is None or body is None:
            self._is_open = False
            return
        self._is_open = not head.closes
        response, fault = self._server.respond(Request(head.method, head.target, head.headers, body, self._address))
        self._send(response, fault, bodiless=head.method == "HEAD")

    def _send_continue(self) -> None:
        self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, response: Response, fault: Fault, *, bodiless: bool) -> None:
        self._server.stopping.wait(fault.delay)
        if fault.reset == "before_headers":
            self._reset()
            return
        head = head_of(response, closes=not self._is_open)
        if bodiless or response.status in (204, 304) or fault.reset:
            self._socket.sendall(head)
        else:
            self._send_with_body(head, response.body[: fault.truncate_after], fault)
        if fault.reset:
            self._reset()
        elif fault.close or fault.truncate_after is not None:
            self._is_open = False

    def _send_with_body(self, head: bytes, body: bytes, fault: Fault) -> None:
        if not fault.trickle:
            self._socket.sendall(head + body)
            return
        self._socket.sendall(head)
        for position in range(len(body)):
            self._server.stopping.wait(fault.trickle)
            self._socket.sendall(body[position : position + 1])

    def _reset(self) -> None:
        # Closing a socket that lingers for zero seconds resets the connection.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._is_open = False
        self._is_reset = True

    def _linger(self) -> None:
        self._socket.settimeout(_LINGER_SECONDS)
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.unwrap()  # announces the end, without which it might be an attacker's
            return
        self._socket.shutdown(socket.SHUT_WR)
        for _ in range(_LINGER_READS):
            if not self._socket.recv(65536):
                break
