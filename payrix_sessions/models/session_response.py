"""The `SessionResponse` model."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payrix_sessions._redaction import MASK, printable, redact_members
from payrix_sessions._timestamps import read_timestamp
from payrix_sessions.models._table import table
from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.logins_response import LoginsResponse
from payrix_sessions.models.mfa_authenticated_enum import MfaAuthenticatedEnum
from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.sso_enum import SsoEnum
from payrix_sessions.models.token_enum import TokenEnum

_TO_THE_MINUTE = len("2025-03-04 12:40")
_ROW_FLAGS = {"sso": "sso", "token": "token", "mfa_authenticated": "mfa", "inactive": "inactive", "frozen": "frozen"}


@dataclass(slots=True, eq=False, repr=False)
class SessionResponse(Model):
    """A session: a temporary credential, which expires after 30 minutes of inactivity.

    Its `key` goes into the SESSIONKEY header of later calls; it is redacted whenever the session is printed. Every
    session that the API shows has an `id` and, unless it was just deleted, a `key`; both are None if they are missing
    from a response.
    """

    id: str = wire("id")  # "p1_ssn_..." or another string
    created: str | None = wire("created")  # "2025-03-04 12:40:40.1366", US Eastern wall time
    modified: str | None = wire("modified", like="created")  # as `created`
    creator: LoginsResponse | str | None = wire("creator", LoginsResponse)  # login id, or the login when embedded
    modifier: str | None = wire("modifier", like="creator")  # login id
    login: LoginsResponse | str | None = wire("login", LoginsResponse, like="creator")  # the owner, as `creator`
    key: str = wire("key")  # the secret
    public: SessionPublicEnum | int | str | None = wire("public", SessionPublicEnum)
    sso: SsoEnum | int | str | None = wire("sso", SsoEnum)
    token: TokenEnum | int | str | None = wire("token", TokenEnum)
    mfa_authenticated: MfaAuthenticatedEnum | int | str | None = wire("mfaAuthenticated", MfaAuthenticatedEnum)
    inactive: InactiveEnum | int | str | None = wire("inactive", InactiveEnum)
    frozen: FrozenEnum | int | str | None = wire("frozen", FrozenEnum)

    @property
    def created_at(self) -> datetime | None:
        """`created` as an aware datetime in US Eastern time; None if it is missing or not a timestamp."""
        return read_timestamp(self.created)

    @property
    def modified_at(self) -> datetime | None:
        """`modified` as an aware datetime in US Eastern time; None if it is missing or not a timestamp."""
        return read_timestamp(self.modified)

    @classmethod
    def _rows(cls, models: list[Any], width: int) -> list[str]:
        rows = [["id", "created", "login", "access"]]
        rows += [[_cell(m.id), _cell(m.created)[:_TO_THE_MINUTE], _cell(m.login), _access(m)] for m in models]
        return table(rows, {2: 10, 1: 10, 0: 30}, width)


def _cell(value: Any) -> str:
    if isinstance(value, LoginsResponse):
        value = value.username or value.id
    if value is None:
        return "-"
    # A value of another type than declared may hold anything.
    if not isinstance(value, (str, int)):
        return MASK
    text = str(redact_members(value))
    return printable(text, len(text))


def _access(session: SessionResponse) -> str:
    """Name what the session's key may reach and the flags that are set."""
    reach = {"1": "public", "0": "private"}.get(_cell(session.public), "-" if session.public is None else "?")
    return " ".join([reach, *(name for flag, name in _ROW_FLAGS.items() if _cell(getattr(session, flag)) == "1")])
