"""The `InactiveEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class InactiveEnum(WireEnum):
    """Whether a record is inactive."""

    ACTIVE = 0  # active
    INACTIVE = 1  # inactive
