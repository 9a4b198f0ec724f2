"""The `Details` model."""

from dataclasses import dataclass
from typing import Any

from payrix_sessions.models.details_properties import DetailsProperties
from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class Details(Model):
    """Metadata of a response. Only a list has a `page` and `totals`."""

    request_id: int | str | None = wire("requestId")
    totals: dict[str, Any] | list[Any] | None = wire("totals")  # [] if no totals were requested
    page: DetailsProperties | None = wire("page", DetailsProperties)
    duplicate_request: bool | None = wire("duplicateRequest", bool)  # True if the request token had been used before
