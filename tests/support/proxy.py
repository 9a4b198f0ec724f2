"""A forwarding proxy on a loopback socket: plain http by absolute address, https through CONNECT."""

import socket
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection

from tests.support.server import Exchange, Request, Server, answer, raw

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
        if request.method == "CONNECT":
            return _tunnel(exchange)
        _, _, origin, path = request.target.split("/", 3)
        return raw(ask(origin, f"/{path}", request), hang_up=False)(exchange)


def ask(origin: str, path: str, request: Request) -> bytes:
    """Send a request on to its server, and return the whole response."""
    headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    with closing(HTTPConnection(origin, timeout=10)) as upstream:
        upstream.request(request.method, path, request.body or None, headers)
        came = upstream.getresponse()
        body = came.read()
    head = f"HTTP/1.1 {came.status} {came.reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _tunnel(exchange: Exchange) -> bool:
    """Copy bytes both ways until one side hangs up."""
    host, _, port = exchange.request.target.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as upstream:
        exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        pump_both_ways(exchange.socket, upstream)
    return False


def pump_both_ways(one: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(other, one), daemon=True)
    back.start()
    _pump(one, other)
    back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
