"""HTTP on a socket: connections, threads, and answers that go wrong on purpose."""

import contextlib
import re
import selectors
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

from .answers import Answer, Refusal, invalid_request
from .faults import NO_FAULT, Fault
from .request import Request

Respond = Callable[[Request], tuple[Answer, Fault]]

_LARGEST_BODY = 1024 * 1024
_LINGER_SECONDS = 0.5
_LINGER_READS = 64

_FOLD = re.compile(r"[\r\n]+[ \t]*")


class Server(socketserver.TCPServer):
    """Listens from construction on; answers between `start` and `stop`, with a thread for each connection."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, respond: Respond) -> None:
        self.address_family: int = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Connection)
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.respond = respond
        self.stopping: threading.Event = threading.Event()
        self._wake, self._waker = socket.socketpair()
        self._listening = threading.Thread(target=self._listen, name="payrix-sandbox", daemon=True)
        self._connections: dict[threading.Thread, socket.socket] = {}

    def start(self) -> None:
        """Answer requests from now on."""
        self._listening.start()

    def stop(self) -> None:
        """End every connection and every thread, whatever they are doing."""
        self.stopping.set()
        self._waker.send(b"\0")
        self._listening.join()
        self.server_close()
        self._wake.close()
        self._waker.close()
        connections = self._connections.copy()
        for connection in connections.values():
            with contextlib.suppress(OSError):  # closed by its client or its thread meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join()

    def _listen(self) -> None:
        # serve_forever() would see a shutdown only at its next poll; a byte on a socket is seen at once.
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self.stopping.is_set():
                selector.select()
                with contextlib.suppress(OSError):  # gone again, or no connection but the wake-up
                    self._accept(*self.socket.accept())

    def _accept(self, connection: socket.socket, address: object) -> None:
        connection.setblocking(True)
        thread = threading.Thread(
            target=self._converse, args=(connection, address), name="payrix-sandbox-connection", daemon=True
        )
        self._connections[thread] = connection
        thread.start()

    def _converse(self, connection: socket.socket, address: object) -> None:
        try:
            with connection, contextlib.suppress(OSError):  # the client is gone: nobody is left to answer
                _Connection(connection, address, self)
        finally:
            del self._connections[threading.current_thread()]


class _Connection(BaseHTTPRequestHandler):
    """The requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _reset = False

    def __init__(self, connection: socket.socket, address: object, owner: Server) -> None:
        self._owner = owner
        super().__init__(connection, address, owner)

    def handle_one_request(self) -> None:
        """Read a request and answer it; the base class would look for a method named after the verb."""
        self.command = ""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > 65536:
            self.send_error(414, "The request line is too long")
            return
        if not self.parse_request():
            return
        try:
            body = self._read_body()
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if body is None:
            self.close_connection = True
            return
        request = Request(
            method=self.command,
            target=self.requestline.split()[1],  # self.path has lost its leading slashes but one
            headers=Headers((name, _FOLD.sub(" ", value)) for name, value in self.headers.items()),
            body=body,
            address=str(self.client_address[0]),
        )
        self._send(*self._owner.respond(request))

    def send_error(
        self,
        code: int,
        message: str | None = None,
        explain: str | None = None,  # noqa: ARG002 - the base class passes it
    ) -> None:
        """Answer what is no HTTP in the API's own way; called by the base class too."""
        self._refuse(invalid_request(message or HTTP_STATUS_CODES[code], int(code)))

    def finish(self) -> None:
        """Close so that the last answer arrives even if the client has sent more than was read."""
        super().finish()
        if self._reset:
            return
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_LINGER_SECONDS)
        for _ in range(_LINGER_READS):
            if not self.connection.recv(65536):
                break

    def _refuse(self, refusal: Refusal) -> None:
        self.close_connection = True
        self._send(refusal.answer(strict=False), NO_FAULT)

    def _read_body(self) -> bytes | None:
        """Return the body, None if it ends too early; raise a Refusal if it is too long or ill-formed."""
        coding = self.headers.get("Transfer-Encoding")
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        if coding is not None:
            if coding.strip().lower() != "chunked":
                raise invalid_request("Unknown Transfer-Encoding", 501)
            return self._read_chunks()
        length = lengths.pop()
        if lengths or not re.fullmatch(r"[0-9]{1,18}", length):
            raise invalid_request("Invalid Content-Length header")
        return self._read_exactly(int(length), already=0)

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            size = re.fullmatch(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r?\n", self.rfile.readline(1024))
            if size is None:
                raise invalid_request("Invalid chunk of a body")
            chunk = self._read_exactly(int(size[1], 16), already=len(body))
            if chunk is None:
                return None
            body += chunk
            if not chunk:
                while self.rfile.readline(65537) not in (b"\r\n", b"\n", b""):
                    pass  # trailers
                return bytes(body)
            if self.rfile.readline(3) not in (b"\r\n", b"\n"):
                raise invalid_request("Invalid chunk of a body")

    def _read_exactly(self, length: int, *, already: int) -> bytes | None:
        if already + length > _LARGEST_BODY:
            raise invalid_request("The request body is too large", 413)
        data = self.rfile.read(length)
        return data if len(data) == length else None

    def _send(self, answer: Answer, fault: Fault) -> None:
        self._owner.stopping.wait(fault.delay)
        if fault.reset == "before_headers":
            self._reset_connection()
            return
        bodiless = self.command == "HEAD" or answer.status in (204, 304) or fault.reset
        self._write(self._head(answer), b"" if bodiless else answer.body, fault)
        if fault.reset == "after_headers":
            self._reset_connection()
        elif fault.close or fault.cut_after is not None:
            self.close_connection = True

    def _head(self, answer: Answer) -> bytes:
        headers = Headers(list(answer.headers.items()))
        if answer.status not in (204, 304):
            headers.setdefault("Content-Length", str(len(answer.body)))
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {HTTP_STATUS_CODES.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _write(self, head: bytes, body: bytes, fault: Fault) -> None:
        body = body[: fault.cut_after]
        if not fault.trickle:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        for position in range(len(body)):
            self._owner.stopping.wait(fault.trickle)
            self.wfile.write(body[position : position + 1])

    def _reset_connection(self) -> None:
        # Closing a socket that lingers for zero seconds resets the connection.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = self._reset = True
