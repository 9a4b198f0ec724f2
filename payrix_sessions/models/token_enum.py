"""The `TokenEnum` enumeration."""

from enum import IntEnum


class TokenEnum(IntEnum):
    """Whether calls made with a session must carry an Auth Token."""

    AUTHTOKENDISABLED = 0  # no Auth Token needed
    AUTHTOKENREQUIRED = 1  # an Auth Token is needed on POST and DELETE
