"""The `DetailsProperties` model."""

from __future__ import annotations

from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class DetailsProperties(Model):
    """Where in a list an answer stands. Page on `has_more`: `last` is only the last page known so far."""

    current: int | None = wire("current")
    last: int | None = wire("last")
    has_more: bool | None = wire("hasMore")
