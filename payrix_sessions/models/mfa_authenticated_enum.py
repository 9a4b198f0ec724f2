"""The `MfaAuthenticatedEnum` enumeration."""

from enum import IntEnum


class MfaAuthenticatedEnum(IntEnum):
    """The multi-factor flag of a session."""

    MFADISABLED = 0  # multi-factor authentication is off
    MFAENABLED = 1  # multi-factor authentication is on
