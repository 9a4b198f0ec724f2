"""The `TokenEnum` enumeration."""

from payrix_sessions.models.wire_enum import WireEnum


class TokenEnum(WireEnum):
    """Whether calls made with a session must carry an Auth Token."""

    AUTHTOKENDISABLED = 0  # no Auth Token needed
    AUTHTOKENREQUIRED = 1  # an Auth Token is needed on POST and DELETE
