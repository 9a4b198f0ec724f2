"""A forwarding proxy on a loopback socket: plain http by absolute address, https through CONNECT."""

import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.support.server import Exchange, Server, answer

HOP_BY_HOP = {"proxy-authorization", "proxy-connection", "connection", "content-length"}


class Proxy(Server):
    """A proxy that forwards everything, or only what carries the wanted `Proxy-Authorization`."""

    def __init__(self, *, authorization: str | None = None) -> None:
        super().__init__(lambda request: self._forward)
        self._authorization = authorization

    def _forward(self, exchange: Exchange) -> bool:
        request = exchange.request
        if self._authorization and request.headers.get("proxy-authorization") != self._authorization:
            return answer(b"no", 407, hang_up=True)(exchange)
        return _tunnel(exchange) if request.method == "CONNECT" else _relay(exchange)


def _relay(exchange: Exchange) -> bool:
    """Ask the origin server ourselves and hand on what it says."""
    request = exchange.request
    target = urlsplit(request.target)
    origin = HTTPConnection(target.hostname or "", target.port, timeout=10)
    path = target.path + (f"?{target.query}" if target.query else "")
    headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    try:
        origin.request(request.method, path, request.body or None, headers)
        came = origin.getresponse()
        return answer(came.read(), came.status)(exchange)
    finally:
        origin.close()


def _tunnel(exchange: Exchange) -> bool:
    """Copy bytes both ways until one side hangs up."""
    host, _, port = exchange.request.target.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as upstream:
        exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=pump, args=(upstream, exchange.socket), daemon=True)
        back.start()
        pump(exchange.socket, upstream)
        back.join(5)
    return False


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
