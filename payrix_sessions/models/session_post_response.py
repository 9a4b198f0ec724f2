"""The `SessionPostResponse` model."""

from dataclasses import dataclass

from payrix_sessions.models.model import wire
from payrix_sessions.models.session_response import SessionResponse


@dataclass(slots=True, eq=False, repr=False)
class SessionPostResponse(SessionResponse):
    """A session in a list: a `SessionResponse`, and what its login may do."""

    effective_roles: int | None = wire("effectiveRoles")  # bit mask, beyond 32 bits
    effective_resources: str | None = wire("effectiveResources")
