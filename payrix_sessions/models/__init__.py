"""The models and enums of the Sessions resource, one class in each file."""

from payrix_sessions.models.details import Details
from payrix_sessions.models.details_properties import DetailsProperties
from payrix_sessions.models.error_four_hundred_properties import ErrorFourHundredProperties
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.models.frozen_enum import FrozenEnum
from payrix_sessions.models.inactive_enum import InactiveEnum
from payrix_sessions.models.logins_response import LoginsResponse
from payrix_sessions.models.mfa_authenticated_enum import MfaAuthenticatedEnum
from payrix_sessions.models.session_post_response import SessionPostResponse
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.session_response import SessionResponse
from payrix_sessions.models.sessions_post_request import SessionsPostRequest, SessionsPostRequestDict
from payrix_sessions.models.sessions_post_response_item import SessionsPostResponseItem
from payrix_sessions.models.sessions_post_response_result import SessionsPostResponseResult
from payrix_sessions.models.sessions_response_item import SessionsResponseItem
from payrix_sessions.models.sessions_response_result import SessionsResponseResult
from payrix_sessions.models.sso_enum import SsoEnum
from payrix_sessions.models.token_enum import TokenEnum

__all__ = [
    "Details",
    "DetailsProperties",
    "ErrorFourHundredProperties",
    "ErrorItem",
    "FrozenEnum",
    "InactiveEnum",
    "LoginsResponse",
    "MfaAuthenticatedEnum",
    "SessionPostResponse",
    "SessionPublicEnum",
    "SessionResponse",
    "SessionsPostRequest",
    "SessionsPostRequestDict",
    "SessionsPostResponseItem",
    "SessionsPostResponseResult",
    "SessionsResponseItem",
    "SessionsResponseResult",
    "SsoEnum",
    "TokenEnum",
]
