"""A keep-alive server in a process of its own, whose answer is the id and the headers that it was asked with.

It is fast enough for thousands of calls; the id `silence` is never answered, an id `late-...` a millisecond late.
"""

# ruff: noqa: T201  (a command that prints)

import itertools
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType

from tests.support.server import read_request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"  # in one packet
BODY = '{"response":{"data":[{"id":"%s","login":"%s","modifier":"%s"}],"errors":[]}}'


class EchoServer:
    """The server as a child process.

    Attributes:
        url: Its address.
        connections, requests: How many it accepted and answered; known once it was stopped.
    """

    url: str
    connections: int
    requests: int

    def __enter__(self) -> "EchoServer":
        command = [sys.executable, "-m", "tests.support.echo"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        report, _ = self._process.communicate("")
        self.connections, self.requests = json.loads(report)


def _serve(connection: socket.socket, requests: Iterator[int]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError), connection, connection.makefile("rb") as reader:
        while (request := read_request(reader.readline, reader.read)) is not None:
            name = request.target.rpartition("/")[2]
            if name == "silence":
                continue
            if name.startswith("late-"):
                time.sleep(0.001)
            body = (BODY % (name, request.headers.get("token"), request.headers.get("request-token"))).encode()
            connection.sendall(ANSWER % (len(body), body))
            next(requests)


def _accept(listener: socket.socket, connections: Iterator[int], requests: Iterator[int]) -> None:
    while True:
        connection, _ = listener.accept()
        next(connections)
        threading.Thread(target=_serve, args=(connection, requests), daemon=True).start()


def main() -> None:
    connections, requests = itertools.count(), itertools.count()  # their next is atomic
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_accept, args=(listener, connections, requests), daemon=True).start()
    sys.stdin.read()
    print(json.dumps([next(connections), next(requests)]))


if __name__ == "__main__":
    main()
