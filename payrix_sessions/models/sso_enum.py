"""The `SsoEnum` enumeration."""

from enum import IntEnum


class SsoEnum(IntEnum):
    """Whether a session was made by single sign-on."""

    NOTCREATEDWITHSSO = 0  # not made by single sign-on
    CREATEDWITHSSO = 1  # made by single sign-on
