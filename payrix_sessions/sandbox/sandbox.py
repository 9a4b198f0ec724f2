"""The sandbox itself: options, lifecycle, and the parts that tests reach for."""

import errno
import ipaddress
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date

from .answers import Answer
from .api import Api
from .authentication import Authentication, Credentials
from .checks import is_flag, is_integer, is_text
from .clock import Clock
from .control import PREFIX, Control
from .faults import NO_FAULT, Fault, FaultQueue
from .request import Request
from .server import Server
from .store import Session, Store

if TYPE_CHECKING:
    from payrix_sessions import Client

_REMEMBERED_REQUESTS = 10_000


class Sandbox:
    """A Payrix Sessions API on this machine, on a port of its own.

    `with Sandbox() as sandbox:` starts and stops it; so do `start()` and `stop()`.

    seed: the same seed and the same requests give the same answers, byte for byte: ids and keys are drawn
        from it, and the clock stands still but for a tick with each request. None draws at random, and the
        clock is the machine's.
    sessions: how many sessions exist from the start.
    strict: answer as Payrix's published description says, where what was seen on the wire differs.
    rate_limit: refuse more than 1,000 requests in ten seconds, for ten seconds.
    invalid_auth_status: HTTP status of a refusal of credentials: 400 as documented, or 401 as also reported.
    host, port: where to listen; port 0 takes a free one. `allow_remote` must be True for a host that other
        machines can reach.
    log: called with one line for each request: method, path and status.

    Raises ValueError, which names the option, for one that makes no sense; `start` raises OSError if it
    cannot listen.
    """

    def __init__(
        self,
        *,
        seed: int | None = 1,
        sessions: int = 0,
        strict: bool = False,
        rate_limit: bool = False,
        invalid_auth_status: int = 400,
        host: str = "127.0.0.1",
        port: int = 0,
        allow_remote: bool = False,
        log: Callable[[str], object] | None = None,
    ) -> None:
        for name, valid, expected in (
            ("seed", seed is None or is_integer(seed), "a whole number or None"),
            ("sessions", is_integer(sessions, 0), "a whole number, 0 or more"),
            ("strict", is_flag(strict), "True or False"),
            ("rate_limit", is_flag(rate_limit), "True or False"),
            ("invalid_auth_status", is_integer(invalid_auth_status, 400, 401), "400 or 401"),
            ("host", is_text(host), "a text"),
            ("port", is_integer(port, 0, 65535), "a whole number, 0 to 65535"),
            ("allow_remote", is_flag(allow_remote), "True or False"),
            ("log", log is None or callable(log), "a function or None"),
        ):
            if not valid:
                raise ValueError(f"{name} must be {expected}")
        if not _is_loopback(host) and not allow_remote:
            raise ValueError(f"host {host!r} can be reached by other machines; allow_remote=True permits that")
        self._seed = seed
        self._prefilled = sessions
        self._strict = strict
        self._rate_limit = rate_limit
        self._invalid_auth_status = invalid_auth_status
        self._address = (host, port)
        self._log = log
        self._credentials = Credentials()
        self._control = Control(self)
        self._server: Server | None = None
        self._lock = threading.RLock()
        self._requests: deque[Request] = deque(maxlen=_REMEMBERED_REQUESTS)
        self.clock: Clock = Clock(real=seed is None)
        self.faults: FaultQueue = FaultQueue()
        self.reset()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "Sandbox":
        """Listen and answer from now on; RuntimeError if it does already."""
        if self._server is not None:
            raise RuntimeError("the sandbox is running already")
        host, port = self._address
        try:
            self._server = Server(host, port, self._respond)
        except OSError as error:
            advice = "; stop what uses it, or take another (0 is a free one)" if error.errno == errno.EADDRINUSE else ""
            raise OSError(error.errno, f"cannot listen on port {port} of {host}: {error.strerror}{advice}") from error
        self._server.start()
        return self

    def stop(self) -> None:
        """End every connection and thread; what was recorded stays. Stopping twice does no harm."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def reset(self) -> None:
        """Go back to the first moment: sessions, clock, faults, request tokens and what was recorded."""
        with self._lock:
            self.clock.reset()
            self.faults.clear()
            self._requests.clear()
            self._count = 0
            self._store = Store(self.clock, self._seed)
            self._store.fill(self._prefilled)
            authentication = Authentication(self._credentials, self._store, self.clock, self._invalid_auth_status)
            self._api = Api(self._store, self.clock, authentication, strict=self._strict, rate_limit=self._rate_limit)

    def client(self, **options: Any) -> "Client":
        """Return a `Client` that points here; it has the API key unless `options` bring credentials."""
        from payrix_sessions import ApiKeyCredentials, Client  # noqa: PLC0415 - only this needs the SDK

        options.setdefault("base_url", self.base_url)
        if not any(name.endswith("_credentials") for name in options):
            options["api_key_credentials"] = ApiKeyCredentials(self.api_key)
        return Client(**options)

    @property
    def base_url(self) -> str:
        """Where the sandbox listens; RuntimeError if it does not run."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        host, port = self._address[0], self._server.port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def requests(self) -> list[Request]:
        """The last 10,000 requests, oldest first, without those to the control routes."""
        return list(self._requests)

    @property
    def sessions(self) -> list[Session]:
        """The living sessions, newest first; a flag changed here counts at once."""
        with self._lock:
            return self._store.newest_first()

    @property
    def login(self) -> str:
        """The id of the login that the sandbox's own credentials belong to."""
        return self._store.own_login

    @property
    def api_key(self) -> str:
        """A fake API key (header APIKEY) that is accepted."""
        return self._credentials.api_key

    @property
    def session_key(self) -> str:
        """A fake session key (header SESSIONKEY) that is accepted and never expires."""
        return self._credentials.session_key

    @property
    def txn_session_key(self) -> str:
        """A fake transaction session key (header TXNSESSIONKEY) that is accepted."""
        return self._credentials.txn_session_key

    @property
    def username(self) -> str:
        """A fake user name (header USERNAME) that is accepted with `password`, for POST."""
        return self._credentials.username

    @property
    def password(self) -> str:
        """The fake password (header PASSWORD) of `username`."""
        return self._credentials.password

    def _respond(self, request: Request) -> tuple[Answer, Fault]:
        if request.segments[:1] == [PREFIX]:
            return self._control.answer(request), NO_FAULT
        with self._lock:
            self._requests.append(request)
            self.clock.tick()
            fault = self.faults.take()
            real = self._api.answer(request) if fault.takes_effect else None
            answer = self._with_usual_headers(fault.spoil(real))
        if self._log:
            line = f"{request.method} {request.target} -> {fault.reset or answer.status}"
            self._log(line.encode("unicode_escape").decode())  # a target may hold anything but white space
        return answer, fault

    def _with_usual_headers(self, answer: Answer) -> Answer:
        self._count += 1
        usual = {
            "Date": http_date(self.clock.now()),
            "Server": "payrix-sandbox",
            "Access-Control-Allow-Origin": "*",
            "Cf-Ray": f"{self._count:016x}-SBX",
        }
        return replace(answer, headers={**usual, **answer.headers})


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the host; ValueError if there is no such host."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, ValueError) as error:
        raise ValueError(f"host {host!r} is not known") from error
    return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)
