"""The Payrix Sessions API for Python."""

from payrix_sessions.api_response import ApiResponse
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
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.http.proxy_settings import ProxySettings
from payrix_sessions.models import (
    Details,
    DetailsProperties,
    ErrorFourHundredProperties,
    ErrorItem,
    FrozenEnum,
    InactiveEnum,
    LoginsResponse,
    MfaAuthenticatedEnum,
    SessionPostResponse,
    SessionPublicEnum,
    SessionResponse,
    SessionsPostRequest,
    SessionsPostRequestDict,
    SessionsPostResponseItem,
    SessionsPostResponseResult,
    SessionsResponseItem,
    SessionsResponseResult,
    SsoEnum,
    TokenEnum,
)
from payrix_sessions.request_tokens import new_request_token
from payrix_sessions.search import Search, SearchExpression, SearchWarning, Totals
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
    "LoginsResponse",
    "MfaAuthenticatedEnum",
    "PasswordCredentials",
    "PayrixException",
    "ProxySettings",
    "Search",
    "SearchExpression",
    "SearchWarning",
    "SessionKeyCredentials",
    "SessionPostResponse",
    "SessionPublicEnum",
    "SessionResponse",
    "SessionsController",
    "SessionsPostRequest",
    "SessionsPostRequestDict",
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


def _name_public_classes() -> None:
    # Tracebacks, reprs and pickles name a class by where users import it from.
    for name in __all__:
        if isinstance(globals()[name], type):
            globals()[name].__module__ = __name__


_name_public_classes()
