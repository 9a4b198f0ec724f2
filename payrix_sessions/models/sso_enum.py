"""The `SsoEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class SsoEnum(WireEnum):
    """Whether a session was made by single sign-on."""

    NOTCREATEDWITHSSO = 0  # not made by single sign-on
    CREATEDWITHSSO = 1  # made by single sign-on
