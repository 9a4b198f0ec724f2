"""The sessions that a sandbox keeps, in memory. Every look-up costs the same with ten sessions and with 10,000."""

import heapq
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from operator import attrgetter
from typing import Any

from payrix_sessions.sandbox.clock import START, Clock, wall_time
from payrix_sessions.sandbox.validation import Rule, is_integer

Record = dict[str, object]

_IDLE_LIMIT = timedelta(minutes=30)

# Names on the wire and attributes, in the API's order.
_ATTRIBUTES = {
    "id": "id",
    "created": "created",
    "modified": "modified",
    "creator": "creator",
    "modifier": "modifier",
    "login": "login",
    "key": "key",
    "public": "public",
    "inactive": "inactive",
    "frozen": "frozen",
    "token": "token",
    "sso": "sso",
    "mfaAuthenticated": "mfa_authenticated",
}

_FLAG: Rule = (lambda value: is_integer(value, 0, 1), "0 or 1")
_LOGIN: Rule = (lambda value: isinstance(value, str) and value != "", "a string")
_RULES: dict[str, Rule] = {
    "login": _LOGIN,
    "creator": _LOGIN,
    "last_used": (
        lambda value: isinstance(value, datetime) and value.tzinfo is not None,
        "a datetime with a time zone",
    ),
    **dict.fromkeys(("public", "inactive", "frozen", "token", "sso", "mfa_authenticated"), _FLAG),
}

# What only a list shows; the same for every session.
LISTED_FIELDS: Record = {"effectiveRoles": 562949953421302, "effectiveResources": ""}


@dataclass(slots=True)
class Session:
    """One session as the sandbox keeps it; a flag changed here counts at once."""

    id: str
    key: str
    login: str
    creator: str
    created_at: datetime
    last_used: datetime
    public: int = 0
    inactive: int = 0
    frozen: int = 0
    token: int = 0
    sso: int = 0
    mfa_authenticated: int = 0
    created: str = field(init=False)

    def __post_init__(self) -> None:
        self.created = wall_time(self.created_at)

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("id", "key", "created", "created_at") and hasattr(self, name):
            raise AttributeError(f"{name} of a session is fixed; Sandbox.add_session() takes one of your own")
        is_valid, expected = _RULES.get(name, (None, ""))
        if is_valid and not is_valid(value):
            raise ValueError(f"session: {name} must be {expected}")
        object.__setattr__(self, name, value)

    @property
    def modified(self) -> str:
        """When it was changed last, which is when it was created: the API cannot change a session."""
        return self.created

    @property
    def modifier(self) -> str:
        """The login that changed it last."""
        return self.creator

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the key has been idle for 30 minutes."""
        return now - self.last_used >= _IDLE_LIMIT

    def value(self, name: str) -> Any:
        """Return a field by its name on the wire, None if there is none."""
        attribute = _ATTRIBUTES.get(name)
        return getattr(self, attribute) if attribute else LISTED_FIELDS.get(name)

    def record(self) -> Record:
        """Return the session with the API's field names, in the API's order."""
        return {name: getattr(self, attribute) for name, attribute in _ATTRIBUTES.items()}


class Store:
    """All sessions, and the source of their ids and keys.

    Args:
        clock: The sandbox's time.
        seed: Where ids and keys are drawn from; None draws at random.
        real_time: Whether the clock is the machine's; then the ids of a seed do not hold the time.
        keep_expired: Whether expired sessions stay in lists, with keys that are rejected.
        own_login: The login of the standing credentials; None draws one.
    """

    def __init__(
        self, clock: Clock, seed: int | None, *, real_time: bool, keep_expired: bool, own_login: str | None
    ) -> None:
        self._clock = clock
        self._random = random.Random(seed)
        self._ids_of_start = real_time and seed is not None
        self._keep_expired = keep_expired
        self._by_id: dict[str, Session] = {}
        self._by_key: dict[str, Session] = {}
        self._is_sorted = True
        # When each session may expire at the earliest; a session that was used since then goes back into the heap.
        self._expiries: list[tuple[datetime, int, str]] = []
        self._numbers = count()
        drawn = self._new_id("log")  # in any case: the ids that follow depend on it
        self.own_login: str = own_login or drawn

    def create(self, *, login: str, creator: str, flags: Mapping[str, int]) -> Session:
        """Add a new session; `flags` has attribute names."""
        now = self._clock.now()
        session = Session(
            id=self._new_id("ssn"),
            key=self.new_key(),
            login=login,
            creator=creator,
            created_at=now,
            last_used=now,
            **flags,
        )
        self.add(session)
        return session

    def add(self, session: Session) -> None:
        """Add a session.

        Raises:
            ValueError: If its id or its key is taken.
        """
        for name, taken in (("id", session.id in self._by_id), ("key", session.key in self._by_key)):
            if taken:
                raise ValueError(f"session: {name} is taken by another session")
        newest = next(reversed(self._by_id.values()), session)
        self._is_sorted = self._is_sorted and newest.created_at <= session.created_at
        self._by_id[session.id] = self._by_key[session.key] = session
        self._await_expiry(session)

    def fill(self, number: int) -> None:
        """Add sessions of three logins, every other one public."""
        logins = [self._new_id("log") for _ in range(3)]
        for index in range(number):
            self._clock.tick()
            self.create(login=logins[index % 3], creator=self.own_login, flags={"public": index % 2})

    def count(self) -> int:
        """Return the number of sessions that a list shows."""
        self._drop_expired()
        return len(self._by_id)

    def newest_first(self, start: int = 0, stop: int | None = None) -> list[Session]:
        """Return sessions from `start` up to `stop` in the order in which the API lists them."""
        self._drop_expired()
        if not self._is_sorted:
            self._by_id = {each.id: each for each in sorted(self._by_id.values(), key=attrgetter("created_at"))}
            self._is_sorted = True
        return list(islice(reversed(self._by_id.values()), start, stop))

    def find(self, id: str) -> Session | None:
        """Return the session of that id."""
        self._drop_expired()
        return self._by_id.get(id)

    def find_key(self, key: str) -> Session | None:
        """Return the session that this key opens."""
        session = self._by_key.get(key)
        return None if session is None or session.is_expired(self._clock.now()) else session

    def delete(self, id: str) -> Session | None:
        """Remove and return the session of that id."""
        self._drop_expired()
        session = self._by_id.pop(id, None)
        if session is not None:
            del self._by_key[session.key]
        return session

    def new_key(self) -> str:
        """Return an unused key in the API's form."""
        return f"{self._random.getrandbits(128):032x}"

    def new_session_id(self) -> str:
        """Return an unused id of a session in the API's form."""
        return self._new_id("ssn")

    def _await_expiry(self, session: Session) -> None:
        if not self._keep_expired:
            heapq.heappush(self._expiries, (session.last_used + _IDLE_LIMIT, next(self._numbers), session.id))

    def _drop_expired(self) -> None:
        now = self._clock.now()
        while self._expiries and self._expiries[0][0] <= now:
            session = self._by_id.get(heapq.heappop(self._expiries)[2])
            if session is None:  # deleted meanwhile
                continue
            if session.is_expired(now):
                del self._by_id[session.id], self._by_key[session.key]
            else:
                self._await_expiry(session)

    def _new_id(self, kind: str) -> str:
        # The API's ids start with the hexadecimal Unix time: t1_ssn_65b2cbc4... was made in January 2024.
        moment = START + timedelta(seconds=next(self._numbers)) if self._ids_of_start else self._clock.now()
        seconds = int(moment.timestamp()) % 2**32
        return f"t1_{kind}_{seconds:08x}{self._random.getrandbits(60):015x}"
