"""The `ErrorFourHundredProperties` model."""

from dataclasses import dataclass

from payrix_sessions.models.error_item import ErrorItem


@dataclass(slots=True, eq=False, repr=False)
class ErrorFourHundredProperties(ErrorItem):
    """An `ErrorItem` of an HTTP 400 response; the published API description gives these a name of their own."""
