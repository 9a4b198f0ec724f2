"""The `SessionsPostResponseResult` model."""

from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.sessions_post_response_item import SessionsPostResponseItem


@dataclass(slots=True, eq=False, repr=False)
class SessionsPostResponseResult(Model):
    """The response to listing sessions."""

    response: SessionsPostResponseItem | None = wire("response", SessionsPostResponseItem)

    @property
    def data(self) -> list[SessionPostResponse]:
        """The sessions of the page, never None."""
        return (self.response.data if self.response else None) or []
