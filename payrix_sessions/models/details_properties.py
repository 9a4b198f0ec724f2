"""The `DetailsProperties` model."""

from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class DetailsProperties(Model):
    """The position of a page in a list. To page, check `has_more`: `last` is only the last page known so far."""

    current: int | None = wire("current")
    last: int | None = wire("last")
    has_more: bool | None = wire("hasMore", bool)
