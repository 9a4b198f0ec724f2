"""The exception for HTTP 400."""

from typing import ClassVar

from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.models.error_four_hundred_properties import ErrorFourHundredProperties
from payrix_sessions.models.error_item import ErrorItem


class ErrorFourHundredException(APIException):
    """HTTP 400: the request or its credentials are invalid. `errors` holds `ErrorFourHundredProperties`."""

    _error_model: ClassVar[type[ErrorItem]] = ErrorFourHundredProperties
