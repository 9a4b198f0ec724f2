"""The `SessionsPostResponseItem` model."""

from dataclasses import dataclass

from payrix_sessions.models.details import Details
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.model import Model, wire
from payrix_sessions.models.session_post_response import SessionPostResponse


@dataclass(slots=True, eq=False, repr=False)
class SessionsPostResponseItem(Model):
    """The content of the response to listing sessions."""

    data: list[SessionPostResponse] | None = wire("data", SessionPostResponse, many=True)
    details: Details | None = wire("details", Details)
    errors: list[ErrorItem] | None = wire("errors", ErrorItem, many=True)
