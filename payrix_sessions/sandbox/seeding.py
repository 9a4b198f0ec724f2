"""Sessions that a test brings along: their fields, checked, and how they become stored ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, cast

from payrix_sessions.sandbox.clock import Clock
from payrix_sessions.sandbox.parsing import FLAGS, MAX_LOGIN_LENGTH, is_well_formed_id
from payrix_sessions.sandbox.store import Session, Store
from payrix_sessions.sandbox.validation import Rule, is_integer, is_number, require

_MAX_DAYS = 36_500

_ATTRIBUTES = {**FLAGS, "sso": "sso"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSession:
    """A session to put into the store; `Sandbox.add_session` tells what each field means.

    Raises:
        ValueError: For a value that makes no sense, by the name of its field.
    """

    id: str | None = None
    key: str | None = None
    login: str | None = None
    creator: str | None = None
    age: timedelta | float | None = None
    idle: timedelta | float = 0
    public: int = 0
    inactive: int = 0
    frozen: int = 0
    token: int = 0
    sso: int = 0
    mfa_authenticated: int = 0

    def __post_init__(self) -> None:
        require(_RULES, {each.name: getattr(self, each.name) for each in fields(self)}, "session: ")
        if self.age is not None and _duration(self.age) < _duration(self.idle):
            raise ValueError("session: age must not be less than idle")

    @classmethod
    def of(cls, members: object) -> "SeedSession":
        """Read a mapping; flags go by their name on the wire or by the attribute's.

        Raises:
            ValueError: For anything but a mapping, for an unknown name, or for a value that makes no sense.
        """
        if not isinstance(members, Mapping):
            raise ValueError("session: must be a mapping of fields")
        given = cast("Mapping[object, Any]", members)
        named = {_ATTRIBUTES.get(str(name), str(name)): value for name, value in given.items()}
        for name in named:
            if name not in SEED_FIELDS:
                raise ValueError(f"session: unknown field {name!r}; known fields: {', '.join(SEED_FIELDS)}")
        return cls(**named)

    def add_to(self, store: Store, clock: Clock) -> Session:
        """Put the session into the store.

        Raises:
            ValueError: If its id or its key is taken.
        """
        now = clock.now()
        session = Session(
            id=self.id or store.new_session_id(),
            key=self.key or store.new_key(),
            login=self.login or store.own_login,
            creator=self.creator or store.own_login,
            created_at=now - _duration(self.idle if self.age is None else self.age),
            last_used=now - _duration(self.idle),
            **{attribute: getattr(self, attribute) for attribute in _ATTRIBUTES.values()},
        )
        store.add(session)
        return session


SEED_FIELDS = tuple(each.name for each in fields(SeedSession))


def _duration(value: timedelta | float) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def _is_duration(value: Any) -> bool:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return is_number(seconds, 0, _MAX_DAYS * 86_400)


def _is_login(value: Any) -> bool:
    return value is None or (isinstance(value, str) and 0 < len(value) <= MAX_LOGIN_LENGTH)


_DURATION = f"a timedelta or seconds, 0 to {_MAX_DAYS} days"
_LOGIN: Rule = (_is_login, f"a string of 1 to {MAX_LOGIN_LENGTH} characters")

_RULES: dict[str, Rule] = {
    "id": (lambda value: value is None or is_well_formed_id(value), "a string of letters, digits and underscores"),
    "key": (
        lambda value: value is None or (isinstance(value, str) and re.fullmatch(r"[!-~]+", value) is not None),
        "a string of printable ASCII characters without spaces",
    ),
    "login": _LOGIN,
    "creator": _LOGIN,
    "age": (lambda value: value is None or _is_duration(value), _DURATION),
    "idle": (_is_duration, _DURATION),
    **{attribute: (lambda value: is_integer(value, 0, 1), "0 or 1") for attribute in _ATTRIBUTES.values()},
}
