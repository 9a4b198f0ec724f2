"""The loopback server: another process, one thread a connection, canned bytes in one send."""

import re
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from socket import IPPROTO_TCP, TCP_NODELAY, create_server, socket
from urllib.parse import unquote

from tests.benchmarks import canned

_endless = re.compile(rb"GET /endless/.*page%5Bnumber%5D=(\d+)").match
_length = re.compile(rb"content-length: *(\d+)", re.IGNORECASE).search


@contextmanager
def running_server() -> Generator[str]:
    """Run the server in a process of its own for the length of the block; gives its base URL."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def serve() -> None:
    """Serve on a free port of 127.0.0.1, printed first, until the process is ended."""
    responses = canned.routes()
    with create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            threading.Thread(target=_converse, args=(connection, responses), daemon=True).start()


def _converse(connection: socket, responses: dict[str, bytes]) -> None:
    """Respond to request after request; a request that has no canned response ends the connection."""
    decoded: dict[bytes, str] = {}
    with connection:
        received = b""
        for data in iter(partial(connection.recv, 65536), b""):
            received += data
            head, end, body = received.partition(b"\r\n\r\n")
            length = _length(head)
            if not end or (length and len(body) < int(length[1])):
                continue
            line = head[: head.index(b" HTTP/1.1")]
            if line not in decoded:
                decoded[line] = unquote(line.decode("ascii"))
            if endless := _endless(line):
                connection.sendall(canned.page_number(endless[1]))
                received = b""
                continue
            if decoded[line] not in responses:
                return
            connection.sendall(responses[decoded[line]])
            received = b""


if __name__ == "__main__":
    serve()
