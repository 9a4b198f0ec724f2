"""Every model with its wire names, and every enum with its members: written out, so that a slip shows."""

import re
from dataclasses import dataclass
from enum import IntEnum

from payrix_sessions import models
from payrix_sessions.models.model import Model

# Each flag with its enum and the names of that enum's members, of which the first is 0 and the second 1.
FLAGS: dict[str, tuple[type[IntEnum], list[str]]] = {
    "public": (models.SessionPublicEnum, ["PRIVATEACCESS", "PUBLICACCESS"]),
    "sso": (models.SsoEnum, ["NOTCREATEDWITHSSO", "CREATEDWITHSSO"]),
    "token": (models.TokenEnum, ["AUTHTOKENDISABLED", "AUTHTOKENREQUIRED"]),
    "mfaAuthenticated": (models.MfaAuthenticatedEnum, ["MFADISABLED", "MFAENABLED"]),
    "inactive": (models.InactiveEnum, ["ACTIVE", "INACTIVE"]),
    "frozen": (models.FrozenEnum, ["NOTFROZEN", "FROZEN"]),
}
# Members of which a string that stands for a boolean becomes one.
BOOLEANS = ("hasMore", "duplicateRequest")


@dataclass(frozen=True)
class Table:
    """One model: its plain fields, its flags and the wire names of all, by attribute."""

    model: type[Model]
    plain: dict[str, str]
    flags: dict[str, tuple[str, type[IntEnum]]]
    wire_names: dict[str, str]


def _table(model: type[Model], plain: str, flags: str = "") -> Table:
    """Make a table from wire names; an attribute is the same words in Python's spelling."""
    names = {re.sub("(?=[A-Z])", "_", name).lower(): name for name in f"{plain} {flags}".split()}
    own = {attribute: (name, FLAGS[name][0]) for attribute, name in names.items() if name in flags.split()}
    return Table(model, {attribute: name for attribute, name in names.items() if attribute not in own}, own, names)


_RECORD = "id created modified creator modifier login"
_LOGIN = (
    "lastLogin username password ssoId first middle last email fax phone country zip state city address2 address1 "
    "confirmed roles partition division parentDivision allowedResources restrictedResources portalAccess mfaEnabled "
    "mfaSecret mfaEnrolledDate mfaType effectiveRoles mfaSmsCodesCount mfaSmsWindow loginAsEnabled"
)
_ERROR = "code severity msg field errorCode"
_ITEM = "data details errors"

TABLES = (
    _table(models.SessionResponse, f"{_RECORD} key", " ".join(FLAGS)),
    _table(models.LoginsResponse, f"{_RECORD} {_LOGIN}", "inactive frozen"),
    _table(models.SessionPostResponse, f"{_RECORD} key effectiveRoles effectiveResources", " ".join(FLAGS)),
    _table(models.SessionsPostRequest, "login", "public token mfaAuthenticated inactive frozen"),
    _table(models.ErrorItem, _ERROR),
    _table(models.ErrorFourHundredProperties, _ERROR),
    _table(models.DetailsProperties, "current last hasMore"),
    _table(models.Details, "requestId totals page duplicateRequest"),
    _table(models.SessionsResponseItem, _ITEM),
    _table(models.SessionsPostResponseItem, _ITEM),
    _table(models.SessionsResponseResult, "response"),
    _table(models.SessionsPostResponseResult, "response"),
)
