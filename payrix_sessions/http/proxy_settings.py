"""A proxy between the client and the API."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import quote, unquote

from payrix_sessions._exceptions import ConfigurationException
from payrix_sessions._jsonpickle import reject_pickles_of
from payrix_sessions._redaction import MASK, Secret, hides_arguments

_LARGEST_PORT = 65_535
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_SCHEME = r"(?:https?|socks4a?|socks5h?)"
_ADDRESS = rf"(?i)(?:{_SCHEME}://)?{_HOST}(:[0-9]{{1,5}})?/?"
_PROXY_URL = rf"(?i)(?:{_SCHEME}://)?(?:([^/?#@\s\x00-\x1f]*)@)?{_HOST}(?::([0-9]{{1,5}}))?/?"


class ProxySettings:
    """A proxy that every request goes through; it replaces what the environment says.

    Args:
        address: Host name or address, with ``http://``, ``https://`` or ``socks5h://`` in front if need be.
        port: The port, 1 to 65535, when it is not the scheme's own.
        username: The user at the proxy.
        password: Their password; it is never shown.

    Raises:
        ConfigurationException: An argument is invalid; the message names it.
    """

    __slots__ = ("_password", "address", "port", "username")

    @hides_arguments
    def __init__(
        self, address: str, port: int | None = None, username: str | None = None, password: str | None = None
    ) -> None:
        password = Secret.of(password)
        given: dict[str, Any] = {"address": address, "username": username, "password": password}
        for name, value in given.items():
            if not isinstance(value, str) and (value is not None or name == "address"):
                raise ConfigurationException(f"{name} of the proxy must be a string, not {type(value).__name__}")
        match = re.fullmatch(_ADDRESS, address)
        if match is None or (match[1] and port is not None):
            raise ConfigurationException(
                'address of the proxy must be a host or a URL, such as "http://proxy.example:3128"; '
                "pass user and password as username=... and password=..., and give the port once"
            )
        stated = int(match[1][1:]) if match[1] else port
        if stated is not None and not (type(stated) is int and 1 <= stated <= _LARGEST_PORT):
            raise ConfigurationException(f"port of the proxy must be an integer from 1 to {_LARGEST_PORT}")
        for name, value in (("username", username), ("password", password)):
            if value is not None and not _is_latin1(value):
                raise ConfigurationException(f"{name} of the proxy must contain Latin-1 characters only")
        self.address: str = address
        self.port: int | None = port
        self.username: str | None = username
        self._password: Secret | None = password  # type: ignore[assignment]

    @property
    def password(self) -> str | None:
        """The user's password at the proxy."""
        return self._password

    def _to_proxies(self) -> dict[str, str]:
        """Return the mapping of schemes to proxy URLs that requests takes."""
        scheme, _, host = self.address.rpartition("://")
        user = (
            "" if self.username is None else f"{quote(self.username, safe='')}:{quote(self._password or '', safe='')}@"
        )
        port = "" if self.port is None else f":{self.port}"
        url = Secret(f"{scheme.lower() or 'http'}://{user}{host.rstrip('/')}{port}")
        return {"http": url, "https": url}

    def __repr__(self) -> str:
        user = "" if self.username is None else f", username={self.username!r}, password={MASK!r}"
        return f"ProxySettings({self.address!r}, {self.port!r}{user})"

    def __copy__(self) -> ProxySettings:
        return self

    def __deepcopy__(self, memo: object) -> ProxySettings:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(_NOT_PICKLED)


_NOT_PICKLED = "ProxySettings cannot be pickled: they hold a password"
reject_pickles_of(ProxySettings, _NOT_PICKLED)


def check_proxy_url(source: str, url: str) -> None:
    """Check the URL of a proxy that was given from outside.

    Args:
        source: Where it comes from, such as HTTPS_PROXY.
        url: The URL; no message shows it, since it may hold a password.

    Raises:
        ConfigurationException: It cannot be used; the message names the source.
    """
    url = Secret.of(url)
    # No match object is kept in a local variable: tracebacks would show it, and the password with it.
    user, port = _user_and_port(url)
    if port is None:
        raise ConfigurationException(
            f"{source} is not the URL of a proxy, such as http://user:password@host:8080; in its user and password, "
            "write / ? # @ as %2F %3F %23 %40"
        )
    if port and not 1 <= int(port) <= _LARGEST_PORT:
        raise ConfigurationException(f"{source} names a port that is not from 1 to {_LARGEST_PORT}")
    if not _is_latin1(unquote(user)):
        raise ConfigurationException(f"{source} contains a user or password with characters that are not Latin-1")


def _user_and_port(url: str) -> tuple[Secret, str | None]:
    # Not re.fullmatch, whose frame would hold the URL.
    match = re.compile(_PROXY_URL).fullmatch(url.strip())
    return (Secret(), None) if match is None else (Secret(match[1] or ""), match[2] or "")


def _is_latin1(text: str) -> bool:
    return all(character <= "\xff" for character in text)
