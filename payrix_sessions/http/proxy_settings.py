"""A proxy between the client and the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from payrix_sessions.masking import Secret


@dataclass(frozen=True, slots=True, eq=False)
class ProxySettings:
    """A proxy that every request goes through; it replaces what the environment says.

    Attributes:
        address: Host name or address, with or without ``http://`` or ``https://`` in front.
        port: The port, when it is not the scheme's own.
        username: The user at the proxy.
        password: Their password; it is never shown.
    """

    address: str
    port: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def to_proxies(self) -> dict[str, str]:
        """Return the mapping of schemes to proxy URLs that requests takes."""
        scheme, _, host = self.address.rpartition("://")
        user = (
            "" if self.username is None else f"{quote(self.username, safe='')}:{quote(self.password or '', safe='')}@"
        )
        port = "" if self.port is None else f":{self.port}"
        url = Secret(f"{scheme or 'http'}://{user}{host.rstrip('/')}{port}")
        return {"http": url, "https": url}
