"""The sandbox itself: options, lifecycle, and the parts that tests reach for."""

import errno
import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, cast

from payrix_sessions.client import Client
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.sandbox.clock import Clock
from payrix_sessions.sandbox.control import PREFIX, Control
from payrix_sessions.sandbox.faults import NO_FAULT, Fault, FaultQueue
from payrix_sessions.sandbox.hosts import is_host, is_reachable_from_outside, own_names
from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.responses import Response
from payrix_sessions.sandbox.seeding import SeedSession
from payrix_sessions.sandbox.server import Server
from payrix_sessions.sandbox.service import Behaviour, Service
from payrix_sessions.sandbox.store import Session
from payrix_sessions.sandbox.tls import PathLike, Tls
from payrix_sessions.sandbox.validation import Rule, is_bool, is_integer, require

# Where a client on this machine reaches a sandbox that listens on every address.
_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - names what it maps, and listens nowhere


class Sandbox:
    """A Payrix Sessions API on this machine, on a port of its own.

    `with Sandbox() as sandbox:` starts and stops it; so do `start()` and `stop()`.

    Args:
        seed: The same seed and the same requests give the same responses, byte for byte: ids and keys are drawn from
            it, and the clock starts in March 2025. None draws at random, and the clock is the machine's.
        clock: "fixed" or "real" decides about the clock alone: `clock="real"` keeps the seed's ids and keys in the
            present, for code that compares the API's times with the machine's clock.
        sessions: The sessions that exist from the start: a number of them, or one mapping each with arguments of
            `add_session`.
        expired: Whether expired sessions are "gone" from the API, or stay "listed" with a key that is rejected.
            Payrix does not say which.
        strict: Respond as Payrix's published description says, where what was seen on the wire differs.
        rate_limit: Reject more than 1,000 requests for a path in ten seconds, for ten seconds.
        invalid_auth_status: HTTP status for credentials that are rejected: 400 as documented, or 401 as also reported.
        host: Where to listen. `allow_remote` must be True for a host that other machines can reach.
        port: The port; 0 takes a free one.
        allow_remote: Permit a host that other machines can reach.
        allowed_hosts: Further names and addresses that others use for it: for the control routes, and for the
            certificate, which holds this machine's own name and addresses if `allow_remote` is True.
        tls: True speaks HTTPS with a certificate made on the spot; a pair of PEM files, certificate and key, with
            this one.
        ca_file: The certificate that clients are to trust. With `tls=True` it is written there (default: a temporary
            file, removed by `stop`); with a pair, name the one that vouches for it (default: the pair's own).
        log: Called with one line for each request: method, target, status, and the codes of errors.

    Raises:
        ValueError: For an option that makes no sense, by its name.
    """

    def __init__(
        self,
        *,
        seed: int | None = 1,
        clock: Literal["fixed", "real"] | None = None,
        sessions: int | Iterable[Mapping[str, Any]] = 0,
        expired: Literal["gone", "listed"] = "gone",
        strict: bool = False,
        rate_limit: bool = False,
        invalid_auth_status: int = 400,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote: bool = False,
        allowed_hosts: Iterable[str] = (),
        tls: bool | tuple[PathLike, PathLike] = False,
        ca_file: PathLike | None = None,
        log: Callable[[str], object] | None = None,
    ) -> None:
        require(
            _RULES,
            {
                "seed": seed, "clock": clock, "sessions": sessions, "expired": expired, "strict": strict,
                "rate_limit": rate_limit, "invalid_auth_status": invalid_auth_status, "host": host, "port": port,
                "allow_remote": allow_remote, "tls": tls, "ca_file": ca_file, "log": log,
            },
        )  # fmt: skip
        names = [] if isinstance(allowed_hosts, str) else list(allowed_hosts)
        if isinstance(allowed_hosts, str) or not all(map(is_host, names)):
            raise ValueError('allowed_hosts must be host names without a port, such as ["sandbox"]')
        if is_reachable_from_outside(host) and not allow_remote:
            raise ValueError(f"host {host!r} can be reached by other machines; allow_remote=True permits that")
        self._host, self._port, self._allowed_hosts = host, port, names
        self._is_remote_allowed = allow_remote
        self._tls_option, self._ca_file = tls, ca_file
        self._tls: Tls | None = None
        self._server: Server | None = None
        self._service = Service(
            Behaviour(
                seed=seed,
                sessions=sessions if isinstance(sessions, int) else [SeedSession.of(each) for each in sessions],
                strict=strict,
                rate_limit=rate_limit,
                invalid_auth_status=invalid_auth_status,
                real_time=seed is None if clock is None else clock == "real",
                keep_expired=expired == "listed",
                log=log,
            )
        )
        self._control = Control(
            self._service,
            scheme="https" if tls else "http",
            hosts=[host, *names],
            any_short_name=allow_remote,
        )

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "Sandbox":
        """Listen and respond from now on; return the sandbox.

        Raises:
            RuntimeError: If it runs already.
            OSError: If it cannot listen, or a file of `tls` or `ca_file` cannot be used.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox is running already")
        tls = self._open_tls()
        try:
            self._server = self._listen(tls.context if tls else None)
        except BaseException:
            if tls:
                tls.close()
            raise
        self._tls = tls
        self._server.start()
        return self

    def stop(self) -> None:
        """End every connection and thread; what was recorded stays. Stopping twice does no harm."""
        # Taken out first: another thread may stop it too.
        server, self._server = self._server, None
        tls, self._tls = self._tls, None
        if server is not None:
            server.stop()
        if tls is not None:
            tls.close()

    def reset(self) -> None:
        """Go back to the first moment: sessions, clock, faults, request tokens and what was recorded."""
        self._service.reset()

    def client(self, **options: Any) -> Client:
        """Return a `Client` that points here and trusts the sandbox's certificate.

        Args:
            options: Options of `Client`. Unless they hold credentials, it has the API key.

        Raises:
            RuntimeError: If the sandbox does not run, or has no URL that a client may use.
        """
        if "base_url" not in options:
            options["base_url"] = self.base_url
            if self._tls is not None and "http_client_instance" not in options:
                options["http_client_instance"] = self._tls.trusting_session()
            if self._tls is None and is_reachable_from_outside(self._url_host):
                raise RuntimeError("the client speaks plain http to this machine only; use Sandbox(tls=True)")
        if not any(name.endswith("_credentials") for name in options):
            options["api_key_credentials"] = ApiKeyCredentials(self.api_key)
        return Client(**options)

    def add_session(
        self,
        *,
        id: str | None = None,
        key: str | None = None,
        login: str | None = None,
        creator: str | None = None,
        age: timedelta | float | None = None,
        idle: timedelta | float = 0,
        public: int = 0,
        inactive: int = 0,
        frozen: int = 0,
        token: int = 0,
        sso: int = 0,
        mfa_authenticated: int = 0,
    ) -> Session:
        """Put a session into the sandbox, as if it had been created earlier; return it.

        Args:
            id: Letters, digits and underscores; default: a new one.
            key: Printable ASCII; default: a new one.
            login: The login that it belongs to; default: the sandbox's own.
            creator: The login that created it; default: the sandbox's own.
            age: How long ago it was created, a timedelta or seconds; default: `idle`.
            idle: How long ago it was used last. From 30 minutes on it has expired.
            public: This flag and those that follow are 0 or 1.
            inactive: Whether it is inactive.
            frozen: Whether it is frozen.
            token: Whether it needs the `token` header for POST and DELETE.
            sso: Whether it was created by single sign-on.
            mfa_authenticated: The flag of that name.

        Raises:
            ValueError: For a value that makes no sense, or an id or a key that is taken.
        """
        fields = SeedSession(
            id=id, key=key, login=login, creator=creator, age=age, idle=idle, public=public, inactive=inactive,
            frozen=frozen, token=token, sso=sso, mfa_authenticated=mfa_authenticated,
        )  # fmt: skip
        return self._service.add_session(fields)

    @property
    def base_url(self) -> str:
        """Where clients on this machine reach it.

        Raises:
            RuntimeError: If it does not run.
        """
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        host = f"[{self._url_host}]" if ":" in self._url_host else self._url_host
        return f"{'https' if self._tls else 'http'}://{host}:{self._server.port}"

    @property
    def ca_file(self) -> str | None:
        """The file with the certificate that clients are to trust; None without TLS, or if it does not run."""
        return None if self._tls is None else self._tls.ca_file

    @property
    def environment(self) -> dict[str, str]:
        """The variables from which `Client.from_environment()` makes a client of this sandbox."""
        variables = {"PAYRIX_BASE_URL": self.base_url, "PAYRIX_API_KEY": self.api_key}
        return variables if self._tls is None else {**variables, "REQUESTS_CA_BUNDLE": self._tls.ca_file}

    @property
    def requests(self) -> list[Request]:
        """The last 10,000 requests (at most 16 MiB of them), oldest first, without those to the control routes."""
        return self._service.requests()

    @property
    def sessions(self) -> list[Session]:
        """The sessions, newest first; a flag changed here counts at once."""
        return self._service.sessions()

    @property
    def clock(self) -> Clock:
        """The sandbox's time, which `clock.advance(minutes=31)` moves."""
        return self._service.clock

    @property
    def faults(self) -> FaultQueue:
        """The faults that wait for requests; `faults.add(Fault(...))` adds one."""
        return self._service.faults

    @property
    def login(self) -> str:
        """The id of the login that the sandbox's own credentials belong to."""
        return self._service.login

    @property
    def api_key(self) -> str:
        """A fake API key (header APIKEY) that is accepted."""
        return self._service.credentials.api_key

    @property
    def session_key(self) -> str:
        """A fake session key (header SESSIONKEY) that is accepted and never expires."""
        return self._service.credentials.session_key

    @property
    def txn_session_key(self) -> str:
        """A fake transaction session key (header TXNSESSIONKEY) that is accepted."""
        return self._service.credentials.txn_session_key

    @property
    def username(self) -> str:
        """A fake user name (header USERNAME) that is accepted with `password`, for POST."""
        return self._service.credentials.username

    @property
    def password(self) -> str:
        """The fake password (header PASSWORD) of `username`."""
        return self._service.credentials.password

    @property
    def _url_host(self) -> str:
        return _LOOPBACKS.get(self._host, self._host)

    def _respond(self, request: Request) -> tuple[Response, Fault]:
        if request.segments[:1] == [PREFIX]:
            return self._control.respond(request), NO_FAULT
        return self._service.respond(request)

    def _listen(self, context: ssl.SSLContext | None) -> Server:
        try:
            return Server(self._host, self._port, self._respond, context)
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            advice = "; stop what uses it, or take another (0 is a free one)" if in_use else ""
            reason = f"cannot listen on port {self._port} of {self._host}: {error.strerror}{advice}"
            raise OSError(error.errno, reason) from error

    def _open_tls(self) -> Tls | None:
        if not self._tls_option:
            return None
        files = self._tls_option if isinstance(self._tls_option, tuple) else None
        names = {"localhost", "127.0.0.1", "::1", self._url_host, *self._allowed_hosts}
        if self._is_remote_allowed:
            names |= own_names()
        return Tls(files, self._ca_file, sorted(filter(is_host, names)))


def _is_path(value: object) -> bool:
    return isinstance(value, str | os.PathLike) and value != ""


def _is_tls(value: Any) -> bool:
    if not isinstance(value, tuple):
        return is_bool(value)
    files = cast("tuple[object, ...]", value)
    return len(files) == 2 and all(map(_is_path, files))


def _are_sessions(value: object) -> bool:
    return is_integer(value, 0) or (isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping))


_RULES: dict[str, Rule] = {
    "seed": (lambda value: value is None or is_integer(value), "an integer or None"),
    "clock": (lambda value: value in (None, "fixed", "real"), '"fixed", "real" or None'),
    "sessions": (_are_sessions, "an integer, 0 or more, or a list of mappings"),
    "expired": (lambda value: value in ("gone", "listed"), '"gone" or "listed"'),
    "strict": (is_bool, "True or False"),
    "rate_limit": (is_bool, "True or False"),
    "invalid_auth_status": (lambda value: is_integer(value, 400, 401), "400 or 401"),
    "host": (lambda value: isinstance(value, str) and bool(value), "a string"),
    "port": (lambda value: is_integer(value, 0, 65535), "an integer, 0 to 65535"),
    "allow_remote": (is_bool, "True or False"),
    "tls": (_is_tls, "True, False or a pair of files, certificate and key"),
    "ca_file": (lambda value: value is None or _is_path(value), "a path or None"),
    "log": (lambda value: value is None or callable(value), "a function or None"),
}
