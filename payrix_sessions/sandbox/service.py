"""The sandbox without its socket: the API with its state, and the faults, the journal and the log around it."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.http import http_date

from payrix_sessions.sandbox.api import Api
from payrix_sessions.sandbox.authentication import Authentication, Credentials
from payrix_sessions.sandbox.clock import Clock
from payrix_sessions.sandbox.faults import Fault, FaultQueue
from payrix_sessions.sandbox.journal import Journal
from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.responses import Response
from payrix_sessions.sandbox.seeding import SeedSession
from payrix_sessions.sandbox.store import Session, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The options of `Sandbox` that are not about where it listens."""

    seed: int | None
    sessions: int | Sequence[SeedSession]
    strict: bool
    rate_limit: bool
    invalid_auth_status: int
    real_time: bool
    keep_expired: bool
    log: Callable[[str], object] | None


class Service:
    """Responds to requests, one at a time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._lock = threading.RLock()
        self.credentials: Credentials = Credentials()
        self.clock: Clock = Clock(real=behaviour.real_time)
        self.faults: FaultQueue = FaultQueue()
        self._journal = Journal()
        self._start(own_login=None)

    def respond(self, request: Request) -> tuple[Response, Fault]:
        """Carry out a request, unless a fault says otherwise; return the response and how to send it."""
        with self._lock:
            self._journal.add(request)
            self.clock.tick()
            fault = self.faults.take(request)
            real = self._api.respond(request) if fault.takes_effect else None
            response = self._with_usual_headers(fault.apply(real))
        if self._behaviour.log:
            outcome = fault.reset or " ".join([str(response.status), *_error_codes(response.body)])
            line = f"{request.method} {request.target} -> {outcome}"
            self._behaviour.log(line.encode("ascii", "backslashreplace").decode())
        return response, fault

    def reset(self) -> None:
        """Go back to the first moment: sessions, clock, faults, request tokens and the journal.

        The login stays, also without a seed: whoever was told it may go on using it.
        """
        self._start(self.login)

    def _start(self, own_login: str | None) -> None:
        behaviour = self._behaviour
        with self._lock:
            self.clock.reset()
            self.faults.clear()
            self._journal.clear()
            self._responses = 0
            self._store = Store(
                self.clock,
                behaviour.seed,
                real_time=behaviour.real_time,
                keep_expired=behaviour.keep_expired,
                own_login=own_login,
            )
            if isinstance(behaviour.sessions, int):
                self._store.fill(behaviour.sessions)
            else:
                for seed_session in behaviour.sessions:
                    seed_session.add_to(self._store, self.clock)
            authentication = Authentication(self.credentials, self._store, self.clock, behaviour.invalid_auth_status)
            self._api = Api(
                self._store, self.clock, authentication, strict=behaviour.strict, rate_limit=behaviour.rate_limit
            )

    def add_session(self, seed_session: SeedSession) -> Session:
        """Put a session into the store."""
        with self._lock:
            return seed_session.add_to(self._store, self.clock)

    def sessions(self) -> list[Session]:
        """Return the sessions, newest first."""
        with self._lock:
            return self._store.newest_first()

    def requests(self) -> list[Request]:
        """Return the requests that are remembered, oldest first."""
        with self._lock:
            return self._journal.requests()

    def count_sessions(self) -> int:
        """Return the number of sessions."""
        with self._lock:
            return self._store.count()

    @property
    def login(self) -> str:
        """The id of the login that the standing credentials belong to."""
        return self._store.own_login

    def _with_usual_headers(self, response: Response) -> Response:
        self._responses += 1
        usual: Mapping[str, str] = {
            "Date": http_date(self.clock.now()),
            "Server": "payrix-sandbox",
            "Cf-Ray": f"{self._responses:016x}-SBX",
        }
        return replace(response, headers={**usual, **response.headers})


def _error_codes(body: bytes) -> list[str]:
    """Return the errorCode of each error in a body, wherever the errors stand."""
    try:
        value = json.loads(body)
        errors = value.get("errors") or value["response"]["errors"]
        return [str(error["errorCode"]) for error in errors]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # made up by a fault
        return []
