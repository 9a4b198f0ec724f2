"""The Payrix Sessions API for Python."""

from payrix_sessions.client import Client
from payrix_sessions.configuration import Configuration, Environment
from payrix_sessions.controllers.sessions_controller import SessionsController
from payrix_sessions.exceptions import (
    APIException,
    ArgumentException,
    ConfigurationException,
    ConnectionException,
    ErrorFourHundredException,
    PayrixException,
    TimeoutException,
)
from payrix_sessions.http.api_response import ApiResponse
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.http.proxy_settings import ProxySettings
from payrix_sessions.http.retry_policy import new_request_token
from payrix_sessions.models import (
    Details,
    DetailsProperties,
    ErrorFourHundredProperties,
    ErrorItem,
    FrozenEnum,
    InactiveEnum,
    MfaAuthenticatedEnum,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostRequest,
    SessionsPostResponseItem,
    SessionsPostResponseResult,
    SessionsResponseItem,
    SessionsResponseResult,
    SsoEnum,
    TokenEnum,
)
from payrix_sessions.search import Search, SearchExpression, Totals
from payrix_sessions.version import __version__

__all__ = [
    "APIException",
    "ApiKeyCredentials",
    "ApiResponse",
    "ArgumentException",
    "Client",
    "Configuration",
    "ConfigurationException",
    "ConnectionException",
    "Details",
    "DetailsProperties",
    "Environment",
    "ErrorFourHundredException",
    "ErrorFourHundredProperties",
    "ErrorItem",
    "FrozenEnum",
    "HttpCallBack",
    "HttpRequest",
    "HttpResponse",
    "InactiveEnum",
    "MfaAuthenticatedEnum",
    "PasswordCredentials",
    "PayrixException",
    "ProxySettings",
    "Search",
    "SearchExpression",
    "SessionKeyCredentials",
    "SessionPostResponse",
    "SessionPublicEnum",
    "SessionResponse",
    "SessionsController",
    "SessionsPostRequest",
    "SessionsPostResponseItem",
    "SessionsPostResponseResult",
    "SessionsResponseItem",
    "SessionsResponseResult",
    "SsoEnum",
    "TimeoutException",
    "TokenEnum",
    "Totals",
    "TxnSessionKeyCredentials",
    "UsernameCredentials",
    "__version__",
    "new_request_token",
]
