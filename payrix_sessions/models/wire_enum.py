"""The base of the enumerations."""

from enum import IntEnum

from payrix_sessions._jsonpickle import register_enum


class WireEnum(IntEnum):
    """An enumeration of the API: integers that have names, and print as integers on every Python."""

    # Python 3.10 would print "TokenEnum.AUTHTOKENREQUIRED", and later ones the integer.
    __str__ = int.__repr__


register_enum(WireEnum)
