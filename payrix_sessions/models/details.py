"""The `Details` model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payrix_sessions.models.details_properties import DetailsProperties
from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class Details(Model):
    """What an answer says of itself. POST and DELETE answers carry `request_id` alone."""

    request_id: int | str | None = wire("requestId")
    totals: dict[str, Any] | list[Any] | None = wire("totals")  # [] when no totals were asked for
    page: DetailsProperties | None = wire("page", DetailsProperties)
    duplicate_request: bool | None = wire("duplicateRequest")  # True when a request token was used before
