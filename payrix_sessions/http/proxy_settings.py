"""A proxy between the client and the API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from payrix_sessions.exceptions.payrix_exception import ConfigurationException
from payrix_sessions.masking import Secret

_LARGEST_PORT = 65_535
_ADDRESS = r"(?:(?:https?|socks4a?|socks5h?)://)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?"


@dataclass(frozen=True, slots=True, eq=False)
class ProxySettings:
    """A proxy that every request goes through; it replaces what the environment says.

    Attributes:
        address: Host name or address, with ``http://``, ``https://`` or ``socks5h://`` in front if need be.
        port: The port, when it is not the scheme's own.
        username: The user at the proxy.
        password: Their password; it is never shown.

    Raises:
        ConfigurationException: An attribute cannot be right; the message names it.
    """

    address: str
    port: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("address", "username", "password"):
            value = getattr(self, name)
            if not isinstance(value, str) and (value is not None or name == "address"):
                raise ConfigurationException(f"{name} of the proxy must be a text (str), not {type(value).__name__}")
        match = re.fullmatch(_ADDRESS, self.address)
        if match is None or (match[1] and self.port is not None):
            raise ConfigurationException(
                "address of the proxy must be a host, with http://, https:// or socks5h:// in front if need be; "
                "user and password have arguments of their own, and so has the port, which is given once"
            )
        if self.port is not None and not (type(self.port) is int and 1 <= self.port <= _LARGEST_PORT):
            raise ConfigurationException(f"port of the proxy must be from 1 to {_LARGEST_PORT}")

    def to_proxies(self) -> dict[str, str]:
        """Return the mapping of schemes to proxy URLs that requests takes."""
        scheme, _, host = self.address.rpartition("://")
        user = (
            "" if self.username is None else f"{quote(self.username, safe='')}:{quote(self.password or '', safe='')}@"
        )
        port = "" if self.port is None else f":{self.port}"
        url = Secret(f"{scheme or 'http'}://{user}{host.rstrip('/')}{port}")
        return {"http": url, "https": url}
