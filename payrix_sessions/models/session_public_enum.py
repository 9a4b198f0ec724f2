"""The `SessionPublicEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class SessionPublicEnum(WireEnum):
    """What a session may reach."""

    PRIVATEACCESS = 0  # private resources too (a secret session)
    PUBLICACCESS = 1  # public resources only (a publishable session)
