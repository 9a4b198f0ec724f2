"""The `LoginsResponse` model."""

from dataclasses import dataclass
from typing import Any

from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class LoginsResponse(Model):
    """A login, as it is embedded in a session.

    The records that can be embedded in a login in turn, such as its teams, are in `additional_properties`. Its
    `password`, `mfa_secret` and `mfa_sms_window` are redacted whenever it is printed.
    """

    id: str | None = wire("id")  # "p1_log_..." or another string
    created: str | None = wire("created")  # "2025-03-04 12:40:40.1366", US Eastern wall time
    modified: str | None = wire("modified", like="created")  # as created
    creator: str | dict[str, Any] | None = wire("creator")  # login id, or the login when embedded
    modifier: str | None = wire("modifier", like="creator")  # login id
    login: str | dict[str, Any] | None = wire("login")  # parent: login id, or the login when embedded
    last_login: str | None = wire("lastLogin")  # "2025-03-04 12:40:40", US Eastern wall time
    username: str | None = wire("username")
    password: str | None = wire("password")  # a secret
    sso_id: str | None = wire("ssoId")  # its identity for single sign-on
    first: str | None = wire("first")
    middle: str | None = wire("middle")
    last: str | None = wire("last")
    email: str | None = wire("email")
    fax: str | None = wire("fax")
    phone: str | None = wire("phone")
    country: str | None = wire("country")  # three letters
    zip: str | None = wire("zip")
    state: str | None = wire("state")  # two letters in the USA and Canada
    city: str | None = wire("city")
    address2: str | None = wire("address2")
    address1: str | None = wire("address1")
    confirmed: int | str | None = wire("confirmed")  # 1 when the email address is confirmed
    roles: int | None = wire("roles")  # bit mask, beyond 32 bits
    partition: str | None = wire("partition")
    division: str | dict[str, Any] | None = wire("division")  # id, or the division when embedded
    parent_division: str | None = wire("parentDivision")
    allowed_resources: str | None = wire("allowedResources")  # JSON in a string
    restricted_resources: str | None = wire("restrictedResources")  # JSON in a string
    portal_access: int | str | None = wire("portalAccess")  # 1 when it may use the portal
    mfa_enabled: int | str | None = wire("mfaEnabled")  # 1 when multi-factor authentication is on
    mfa_secret: str | None = wire("mfaSecret")  # a secret
    mfa_enrolled_date: str | None = wire("mfaEnrolledDate")
    mfa_type: str | None = wire("mfaType")
    effective_roles: int | None = wire("effectiveRoles")  # bit mask: the roles and what they include
    mfa_sms_codes_count: int | None = wire("mfaSmsCodesCount")
    mfa_sms_window: int | None = wire("mfaSmsWindow")  # a secret: the code of an SMS
    login_as_enabled: int | str | None = wire("loginAsEnabled")  # 1 when it may act as another login
    inactive: InactiveEnum | int | str | None = wire("inactive", InactiveEnum)
    frozen: FrozenEnum | int | str | None = wire("frozen", FrozenEnum)
