"""The `MfaAuthenticatedEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class MfaAuthenticatedEnum(WireEnum):
    """The multi-factor flag of a session."""

    MFADISABLED = 0  # multi-factor authentication is off
    MFAENABLED = 1  # multi-factor authentication is on
