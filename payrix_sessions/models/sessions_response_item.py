"""The `SessionsResponseItem` model."""

from dataclasses import dataclass

from payrix_sessions.models.details import Details
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_response import SessionResponse


@dataclass(slots=True, eq=False, repr=False)
class SessionsResponseItem(Model):
    """The content of the response to getting, creating or deleting a session."""

    data: list[SessionResponse] | None = wire("data", SessionResponse, many=True)
    details: Details | None = wire("details", Details)
    errors: list[ErrorItem] | None = wire("errors", ErrorItem, many=True)
