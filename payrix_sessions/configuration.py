"""Where the API is, and the options of a client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlsplit

import requests

from payrix_sessions.exceptions.payrix_exception import ConfigurationException
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.proxy_settings import ProxySettings

Timeout: TypeAlias = "float | tuple[float | None, float | None] | None"


class Environment(Enum):
    """The hosts of the API. A platform with a host of its own passes `base_url` instead."""

    SANDBOX = "https://test-api.payrix.com"
    PRODUCTION = "https://api.payrix.com"
    CANADA_SANDBOX = "https://test-api.payrixcanada.com"
    CANADA_PRODUCTION = "https://api.payrixcanada.com"


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """The options of a client, checked. See `Client` for what each one means."""

    environment: Environment = Environment.SANDBOX
    base_url: str | None = None
    api_key_credentials: ApiKeyCredentials | None = None
    session_key_credentials: SessionKeyCredentials | None = None
    txn_session_key_credentials: TxnSessionKeyCredentials | None = None
    username_credentials: UsernameCredentials | None = None
    password_credentials: PasswordCredentials | None = None
    timeout: Timeout = 60.0
    max_retries: int = 2
    backoff_factor: float = 0.5
    retry_statuses: Iterable[int] = (408, 429, 500, 502, 503, 504)
    retry_methods: Iterable[str] = ("GET",)
    pool_size: int = 32
    proxy_settings: ProxySettings | None = None
    http_client_instance: requests.Session | None = None
    http_call_back: HttpCallBack | None = None
    max_response_bytes: int = 32 * 1024 * 1024
    auto_request_tokens: bool = False

    def __post_init__(self) -> None:
        _require("environment", self.environment, Environment, "an Environment")
        if self.base_url is not None:
            object.__setattr__(self, "base_url", _checked_url(self.base_url))
        for name, kind in _KINDS.items():
            if getattr(self, name) is not None:
                _require(name, getattr(self, name), kind, f"a {kind.__name__}")
        _check_timeout(self.timeout)
        _check_whole("max_retries", self.max_retries, lowest=0)
        _check_whole("pool_size", self.pool_size, lowest=1)
        _check_whole("max_response_bytes", self.max_response_bytes, lowest=1)
        if self.backoff_factor != 0 and not _are_seconds(self.backoff_factor):
            raise ConfigurationException(f"backoff_factor must be seconds, 0 or more, not {self.backoff_factor!r}")
        statuses = _tuple_of("retry_statuses", self.retry_statuses, int, "HTTP statuses such as 503")
        if not all(100 <= status <= 599 for status in statuses):
            raise ConfigurationException(f"retry_statuses must be HTTP statuses, 100 to 599, not {statuses}")
        object.__setattr__(self, "retry_statuses", statuses)
        methods = _tuple_of("retry_methods", self.retry_methods, str, 'methods such as "GET"')
        methods = tuple(method.upper() for method in methods)
        if not _METHODS.issuperset(methods):
            raise ConfigurationException(f"retry_methods must be HTTP methods, such as GET; not {methods}")
        object.__setattr__(self, "retry_methods", methods)
        _require("auto_request_tokens", self.auto_request_tokens, bool, "True or False")
        for method in ("on_before_request", "on_after_response"):
            if self.http_call_back is not None and not callable(getattr(self.http_call_back, method, None)):
                raise ConfigurationException(f"http_call_back must have the method {method}; see HttpCallBack")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Configuration cannot be pickled or copied: it holds credentials")

    def get_base_uri(self) -> str:
        """Return the URL that the paths of the operations are appended to."""
        return self.base_url or self.environment.value


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_KINDS: dict[str, type] = {
    "api_key_credentials": ApiKeyCredentials,
    "session_key_credentials": SessionKeyCredentials,
    "txn_session_key_credentials": TxnSessionKeyCredentials,
    "username_credentials": UsernameCredentials,
    "password_credentials": PasswordCredentials,
    "proxy_settings": ProxySettings,
    "http_client_instance": requests.Session,
}


def _checked_url(url: str) -> str:
    """Return the URL without a slash at its end, when credentials may be sent there. Messages do not show it."""
    _require("base_url", url, str, "a text (str)")
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationException("base_url is no URL: its host or port cannot be read") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationException("base_url must be a whole URL, such as https://test-api.payrix.com")
    if "@" in parts.netloc:
        raise ConfigurationException("base_url must not hold a user or a password; pass credentials to the client")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigurationException("base_url must end before the query: the operations append their paths to it")
    if not url.isascii() or any(character <= " " or character == "\\" for character in url.strip()):
        raise ConfigurationException(
            "base_url must be plain ASCII without spaces; write an international host in punycode"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationException("base_url must start with https: plain http would send the credentials in clear")
    return url.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_timeout(timeout: Any) -> None:
    halves: tuple[Any, ...] = timeout if isinstance(timeout, tuple) else (timeout, timeout)  # pyright: ignore[reportUnknownVariableType]
    if len(halves) != 2 or not all(half is None or _are_seconds(half) for half in halves):
        raise ConfigurationException(
            "timeout must be seconds (above 0, at most a million), a (connect, read) pair of such, "
            f"or None for no limit; not {timeout!r}"
        )


def _are_seconds(value: Any) -> bool:
    # Bounded because the clocks of sockets are.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 1_000_000


def _check_whole(name: str, value: Any, *, lowest: int) -> None:
    if type(value) is not int or value < lowest:
        raise ConfigurationException(f"{name} must be a whole number, at least {lowest}, not {value!r}")


def _tuple_of(name: str, values: Any, kind: type, wanted: str) -> tuple[Any, ...]:
    items: list[Any] | None = None if isinstance(values, str) or not isinstance(values, Iterable) else [*values]
    if items is None or not all(type(item) is kind for item in items):
        raise ConfigurationException(f"{name} must be a list of {wanted}, not {values!r}")
    return tuple(items)


def _require(name: str, value: object, kind: type, wanted: str) -> None:
    if not isinstance(value, kind):
        # The value may be a bare secret, so only its type is shown.
        raise ConfigurationException(f"{name} must be {wanted}, not {type(value).__name__}")
