"""Every model with its wire names, and every enum with its members: written out, so that a slip shows."""

from dataclasses import dataclass
from enum import IntEnum

from payrix_sessions import (
    Details,
    DetailsProperties,
    ErrorFourHundredProperties,
    ErrorItem,
    FrozenEnum,
    InactiveEnum,
    LoginsResponse,
    MfaAuthenticatedEnum,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostRequest,
    SessionsPostResponseItem,
    SessionsPostResponseResult,
    SessionsResponseItem,
    SessionsResponseResult,
    SsoEnum,
    TokenEnum,
)

AnyModel = (
    Details
    | DetailsProperties
    | ErrorItem
    | LoginsResponse
    | SessionResponse
    | SessionsPostRequest
    | SessionsPostResponseItem
    | SessionsPostResponseResult
    | SessionsResponseItem
    | SessionsResponseResult
)

ENUMS: dict[type[IntEnum], dict[str, int]] = {
    SessionPublicEnum: {"PRIVATEACCESS": 0, "PUBLICACCESS": 1},
    SsoEnum: {"NOTCREATEDWITHSSO": 0, "CREATEDWITHSSO": 1},
    TokenEnum: {"AUTHTOKENDISABLED": 0, "AUTHTOKENREQUIRED": 1},
    MfaAuthenticatedEnum: {"MFADISABLED": 0, "MFAENABLED": 1},
    InactiveEnum: {"ACTIVE": 0, "INACTIVE": 1},
    FrozenEnum: {"NOTFROZEN": 0, "FROZEN": 1},
}

_REQUEST_FLAGS: dict[str, tuple[str, type[IntEnum]]] = {
    "public": ("public", SessionPublicEnum),
    "token": ("token", TokenEnum),
    "mfa_authenticated": ("mfaAuthenticated", MfaAuthenticatedEnum),
    "inactive": ("inactive", InactiveEnum),
    "frozen": ("frozen", FrozenEnum),
}
_FLAGS: dict[str, tuple[str, type[IntEnum]]] = {**_REQUEST_FLAGS, "sso": ("sso", SsoEnum)}
_SESSION = {name: name for name in ("id", "created", "modified", "creator", "modifier", "login", "key")}
_LOGIN = {
    **{name: name for name in ("id", "created", "modified", "creator", "modifier", "login")},
    "last_login": "lastLogin",
    "username": "username",
    "password": "password",
    "sso_id": "ssoId",
    **{name: name for name in ("first", "middle", "last", "email", "fax", "phone", "country", "zip", "state", "city")},
    "address2": "address2",
    "address1": "address1",
    "confirmed": "confirmed",
    "roles": "roles",
    "partition": "partition",
    "division": "division",
    "parent_division": "parentDivision",
    "allowed_resources": "allowedResources",
    "restricted_resources": "restrictedResources",
    "portal_access": "portalAccess",
    "mfa_enabled": "mfaEnabled",
    "mfa_secret": "mfaSecret",
    "mfa_enrolled_date": "mfaEnrolledDate",
    "mfa_type": "mfaType",
    "effective_roles": "effectiveRoles",
    "mfa_sms_codes_count": "mfaSmsCodesCount",
    "mfa_sms_window": "mfaSmsWindow",
    "login_as_enabled": "loginAsEnabled",
}
_LISTED = {"effective_roles": "effectiveRoles", "effective_resources": "effectiveResources"}
_ERROR = {"code": "code", "severity": "severity", "msg": "msg", "field": "field", "error_code": "errorCode"}
_ITEM = {"data": "data", "details": "details", "errors": "errors"}


@dataclass(frozen=True)
class Table:
    """One model: its plain fields and its flags, by attribute."""

    model: type[AnyModel]
    plain: dict[str, str]
    flags: dict[str, tuple[str, type[IntEnum]]]

    @property
    def wire_names(self) -> dict[str, str]:
        """The wire name of each attribute."""
        return {**self.plain, **{attribute: name for attribute, (name, _) in self.flags.items()}}


# Members of which a string that stands for a boolean becomes one.
BOOLEANS = ("hasMore", "duplicateRequest")

TABLES = (
    Table(SessionResponse, _SESSION, _FLAGS),
    Table(LoginsResponse, _LOGIN, {"inactive": ("inactive", InactiveEnum), "frozen": ("frozen", FrozenEnum)}),
    Table(SessionPostResponse, {**_SESSION, **_LISTED}, _FLAGS),
    Table(SessionsPostRequest, {"login": "login"}, _REQUEST_FLAGS),
    Table(ErrorItem, _ERROR, {}),
    Table(ErrorFourHundredProperties, _ERROR, {}),
    Table(DetailsProperties, {"current": "current", "last": "last", "has_more": "hasMore"}, {}),
    Table(
        Details,
        {"request_id": "requestId", "totals": "totals", "page": "page", "duplicate_request": "duplicateRequest"},
        {},
    ),
    Table(SessionsResponseItem, _ITEM, {}),
    Table(SessionsPostResponseItem, _ITEM, {}),
    Table(SessionsResponseResult, {"response": "response"}, {}),
    Table(SessionsPostResponseResult, {"response": "response"}, {}),
)
