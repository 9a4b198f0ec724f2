"""The client: where an application begins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import requests

from payrix_sessions._core import Core
from payrix_sessions.configuration import Configuration, Environment, Timeout
from payrix_sessions.controllers.sessions_controller import SessionsController
from payrix_sessions.exceptions.payrix_exception import ConfigurationException
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.http_client import HttpClient
from payrix_sessions.http.proxy_settings import ProxySettings
from payrix_sessions.http.transport import Transport

if TYPE_CHECKING:
    from typing import TypedDict

    from typing_extensions import Self, Unpack

    class ClientOptions(TypedDict, total=False):
        """The options of a client, for `Client.with_options` and `Client.from_environment`."""

        environment: Environment
        base_url: str | None
        api_key_credentials: ApiKeyCredentials | None
        session_key_credentials: SessionKeyCredentials | None
        txn_session_key_credentials: TxnSessionKeyCredentials | None
        username_credentials: UsernameCredentials | None
        password_credentials: PasswordCredentials | None
        timeout: Timeout
        max_retries: int
        backoff_factor: float
        retry_statuses: Iterable[int]
        retry_methods: Iterable[str]
        pool_size: int
        proxy_settings: ProxySettings | None
        http_client_instance: requests.Session | None
        http_call_back: HttpCallBack | None
        max_response_bytes: int
        auto_request_tokens: bool


# A variant that changes one of these goes another way, so it needs connections of its own.
_CONNECTION_OPTIONS = frozenset({"environment", "base_url", "pool_size", "proxy_settings", "http_client_instance"})

_CREDENTIALS_BY_VARIABLE = {
    "PAYRIX_API_KEY": ("api_key_credentials", ApiKeyCredentials),
    "PAYRIX_SESSION_KEY": ("session_key_credentials", SessionKeyCredentials),
    "PAYRIX_TXN_SESSION_KEY": ("txn_session_key_credentials", TxnSessionKeyCredentials),
    "PAYRIX_USERNAME": ("username_credentials", UsernameCredentials),
    "PAYRIX_PASSWORD": ("password_credentials", PasswordCredentials),
}


class Client:
    """A client of the Payrix Sessions API. One serves any number of threads; it cannot be changed once made.

    Args:
        environment: The host to talk to (default: `Environment.SANDBOX`).
        base_url: A host of your own instead, https (plain http only to this machine).
        api_key_credentials: An API key; used before all other credentials.
        session_key_credentials: A session's key; used when there is no API key.
        txn_session_key_credentials: A transaction session's key; used when there is neither.
        username_credentials: A login's name; used with the password, for `post_sessions` when there is no key.
        password_credentials: That login's password.
        timeout: Seconds that one attempt may take, or a (connect, answer) pair; None is no limit (default: 60).
        max_retries: How many times a request is repeated where that is safe (default: 2).
        backoff_factor: Seconds; the wait before repeat n is random, up to this times 2 to the n-1 and up to 8
            (default: 0.5).
        retry_statuses: The statuses after which a request is repeated (default: 408, 429, 500, 502, 503, 504).
        retry_methods: The methods repeated even without a request token (default: GET). A POST listed here may
            create two sessions.
        pool_size: Connections at most; a call waits for a free one within its timeout (default: 32).
        proxy_settings: A proxy instead of the environment's.
        http_client_instance: A `requests.Session` of your own, with its adapters, proxies, verify, cert, hooks and
            headers; it is neither changed nor closed.
        http_call_back: An object that is shown each request and answer, masked; see `HttpCallBack`.
        max_response_bytes: The largest body that is read, decompressed (default: 32 MiB).
        auto_request_tokens: Give each POST and DELETE without a request token a fresh one, so that it can be
            repeated safely (default: False).

    Raises:
        ConfigurationException: An option cannot work; the message names it.
    """

    __slots__ = ("__weakref__", "_config", "_http_client", "_owns_transport", "_sessions", "_transport")

    def __init__(
        self,
        *,
        environment: Environment = Environment.SANDBOX,
        base_url: str | None = None,
        api_key_credentials: ApiKeyCredentials | None = None,
        session_key_credentials: SessionKeyCredentials | None = None,
        txn_session_key_credentials: TxnSessionKeyCredentials | None = None,
        username_credentials: UsernameCredentials | None = None,
        password_credentials: PasswordCredentials | None = None,
        timeout: Timeout = 60.0,
        max_retries: int = 2,
        backoff_factor: float = 0.5,
        retry_statuses: Iterable[int] = (408, 429, 500, 502, 503, 504),
        retry_methods: Iterable[str] = ("GET",),
        pool_size: int = 32,
        proxy_settings: ProxySettings | None = None,
        http_client_instance: requests.Session | None = None,
        http_call_back: HttpCallBack | None = None,
        max_response_bytes: int = 32 * 1024 * 1024,
        auto_request_tokens: bool = False,
    ) -> None:
        self._set_up(
            Configuration(
                environment=environment,
                base_url=base_url,
                api_key_credentials=api_key_credentials,
                session_key_credentials=session_key_credentials,
                txn_session_key_credentials=txn_session_key_credentials,
                username_credentials=username_credentials,
                password_credentials=password_credentials,
                timeout=timeout,
                max_retries=max_retries,
                backoff_factor=backoff_factor,
                retry_statuses=retry_statuses,
                retry_methods=retry_methods,
                pool_size=pool_size,
                proxy_settings=proxy_settings,
                http_client_instance=http_client_instance,
                http_call_back=http_call_back,
                max_response_bytes=max_response_bytes,
                auto_request_tokens=auto_request_tokens,
            )
        )

    def _set_up(self, configuration: Configuration, transport: Transport | None = None) -> None:
        self._config = configuration
        self._owns_transport = transport is None
        self._transport = transport or Transport(configuration)
        self._http_client = HttpClient(configuration, self._transport)
        self._sessions = SessionsController(Core(configuration, self._http_client))

    @classmethod
    def from_environment(cls, **options: Unpack[ClientOptions]) -> Self:
        """Make a client of what the environment variables say; the options given here win.

        Read are PAYRIX_API_KEY, PAYRIX_SESSION_KEY, PAYRIX_TXN_SESSION_KEY, PAYRIX_USERNAME, PAYRIX_PASSWORD,
        PAYRIX_ENVIRONMENT (sandbox, production, canada_sandbox or canada_production) and PAYRIX_BASE_URL. One that
        is empty counts as not set.

        Raises:
            ConfigurationException: A variable or an option cannot work; the message names it.
        """
        read: dict[str, Any] = {}
        for variable, (option, kind) in _CREDENTIALS_BY_VARIABLE.items():
            if option not in options and os.environ.get(variable, "").strip():
                try:
                    read[option] = kind(os.environ[variable])
                except ConfigurationException as exception:
                    raise ConfigurationException(f"{variable}: {exception}") from None
        if "environment" not in options and os.environ.get("PAYRIX_BASE_URL", "").strip():
            read["base_url"] = os.environ["PAYRIX_BASE_URL"]
        name = os.environ.get("PAYRIX_ENVIRONMENT", "").strip()
        if name and "environment" not in options:
            if name.upper() not in Environment.__members__:
                known = ", ".join(Environment.__members__).lower()
                raise ConfigurationException(f"PAYRIX_ENVIRONMENT must be one of {known}; not {name!r}")
            read["environment"] = Environment[name.upper()]
        read.update(options)
        return cls(**read)

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """Return a client that differs in some options and shares the connections of this one.

        A change of `environment`, `base_url`, `pool_size`, `proxy_settings` or `http_client_instance` gives it
        connections of its own. Credentials that are given take the place of those of other kinds, so
        `with_options(session_key_credentials=...)` works as that session.

        Args:
            changes: The options to change; 0, False and None are values like all others.

        Raises:
            ConfigurationException: An option cannot work, or is not known; the message names it.
        """
        unknown = changes.keys() - _OPTIONS
        if unknown:
            raise ConfigurationException(
                f"{', '.join(sorted(unknown))}: not known; the options are {', '.join(_OPTIONS)}"
            )
        variant = object.__new__(type(self))
        options: dict[str, Any] = {**_displaced(changes), **changes}
        configuration = replace(self._config, **options)
        variant._set_up(configuration, None if changes.keys() & _CONNECTION_OPTIONS else self._transport)
        return variant

    @property
    def sessions(self) -> SessionsController:
        """The operations on sessions; the same controller each time."""
        return self._sessions

    @property
    def config(self) -> Configuration:
        """The options that this client was made with."""
        return self._config

    def close(self) -> None:
        """Close the connections that this client has opened; calls after that raise ConfigurationException.

        A variant closes nothing of the client that it was made from, and a session of your own stays open.
        """
        self._http_client.close()
        if self._owns_transport:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(base_url={self._config.get_base_uri()!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client cannot be pickled or copied: it holds credentials and connections")


def _displaced(changes: Mapping[str, object]) -> dict[str, None]:
    """Take away the credentials of other kinds than those that the changes give."""
    given = [pair for pair in _CREDENTIALS if any(changes.get(name) for name in pair)]
    return {name: None for pair in _CREDENTIALS for name in pair if given and pair not in given}


# Alternatives; a name and its password are one.
_CREDENTIALS = (
    ("api_key_credentials",),
    ("session_key_credentials",),
    ("txn_session_key_credentials",),
    ("username_credentials", "password_credentials"),
)

_OPTIONS = tuple(field.name for field in fields(Configuration))
