"""The base of the enumerations."""

from enum import IntEnum

from payrix_sessions._jsonpickle import register_enum


class WireEnum(IntEnum):
    """An enumeration of the API: integers that have names."""


register_enum(WireEnum)
