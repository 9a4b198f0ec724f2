"""The `SessionsPostRequest` model."""

from dataclasses import dataclass
from typing import TypedDict

from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.mfa_authenticated_enum import MfaAuthenticatedEnum
from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.token_enum import TokenEnum


@dataclass(slots=True, eq=False, repr=False)
class SessionsPostRequest(Model):
    """The session to create. A member that is None is not sent; the API then decides."""

    login: str | None = wire("login")  # id of the login that will own the session
    public: SessionPublicEnum | int | None = wire("public", SessionPublicEnum)
    token: TokenEnum | int | None = wire("token", TokenEnum)
    mfa_authenticated: MfaAuthenticatedEnum | int | None = wire("mfaAuthenticated", MfaAuthenticatedEnum)
    inactive: InactiveEnum | int | None = wire("inactive", InactiveEnum)
    frozen: FrozenEnum | int | None = wire("frozen", FrozenEnum)


class SessionsPostRequestDict(TypedDict, total=False):
    """The session to create, as a dict with wire names.

    A type checker finds a misspelt name or a wrong type in it. Members that are not declared here go into the
    `additional_properties` of a `SessionsPostRequest`.
    """

    login: str | None  # id of the login that will own the session
    public: SessionPublicEnum | int | None
    token: TokenEnum | int | None
    mfaAuthenticated: MfaAuthenticatedEnum | int | None
    inactive: InactiveEnum | int | None
    frozen: FrozenEnum | int | None
