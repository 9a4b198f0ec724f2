"""The environments of the API, and the options of a client: their defaults, what they mean, their checks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from ipaddress import ip_address
from typing import Any, NoReturn, TypeAlias, TypedDict
from urllib.parse import urlsplit

import requests

from payrix_sessions._arguments import LARGEST_INT32, check_header_value, is_header_value
from payrix_sessions._exceptions import ArgumentException, ConfigurationException
from payrix_sessions._jsonpickle import reject_pickles_of
from payrix_sessions._redaction import hides_arguments, is_secret_header, plain_str
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.kinds import HEADERS, KINDS
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.proxy_settings import ProxySettings

SESSION = requests.Session  # the library's own; a cache or a mock may take its place later

Timeout: TypeAlias = "float | tuple[float | None, float | None] | None"


class Environment(Enum):
    """The hosts of the API. A platform with a host of its own passes `base_url` instead."""

    SANDBOX = "https://test-api.payrix.com"
    PRODUCTION = "https://api.payrix.com"
    CANADA_SANDBOX = "https://test-api.payrixcanada.com"
    CANADA_PRODUCTION = "https://api.payrixcanada.com"


class ClientOptions(TypedDict, total=False):
    """The options of a client, for type checkers. `Configuration` has their defaults and meaning."""

    environment: Environment
    base_url: str | None
    api_key_credentials: ApiKeyCredentials | None
    session_key_credentials: SessionKeyCredentials | None
    txn_session_key_credentials: TxnSessionKeyCredentials | None
    username_credentials: UsernameCredentials | None
    password_credentials: PasswordCredentials | None
    timeout: Timeout
    total_timeout: float | None
    max_retries: int
    backoff_factor: float
    retry_statuses: Iterable[int]
    retry_methods: Iterable[str]
    pool_size: int
    idle_timeout: float | None
    proxy_settings: ProxySettings | None
    http_client_instance: requests.Session | None
    http_call_back: HttpCallBack | None
    max_response_bytes: int
    auto_request_tokens: bool
    default_headers: Mapping[str, str] | None
    default_query: Mapping[str, str | int] | None


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Configuration:
    """The options of a client, checked.

    Attributes:
        environment: The host of the API (default: `Environment.SANDBOX`).
        base_url: A URL to use instead of the environment's: https, or plain http to this machine.
        api_key_credentials: An API key; takes precedence over all other credentials.
        session_key_credentials: A session's key; used when there is no API key.
        txn_session_key_credentials: A transaction session's key; used when there is neither.
        username_credentials: A login's name; used with the password, for `post_sessions` when there is no key.
        password_credentials: That login's password.
        timeout: Seconds for one whole attempt, or a (connect, read) pair; None means no limit (default: 60).
        total_timeout: Seconds for a whole call, retries and waits included; None means no limit (default: None).
        max_retries: How many times a request is retried where that is safe (default: 2).
        backoff_factor: Seconds; before retry n the client waits a random time, at most this times 2 to the power of
            n-1, capped at 8 (default: 0.5).
        retry_statuses: The statuses after which a request is retried (default: 408, 429, 500, 502, 503, 504, 520 to
            527 and 530).
        retry_methods: The methods retried even without a request token (default: GET). A POST listed here may create
            two sessions.
        pool_size: The maximum number of connections; a call waits for a free one, first come, first served, within its
            timeout (default: 32). A session of your own is not limited by it.
        idle_timeout: Seconds after which an idle connection is not reused, since routers and load balancers
            silently forget it; None means never (default: 60).
        proxy_settings: A proxy to use instead of those in the environment.
        http_client_instance: A `requests.Session` of your own, with its adapters, proxies, verify, cert, hooks and
            headers; it is neither changed nor closed.
        http_call_back: An object that sees each request and response, with secrets redacted; see `HttpCallBack`.
        max_response_bytes: The largest body that is read, in bytes after decompression (default: 32 MiB).
        auto_request_tokens: Give each POST and DELETE without a request token a fresh one, so that it can be retried
            safely (default: False).
        default_headers: Headers to send with each request, in addition to those of the operation (default: none).
        default_query: Query parameters to send with each request (default: none).

    Raises:
        ConfigurationException: An option is invalid; the message names it.
    """

    environment: Environment = Environment.SANDBOX
    base_url: str | None = None
    api_key_credentials: ApiKeyCredentials | None = None
    session_key_credentials: SessionKeyCredentials | None = None
    txn_session_key_credentials: TxnSessionKeyCredentials | None = None
    username_credentials: UsernameCredentials | None = None
    password_credentials: PasswordCredentials | None = None
    timeout: Timeout = 60.0
    total_timeout: float | None = None
    max_retries: int = 2
    backoff_factor: float = 0.5
    # Of the 5xx, those that the API's own gateways and Cloudflare send when the API did not respond.
    retry_statuses: Iterable[int] = (408, 429, 500, 502, 503, 504, *range(520, 528), 530)
    retry_methods: Iterable[str] = ("GET",)
    pool_size: int = 32
    idle_timeout: float | None = 60.0
    proxy_settings: ProxySettings | None = None
    http_client_instance: requests.Session | None = None
    http_call_back: HttpCallBack | None = None
    max_response_bytes: int = 32 * 1024 * 1024
    auto_request_tokens: bool = False
    default_headers: Mapping[str, str] | None = None
    default_query: Mapping[str, str | int] | None = None

    def __post_init__(self) -> None:
        _check_objects(self)
        _check_numbers(self)
        checked: dict[str, object] = {
            "base_url": None if self.base_url is None else checked_url("base_url", self.base_url),
            "retry_statuses": _checked_statuses(self.retry_statuses),
            "retry_methods": _checked_methods(self.retry_methods),
            "default_headers": _checked_headers(self.default_headers),
            "default_query": _checked_query(self.default_query),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        changed = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name not in ("default_headers", "default_query") and getattr(self, f.name) != f.default
        ]
        return f"Configuration({', '.join(changed)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(_NOT_PICKLED)

    def __copy__(self) -> "Configuration":
        return self

    def __deepcopy__(self, memo: object) -> "Configuration":
        return self

    def get_base_uri(self) -> str:
        """Return the URL that the paths of the operations are appended to."""
        return self.base_url or self.environment.value


Configuration.__init__ = hides_arguments(Configuration.__init__)  # type: ignore[method-assign]

_NOT_PICKLED = "a Configuration cannot be pickled: it holds credentials"
reject_pickles_of(Configuration, _NOT_PICKLED)

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

# What a request cannot do without, or what would change how its body is read.
_OWN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "request-token",
        "search",
        "te",
        "totals",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OWN_QUERY = frozenset({"page[number]", "page[limit]", "embed"})


def _check_objects(options: Configuration) -> None:
    environment: Any = options.environment
    if not isinstance(environment, Environment):
        *most, last = (f"Environment.{name}" for name in Environment.__members__)
        raise ConfigurationException(
            f"environment must be {', '.join(most)} or {last}, not {type(environment).__name__}; "
            "for another host use base_url"
        )
    for name, kind in KINDS.items():
        given = getattr(options, name)
        if given is not None and not isinstance(given, kind):
            # The value may be a bare secret, so only its type is shown.
            other = next((option for option, each in KINDS.items() if isinstance(given, each)), None)
            advice = f"; pass that as {other}" if other else f'; write {kind.__name__}("...")'
            raise ConfigurationException(f"{name} must be {kind.__name__}, not {type(given).__name__}{advice}")
    _require_instance("proxy_settings", options.proxy_settings, ProxySettings, 'write ProxySettings("host", 8080)')
    _require_instance("http_client_instance", options.http_client_instance, SESSION, "requests.Session()")
    if options.http_client_instance is not None and is_real(options.http_client_instance):
        check_session(options.http_client_instance)
    if isinstance(options.http_call_back, type):
        raise ConfigurationException(f"http_call_back must be an object; write {options.http_call_back.__name__}()")
    for method in ("on_before_request", "on_after_response"):
        if options.http_call_back is not None and not callable(getattr(options.http_call_back, method, None)):
            raise ConfigurationException(f"http_call_back must have the method {method}; see HttpCallBack")


def _check_numbers(options: Configuration) -> None:
    _check_timeout(options.timeout)
    for name in ("total_timeout", "idle_timeout"):
        value = getattr(options, name)
        if not (value is None or _are_seconds(value)):
            raise ConfigurationException(f"{name} must be seconds above 0, at most a million, or None")
    for name, lowest in (("max_retries", 0), ("pool_size", 1), ("max_response_bytes", 1)):
        value = getattr(options, name)
        if type(value) is not int or value < lowest:
            raise ConfigurationException(f"{name} must be an integer, at least {lowest}")
    if options.backoff_factor != 0 and not _are_seconds(options.backoff_factor):
        raise ConfigurationException("backoff_factor must be seconds, 0 or more, at most a million")
    if not isinstance(options.auto_request_tokens, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationException(
            f"auto_request_tokens must be True or False, not {type(options.auto_request_tokens).__name__}"
        )


def _checked_statuses(statuses: Any) -> tuple[int, ...]:
    checked = _tuple_of("retry_statuses", statuses, int, "HTTP statuses, such as [503]")
    if not all(100 <= status <= 599 for status in checked):
        raise ConfigurationException("retry_statuses must be HTTP statuses, 100 to 599")
    return checked


def _checked_methods(methods: Any) -> tuple[str, ...]:
    checked = _tuple_of("retry_methods", methods, str, 'methods, such as ["GET"]')
    upper = tuple(plain_str(method).upper() for method in checked)
    if not _METHODS.issuperset(upper):
        raise ConfigurationException('retry_methods must be HTTP methods, such as "GET"')
    return upper


def _checked_headers(headers: Any) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationException(f"default_headers must be a dict of strings, not {type(headers).__name__}")
    given: dict[Any, Any] = {**headers}
    checked: dict[str, str] = {}
    for name, value in given.items():
        if not isinstance(name, str) or not _is_token(name):
            raise ConfigurationException("default_headers must have HTTP header names as its keys")
        if is_secret_header(name):
            raise ConfigurationException(
                f"default_headers must not contain {name}: credentials have options of their own, tokens are arguments"
            )
        if name.lower() in _OWN_HEADERS:
            raise ConfigurationException(f"default_headers must not contain {name}: the client sets it")
        try:
            checked[plain_str(name)] = plain_str(check_header_value(f"default_headers[{name!r}]", value) or "")
        except ArgumentException as exception:
            raise ConfigurationException(str(exception)) from None
    return checked


def _checked_query(query: Any) -> dict[str, str | int]:
    if query is None:
        return {}
    if not isinstance(query, Mapping):
        raise ConfigurationException(f"default_query must be a dict, not {type(query).__name__}")
    given: dict[Any, Any] = {**query}
    checked: dict[str, str | int] = {}
    for name, value in given.items():
        if not isinstance(name, str) or not name or not _is_plain(name) or any(c in "&=#?%" for c in name):
            raise ConfigurationException("default_query must have the names of query parameters as its keys")
        if name in _OWN_QUERY:
            raise ConfigurationException(f"default_query must not contain {name}: it is an argument of the methods")
        if not (isinstance(value, str) and _is_plain(value)) and not (
            type(value) is int and abs(value) <= LARGEST_INT32
        ):
            raise ConfigurationException(f"default_query[{name!r}] must be a printable string or an integer")
        checked[plain_str(name)] = plain_str(value) if isinstance(value, str) else value
    return checked


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name)


def _is_plain(text: str) -> bool:
    return text.isprintable() and text.isascii()


def is_real(session: object) -> bool:
    """Tell whether a session is one of requests or a subclass, and not a mock that passes for one."""
    return issubclass(type(session), SESSION)


def check_session(session: requests.Session) -> None:
    """Reject a session with credentials of its own: they would go on the wire beside the client's.

    Raises:
        ConfigurationException: Its `auth` is set, or its headers hold credentials or what HTTP cannot carry.
    """
    if session.auth:
        raise ConfigurationException(
            "http_client_instance must not have auth: pass credentials to the client, such as api_key_credentials"
        )
    problem = _unfit_header(session.headers)
    if problem:
        raise ConfigurationException(f"headers of http_client_instance must not contain {problem}")


def _unfit_header(headers: Mapping[Any, Any]) -> str | None:
    """Describe, without its value, a header that http.client would refuse aloud or that would contradict ours."""
    for given, value in headers.items():
        name = given.decode("latin-1") if isinstance(given, bytes) else str(given)
        if name.upper() in HEADERS:
            return f"{name}: pass credentials to the client, such as api_key_credentials"
        if name.lower() in ("request-token", "transfer-encoding"):
            return f"{name}: it belongs to one request"
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if not _is_token(name) or not is_header_value(text):
            return f"{name!r}, whose name or value HTTP cannot carry"
    return None


def checked_url(name: str, url: str) -> str:
    """Return a URL without a slash at its end, if credentials may be sent there.

    Args:
        name: The option or variable.
        url: The URL; no message shows it.

    Raises:
        ConfigurationException: It is not one that a client can use.
    """
    given: Any = url
    if not isinstance(given, str):
        advice = "; write environment=..." if isinstance(given, Environment) else ""
        raise ConfigurationException(f"{name} must be a string, not {type(given).__name__}{advice}")
    url = plain_str(url).strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationException(f"{name} is not a URL: its host or port cannot be read") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationException(f"{name} must be a whole URL, such as https://test-api.payrix.com")
    if "@" in parts.netloc:
        raise ConfigurationException(f"{name} must not contain a user or a password; pass credentials to the client")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigurationException(f"{name} must end before the query: the operations append their paths to it")
    if parts.path.rstrip("/").endswith("/sessions"):
        raise ConfigurationException(f"{name} must end before /sessions: the operations append their paths to it")
    if not url.isascii() or any(character <= " " or character == "\\" for character in url):
        raise ConfigurationException(
            f"{name} must be plain ASCII without spaces; write an international host in punycode"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationException(f"{name} must start with https: plain http would send the credentials unencrypted")
    # The core takes lower-case schemes only.
    return parts.scheme + url[len(parts.scheme) :].rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
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
            "timeout must be seconds above 0, at most a million; a (connect, read) pair of them; or None for no limit"
        )


def _are_seconds(value: Any) -> bool:
    # Sockets overflow on larger timeouts.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 1_000_000


def _tuple_of(name: str, values: Any, kind: type, wanted: str) -> tuple[Any, ...]:
    items: list[Any] | None = None if isinstance(values, str) or not isinstance(values, Iterable) else [*values]
    if items is None or not all(isinstance(item, kind) and not isinstance(item, bool) for item in items):
        raise ConfigurationException(f"{name} must be a list of {wanted}")
    return tuple(items)


def _require_instance(name: str, value: object, kind: type, wanted: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise ConfigurationException(f"{name} must be a {kind.__name__} ({wanted}), not {type(value).__name__}")


OPTIONS = tuple(f.name for f in fields(Configuration))
