"""A loopback server that plays a script, one step a request, and writes down what came in."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import parse_headers, responses
from io import BufferedReader
from typing import Any, TypeVar

Self = TypeVar("Self", bound="Server")
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; the names of its headers are in lower case, and connections count from 1."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a step works with: the request, the socket to answer on, and an event that ends the server's waits."""

    request: Request
    socket: socket.socket
    stopping: threading.Event

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def pause(self, seconds: float | None = None) -> None:
        """Wait, but not longer than the server runs; `time.sleep` may be patched."""
        self.stopping.wait(seconds)


Step = Callable[[Exchange], bool]  # answers one request; True keeps the connection open
Script = Sequence[Step] | Callable[[Request], Step]


def answer(
    body: Any = b"", status: int = 200, *, headers: Mapping[str, str] = {}, hang_up: bool = False, reason: str = ""
) -> Step:
    """Send a complete answer (JSON, or bytes as they are) and keep the connection, or drop it unannounced."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(content)), **headers}
    lines = [f"HTTP/1.1 {status} {reason or responses.get(status, 'Answer')}", *(f"{n}: {fields[n]}" for n in fields)]
    return raw("\r\n".join([*lines, "", ""]).encode("latin-1") + content, hang_up=hang_up)


def raw(data: bytes, *, hang_up: bool = True) -> Step:
    """Send these bytes, then hang up (or wait for the next request on the same connection)."""

    def play(exchange: Exchange) -> bool:
        exchange.send(data)
        return not hang_up

    return play


def repeat(data: bytes, *, before: bytes = b"", every: float = 0.0) -> Step:
    """Send the first part, and then the second for ever, with a pause before each."""

    def play(exchange: Exchange) -> bool:
        exchange.send(before)
        while True:
            exchange.pause(every)
            exchange.send(data)

    return play


def chunked(*chunks: bytes, end: bool = True, headers: bytes = b"") -> bytes:
    """Return a complete chunked answer; without its end when told so."""
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    head = OK_HEAD + headers + b"Transfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(parts) + (b"0\r\n\r\n" if end else b"")


def sized(body: bytes, headers: bytes = b"", *, length: int | None = None) -> bytes:
    """Return a complete answer; with a wrong length when told so."""
    return OK_HEAD + headers + b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body


def reset(data: bytes = b"") -> Step:
    """Send these bytes, then reset the connection."""

    def play(exchange: Exchange) -> bool:
        exchange.send(data)
        if data:
            exchange.pause(0.05)  # a reset overtakes what the other side has not read yet
        exchange.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return play


def silence(exchange: Exchange) -> bool:
    """Never answer, until the client gives up."""
    return bool(exchange.socket.recv(1))


def late(seconds: float, step: Step) -> Step:
    """Play the step after a pause."""

    def play(exchange: Exchange) -> bool:
        exchange.pause(seconds)
        return step(exchange)

    return play


def in_turn(*steps: Step) -> Step:
    """Play one step after the other."""
    return lambda exchange: all(step(exchange) for step in steps)


def _read_request(reader: BufferedReader, connection: int) -> Request | None:
    """Read one request; None when the other side has hung up."""
    start = reader.readline().decode("latin-1").split()
    if len(start) != 3:
        return None
    headers = {name.lower(): value for name, value in parse_headers(reader).items()}
    return Request(start[0], start[1], headers, reader.read(int(headers.get("content-length", 0))), connection)


class Server:
    """A server on 127.0.0.1 that plays one step after the other, whoever asks; beyond the last, it says 599.

    Instead of the steps, a function may choose the step for a request.
    """

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._script = script
        self._tls = tls
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def are_all_closed(self) -> bool:
        """Tell whether no connection is open, or none any more within a second."""
        return any(not self._open or self._stopping.wait(0.01) for _ in range(100))

    def wait_for_requests(self, number: int = 1) -> None:
        """Wait until so many requests have come in."""
        while len(self.requests) < number:
            self._stopping.wait(0.005)

    def __enter__(self: Self) -> Self:
        self._acceptor.start()
        return self

    def refuse_connections(self) -> None:
        """Accept no connection any more; those that are open stay."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(5)
        self._listener.close()

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.refuse_connections()
        for connection in list(self._open.values()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):  # of a listener that was shut down
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open[self.connections] = connection
                thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._open[number] = self._tls.wrap_socket(connection, server_side=True)
            with connection.makefile("rb") as reader:
                while request := _read_request(reader, number):
                    if not self._step(request)(Exchange(request, connection, self._stopping)):
                        break
        except (OSError, ValueError):
            pass  # the client went away, or refused the certificate
        finally:
            connection.close()
            del self._open[number]

    def _step(self, request: Request) -> Step:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        if callable(self._script):
            return self._script(request)
        return self._script[number - 1] if number <= len(self._script) else answer(status=599, hang_up=True)
