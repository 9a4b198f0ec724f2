"""The `SessionResponse` model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.mfa_authenticated_enum import MfaAuthenticatedEnum
from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.sso_enum import SsoEnum
from payrix_sessions.models.token_enum import TokenEnum
from payrix_sessions.timestamps import read_timestamp


@dataclass(slots=True, eq=False, repr=False)
class SessionResponse(Model):
    """A session: a temporary credential, which expires after 30 minutes of inactivity.

    Its `key` goes into the SESSIONKEY header of later calls; it is masked whenever the session is printed.
    """

    id: str | None = wire("id")  # "p1_ssn_..." or another text
    created: str | None = wire("created")  # "2025-03-04 12:40:40.1366", US Eastern wall time
    modified: str | None = wire("modified")  # as created
    creator: str | dict[str, Any] | None = wire("creator")  # login id, or the login when embedded
    modifier: str | None = wire("modifier")  # login id
    login: str | dict[str, Any] | None = wire("login")  # owner: login id, or the login when embedded
    key: str | None = wire("key")  # the secret
    public: SessionPublicEnum | int | str | None = wire("public", SessionPublicEnum)
    sso: SsoEnum | int | str | None = wire("sso", SsoEnum)
    token: TokenEnum | int | str | None = wire("token", TokenEnum)
    mfa_authenticated: MfaAuthenticatedEnum | int | str | None = wire("mfaAuthenticated", MfaAuthenticatedEnum)
    inactive: InactiveEnum | int | str | None = wire("inactive", InactiveEnum)
    frozen: FrozenEnum | int | str | None = wire("frozen", FrozenEnum)

    @property
    def created_at(self) -> datetime | None:
        """`created` as an aware datetime in US Eastern time; None when it is missing or no timestamp."""
        return read_timestamp(self.created)

    @property
    def modified_at(self) -> datetime | None:
        """`modified` as an aware datetime in US Eastern time; None when it is missing or no timestamp."""
        return read_timestamp(self.modified)
