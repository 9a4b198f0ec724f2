"""The `FrozenEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class FrozenEnum(WireEnum):
    """Whether a record is frozen."""

    NOTFROZEN = 0  # not frozen
    FROZEN = 1  # frozen
