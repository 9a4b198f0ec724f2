"""The sessions that a sandbox keeps, in memory."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import Clock, wall_time

Record = dict[str, object]

_IDLE_LIMIT = timedelta(minutes=30)


@dataclass(slots=True)
class Session:
    """One session as the sandbox keeps it; changing a flag changes what the API answers from then on."""

    id: str
    created: str
    modified: str
    creator: str
    modifier: str
    login: str
    key: str
    last_used: datetime
    public: int = 0
    inactive: int = 0
    frozen: int = 0
    token: int = 0
    sso: int = 0
    mfa_authenticated: int = 0

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the key has lain idle for 30 minutes."""
        return now - self.last_used >= _IDLE_LIMIT

    def record(self) -> Record:
        """Return the session with the API's field names, in the API's order."""
        return {
            "id": self.id,
            "created": self.created,
            "modified": self.modified,
            "creator": self.creator,
            "modifier": self.modifier,
            "login": self.login,
            "key": self.key,
            "public": self.public,
            "inactive": self.inactive,
            "frozen": self.frozen,
            "token": self.token,
            "sso": self.sso,
            "mfaAuthenticated": self.mfa_authenticated,
        }


class Store:
    """Every session that is alive, and where their ids and keys come from."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock = clock
        self._random = random.Random(seed)
        self._by_id: dict[str, Session] = {}
        self.own_login: str = self._new_id("log")

    def create(self, *, login: str, creator: str, flags: Mapping[str, int]) -> Session:
        """Add a session; `flags` has attribute names."""
        now = self._clock.now()
        written = wall_time(now)
        session = Session(
            id=self._new_id("ssn"),
            created=written,
            modified=written,
            creator=creator,
            modifier=creator,
            login=login,
            key=f"{self._random.getrandbits(128):032x}",
            last_used=now,
            **flags,
        )
        self._by_id[session.id] = session
        return session

    def fill(self, count: int) -> None:
        """Add `count` sessions of three logins, every other one public."""
        logins = [self._new_id("log") for _ in range(3)]
        for number in range(count):
            self._clock.tick()
            login = logins[number % 3]
            self.create(login=login, creator=self.own_login, flags={"public": number % 2})

    def newest_first(self) -> list[Session]:
        """Return the living sessions in the order in which the API lists them."""
        self._drop_expired()
        return list(reversed(self._by_id.values()))

    def find(self, id: str) -> Session | None:
        """Return the living session of that id."""
        self._drop_expired()
        return self._by_id.get(id)

    def find_key(self, key: str) -> Session | None:
        """Return the living session that this key belongs to."""
        self._drop_expired()
        return next((session for session in self._by_id.values() if session.key == key), None)

    def delete(self, id: str) -> Session | None:
        """Remove and return the living session of that id."""
        self._drop_expired()
        return self._by_id.pop(id, None)

    def _drop_expired(self) -> None:
        # Assumed: an expired session is gone, not merely refused. Payrix only says that it expires.
        now = self._clock.now()
        for session in [each for each in self._by_id.values() if each.is_expired(now)]:
            del self._by_id[session.id]

    def _new_id(self, kind: str) -> str:
        # The API's ids start with the hexadecimal Unix time: t1_ssn_65b2cbc4... was made in January 2024.
        seconds = int(self._clock.now().timestamp()) % 2**32
        return f"t1_{kind}_{seconds:08x}{self._random.getrandbits(60):015x}"
