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
    def data(self) -> list[dict[str, Any]]:
        sessions: list[dict[str, Any]] = self.json["response"]["data"]
        return sessions

    @property
    def details(self) -> dict[str, Any]:
        details: dict[str, Any] = self.json["response"]["details"]
        return details

    @property
    def error_codes(self) -> list[str]:
        """The errorCode of each error, wherever the errors stand."""
        errors = self.json["errors"] if "errors" in self.json else self.json["response"]["errors"]
        return [error["errorCode"] for error in errors]


class Http:
    """One keep-alive connection to a sandbox."""

    def __init__(self, sandbox: Sandbox, timeout: float = 5) -> None:
        url = urlsplit(sandbox.base_url)
        self.port: int = int(url.port or 0)
        self._credentials = {"APIKEY": sandbox.api_key}
        self._connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=timeout)
        if sandbox.ca_file:
            context = ssl.create_default_context(cafile=sandbox.ca_file)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            self._connection = http.client.HTTPSConnection(
                str(url.hostname), url.port, timeout=timeout, context=context
            )

    def __enter__(self) -> "Http":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        credentials: dict[str, str] | None = None,
        **headers: str,
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

    def create(self, **fields: object) -> dict[str, Any]:
        """Create a session and return it as a later GET shows it."""
        created = self.send("POST", "/sessions", fields).data[0]
        return self.send("GET", f"/sessions/{created['id']}").data[0]

    def list(self, target: str = "/sessions", **headers: str) -> list[str]:
        """Return the ids of the listed sessions."""
        return [session["id"] for session in self.send("GET", target, None, credentials=None, **headers).data]


def converse(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send raw bytes, then end; return everything that comes back."""
    url = urlsplit(sandbox.base_url)
    received = b""
    with socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            received += part
    return received


def complaint(call: Callable[..., object], name: str, value: object) -> str:
    """Return the message of the ValueError that an argument causes, or nothing."""
    try:
        call(**{name: value})
    except ValueError as error:
        return str(error)
    return ""
