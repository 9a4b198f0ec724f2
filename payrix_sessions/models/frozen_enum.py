"""The `FrozenEnum` enumeration."""

from enum import IntEnum


class FrozenEnum(IntEnum):
    """Whether a session is frozen."""

    NOTFROZEN = 0  # not frozen
    FROZEN = 1  # frozen
