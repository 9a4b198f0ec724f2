"""Talks plain HTTP to a sandbox, as a client in any other language would."""

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from payrix_sessions.sandbox import Sandbox


@dataclass(frozen=True)
class Reply:
    """A whole response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["response"]["data"]

    @property
    def details(self) -> Any:
        return self.json["response"]["details"]

    @property
    def message(self) -> str:
        """The text of the first error of a request that cannot be read."""
        return str(self.json["errors"][0]["msg"])

    @property
    def outcome(self) -> str:
        """The status and the errorCode of each error, wherever the errors stand: "400 invalid_auth"."""
        found: Any = self.json if self.body else {}
        errors = found["errors"] if "errors" in found else found.get("response", {}).get("errors", [])
        return " ".join([str(self.status), *(error["errorCode"] for error in errors)])


class Http:
    """One keep-alive connection to a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.host = urlsplit(sandbox.base_url).netloc
        self._credentials = {"APIKEY": sandbox.api_key}
        self._connection = http.client.HTTPConnection(self.host, timeout=5)
        if sandbox.ca_file:
            context = ssl.create_default_context(cafile=sandbox.ca_file)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            self._connection = http.client.HTTPSConnection(self.host, timeout=5, context=context)

    def __enter__(self) -> "Http":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(
        self, method: str, target: str, body: object = None, credentials: dict[str, str] | None = None, **headers: str
    ) -> Reply:
        """Send a request; header names are written with underscores, `body` is sent as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= self._credentials if credentials is None else credentials
        content: bytes | None = None
        if body is not None:
            named.setdefault("content-type", "application/json")
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request(method, target, content, named)
        response = self._connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())

    def get(self, target: str = "/sessions", **options: Any) -> Reply:
        return self.send("GET", target, None, **options)

    def delete(self, id: str, **options: Any) -> Reply:
        return self.send("DELETE", f"/sessions/{id}", None, **options)

    def post(self, body: object = b"{}", **options: Any) -> Reply:
        return self.send("POST", "/sessions", body, **options)

    def create(self, **fields: object) -> dict[str, Any]:
        """Create a session and return it as a later GET shows it."""
        session: dict[str, Any] = self.get(f"/sessions/{self.post(fields).data[0]['id']}").data[0]
        return session

    def list(self, target: str = "/sessions", **headers: str) -> list[str]:
        """Return the ids of the listed sessions."""
        return [session["id"] for session in self.get(target, **headers).data]


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.base_url.rpartition(":")[2])


def connect(sandbox: Sandbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=5)


def converse(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send raw bytes, then end; return everything that comes back."""
    with connect(sandbox) as connection, connection.makefile("rb") as stream:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return stream.read()


def complaint(call: Callable[..., object], name: str, value: object) -> str:
    """Return the message of the ValueError that an argument causes, or nothing."""
    try:
        call(**{name: value})
    except ValueError as error:
        return str(error)
    return ""
