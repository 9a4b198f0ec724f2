"""The `SessionPublicEnum` enumeration."""

from enum import IntEnum


class SessionPublicEnum(IntEnum):
    """What a session may reach."""

    PRIVATEACCESS = 0  # private resources too (a secret session)
    PUBLICACCESS = 1  # public resources only (a publishable session)
