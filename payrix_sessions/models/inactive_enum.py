"""The `InactiveEnum` enumeration."""

from enum import IntEnum


class InactiveEnum(IntEnum):
    """Whether a session is inactive."""

    ACTIVE = 0  # active
    INACTIVE = 1  # inactive
