"""The client: where an application begins."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from payrix_sessions._arguments import nearest_name
from payrix_sessions._core import Core
from payrix_sessions._exceptions import ConfigurationException
from payrix_sessions._jsonpickle import reject_pickles_of
from payrix_sessions._redaction import hides_arguments
from payrix_sessions._transport.http_client import HttpClient
from payrix_sessions._transport.transport import Transport
from payrix_sessions.configuration import OPTIONS, ClientOptions, Configuration, Environment, checked_url
from payrix_sessions.controllers.sessions_controller import SessionsController
from payrix_sessions.http.auth.kinds import ALTERNATIVES, KINDS

if TYPE_CHECKING:
    from typing_extensions import Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:  # pragma: no cover
    Unpack = list  # so that hints can be evaluated on Python 3.10

C = TypeVar("C", bound="Client")

# A variant that changes one of these goes another way, so it needs connections of its own.
_CONNECTION_OPTIONS = frozenset(
    {"environment", "base_url", "pool_size", "idle_timeout", "proxy_settings", "http_client_instance"}
)


class Client:
    """A client of the Payrix Sessions API. One serves any number of threads; its options cannot be changed.

    Args:
        options: The options, by name; `Configuration` lists them with their defaults.

    Raises:
        ConfigurationException: An option is invalid or unknown; the message names it.
    """

    @hides_arguments
    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        _check_known(options)
        self._set_up(Configuration(**options))

    def _set_up(self, configuration: Configuration, transport: Transport | None = None) -> None:
        self._config = configuration
        self._owns_transport = transport is None
        self._transport = transport or Transport(configuration)
        self._http_client = HttpClient(configuration, self._transport)

    @classmethod
    @hides_arguments
    def from_environment(cls: type[C], **options: Unpack[ClientOptions]) -> C:
        """Make a client of what the environment variables say; the options given here win.

        Read are PAYRIX_API_KEY, PAYRIX_SESSION_KEY, PAYRIX_TXN_SESSION_KEY, PAYRIX_USERNAME, PAYRIX_PASSWORD,
        PAYRIX_ENVIRONMENT (sandbox, production, canada_sandbox or canada_production) and PAYRIX_BASE_URL. An empty one
        counts as not set.

        Args:
            options: Options, as for `Client`.

        Raises:
            ConfigurationException: A variable or an option is invalid, or there are no credentials; the message names
                the variables.
        """
        read: dict[str, Any] = {}
        decided = {**_displaced(options), **options}
        for option, kind in KINDS.items():
            if option not in decided and os.environ.get(kind.variable, "").strip():
                try:
                    # Any, because each class names its argument differently.
                    make: Any = kind
                    read[option] = make(os.environ[kind.variable])
                except ConfigurationException as exception:
                    raise ConfigurationException(f"{kind.variable}: {exception}") from None
        if "base_url" not in decided and os.environ.get("PAYRIX_BASE_URL", "").strip():
            read["base_url"] = checked_url("PAYRIX_BASE_URL", os.environ["PAYRIX_BASE_URL"])
        name = os.environ.get("PAYRIX_ENVIRONMENT", "").strip()
        if name and "environment" not in decided:
            if name.upper() not in Environment.__members__:
                known = ", ".join(Environment.__members__).lower()
                # The value is not shown: it may be a key in the wrong variable.
                raise ConfigurationException(f"PAYRIX_ENVIRONMENT must be one of {known}")
            read["environment"] = Environment[name.upper()]
        read.update(options)
        if not any(all(read.get(option) for option in alternative) for alternative in ALTERNATIVES):
            variables = ", or ".join(
                " and ".join(KINDS[option].variable for option in alternative) for alternative in ALTERNATIVES
            )
            raise ConfigurationException(f"no credentials in the call or the environment are complete: set {variables}")
        return cls(**read)

    @hides_arguments
    def with_options(self: C, **changes: Unpack[ClientOptions]) -> C:
        """Return a client that differs in some options and shares the connections of this one.

        A change of `environment`, `base_url`, `pool_size`, `idle_timeout`, `proxy_settings` or `http_client_instance`
        gives it connections of its own. Credentials that are given take the place of those of other kinds, so
        `with_options(session_key_credentials=...)` works as that session; an `environment` that of a `base_url`.

        Args:
            changes: The options to change; 0, False and None are values like all others.

        Raises:
            ConfigurationException: An option is invalid or unknown; the message names it.
        """
        _check_known(changes)
        variant = object.__new__(type(self))
        options: dict[str, Any] = {**_displaced(changes), **changes}
        configuration = replace(self._config, **options)
        variant._set_up(configuration, None if changes.keys() & _CONNECTION_OPTIONS else self._transport)
        return variant

    @cached_property
    def sessions(self) -> SessionsController:
        """The operations on sessions; the same controller each time."""
        return SessionsController(Core(self._config, self._http_client))

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

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    if not TYPE_CHECKING:  # pragma: no branch  (hidden, so that checkers still report unknown attributes)

        def __setattr__(self, name: str, value: object) -> None:
            if name in OPTIONS and type(self) is Client:  # a subclass may have attributes of its own
                raise AttributeError(f"a client's {name} cannot be changed; use client.with_options({name}=...)")
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        if not hasattr(self, "_config"):  # a subclass's, whose own frame a traceback may show
            return f"{type(self).__name__}(...)"
        return f"Client(base_url={self._config.get_base_uri()!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(_NOT_PICKLED)


_NOT_PICKLED = "a Client cannot be pickled or copied: it holds credentials and connections"
reject_pickles_of(Client, _NOT_PICKLED)


def _displaced(changes: Mapping[str, object]) -> dict[str, None]:
    """Take away what would win over the changes: credentials of other kinds, and the URL in place of an environment."""
    given = [alternative for alternative in ALTERNATIVES if any(changes.get(option) for option in alternative)]
    others = [option for other in ALTERNATIVES for option in other if given and other not in given]
    return dict.fromkeys([*others, "base_url"] if "environment" in changes else others)


# What other libraries call them.
_MEANT_OPTIONS = {
    "url": "base_url",
    "host": "base_url",
    "env": "environment",
    "proxies": "proxy_settings",
    "session": "http_client_instance",
    "verify": "http_client_instance, a requests.Session with this verify",
    "cert": "http_client_instance, a requests.Session with this cert",
    "headers": "default_headers",
    "params": "default_query",
}


def _check_known(options: Mapping[str, object]) -> None:
    for name in sorted(options.keys() - set(OPTIONS)):
        meant = _meant_option(name)
        advice = f"did you mean {meant}?" if meant else f"the options are {', '.join(OPTIONS)}"
        raise ConfigurationException(f"{name} is not an option; {advice}")


def _meant_option(name: str) -> str | None:
    reduced = name.replace("_", "").casefold()
    for option, kind in KINDS.items():
        if reduced in (kind.argument, kind.__name__.casefold(), option.replace("_", "")):
            return f'{option}={kind.__name__}("...")'
    near = _MEANT_OPTIONS.get(reduced) or nearest_name(name, OPTIONS)
    return near or next((option for option in OPTIONS if len(reduced) > 3 and reduced in option.replace("_", "")), None)


# What help() and editors show. The options and their defaults stand in one place, the fields of Configuration.
Client.__signature__ = inspect.signature(Configuration)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
# FastAPI takes the parameters of a dependency for those of the request: with none, Depends(from_environment) works.
vars(Client)["from_environment"].__func__.__signature__ = inspect.Signature(
    [inspect.Parameter("cls", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
)
