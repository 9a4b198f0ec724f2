"""The `SessionsResponseResult` model."""

from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.models.sessions_response_item import SessionsResponseItem


@dataclass(slots=True, eq=False, repr=False)
class SessionsResponseResult(Model):
    """The response to getting, creating or deleting a session."""

    response: SessionsResponseItem | None = wire("response", SessionsResponseItem)

    @property
    def data(self) -> list[SessionResponse]:
        """The sessions, never None; an id that does not exist gives an empty list and no error."""
        return (self.response.data if self.response else None) or []
