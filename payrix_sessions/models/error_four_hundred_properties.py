"""The `ErrorFourHundredProperties` model."""

from __future__ import annotations

from dataclasses import dataclass

from payrix_sessions.models.error_item import ErrorItem


@dataclass(slots=True, eq=False, repr=False)
class ErrorFourHundredProperties(ErrorItem):
    """An `ErrorItem` of an HTTP 400 answer; the published description gives it a name of its own."""
