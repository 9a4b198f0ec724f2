"""The shared core, apimatic-core, set up for one client. No other module knows it.

A controller describes an operation as a `RequestBuilder` and a `ResponseHandler`. `Core.execute` carries it out: the
builder makes the request, `HttpClient` sends it, the handler makes an `ApiResponse` of the response, or raises. What
leaves here holds no credentials: not the exceptions, not their causes, not the frames of their tracebacks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic
from urllib.parse import urlsplit

from apimatic_core.api_call import ApiCall
from apimatic_core.configurations.endpoint_configuration import EndpointConfiguration
from apimatic_core.configurations.global_configuration import GlobalConfiguration
from apimatic_core.http.configurations.http_client_configuration import HttpClientConfiguration
from apimatic_core.http.request.http_request import HttpRequest as CoreHttpRequest
from apimatic_core.request_builder import RequestBuilder as CoreRequestBuilder
from apimatic_core.response_handler import ResponseHandler as CoreResponseHandler
from apimatic_core.types.error_case import ErrorCase
from apimatic_core.utilities.api_helper import ApiHelper
from apimatic_core_interfaces.client.http_client import HttpClient as CoreHttpClient

from payrix_sessions._exceptions import PayrixException
from payrix_sessions._redaction import Redactor, clear_library_frames, printable
from payrix_sessions._transport.failures import carried_out
from payrix_sessions._transport.http_client import HttpClient
from payrix_sessions.api_response import ApiResponse, T
from payrix_sessions.configuration import Configuration
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.http.auth.credentials import Credentials
from payrix_sessions.http.auth.kinds import HEADERS, KINDS
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.error_item import ErrorItem
from payrix_sessions.request_tokens import new_request_token
from payrix_sessions.version import __version__

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Core", "RequestBuilder", "ResponseHandler"]

_USER_AGENT = f"payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
_LONGEST_HOST = 255  # characters, as DNS has it


class Core:
    """apimatic-core with a client's configuration in it.

    Args:
        configuration: The options of the client.
        http_client: What sends its requests.
    """

    def __init__(self, configuration: Configuration, http_client: HttpClient) -> None:
        http = HttpClientConfiguration()
        http.set_http_client(_ClientForCore(http_client, configuration.http_call_back))
        url = configuration.get_base_uri()
        given = {name: getattr(configuration, name) for name in KINDS if getattr(configuration, name)}
        self._auto_request_tokens = configuration.auto_request_tokens
        self._query = configuration.default_query or {}
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate",
            "user-agent": _USER_AGENT,
            **{name.lower(): value for name, value in (configuration.default_headers or {}).items()},
        }
        self._http_client = http_client
        self._configuration = (
            GlobalConfiguration(http)
            .base_uri_executor(lambda _: url)
            .auth_managers(given)
            # Without a default, the core returns a 404 as a success.
            .global_errors(
                {
                    "3XX": ErrorCase().error_message("redirects are not followed").exception_type(_redirect),
                    "429": ErrorCase()
                    .error_message("the API's rate limit: 1,000 requests in ten seconds")
                    .exception_type(_rejecting(APIException)),
                    "404": ErrorCase()
                    .error_message("nothing is there: the id does not exist or is ill-formed, or base_url is wrong")
                    .exception_type(_rejecting(APIException)),
                    "default": ErrorCase()
                    .error_message("the response holds no error message")
                    .exception_type(_rejecting(APIException)),
                }
            )
        )

    def execute(
        self, request: RequestBuilder, handler: ResponseHandler[T], credentials: Credentials | None = None
    ) -> ApiResponse[T]:
        """Carry out an operation.

        Args:
            request: The request.
            handler: What makes the result of the response.
            credentials: What to send instead of the client's credentials (default: the client's).

        Raises:
            PayrixException: Whatever goes wrong. It comes without the frames below this one, which hold the request;
                the exceptions of others keep their frames, with the local variables of the libraries cleared.
        """
        if self._auto_request_tokens:
            request.add_request_token()
        request.prepare(self._headers, self._query, credentials)
        # Leave alone any exception that the caller is already handling.
        handled = sys.exc_info()[1]
        try:
            result: ApiResponse[T] = ApiCall(self._configuration).request(request).response(handler).execute()
        except PayrixException as exception:
            exception.__traceback__ = None
            request.redactor.exception(exception, handled=handled)
            if isinstance(exception, APIException) and handler.is_mismatch:
                self._http_client.transport.discard_connections()
            raise exception
        except BaseException as exception:
            clear_library_frames(exception, handled=handled)
            raise
        return result


class RequestBuilder(CoreRequestBuilder):
    """The core's builder, which makes our request; it takes names and values without a `Parameter` for each."""

    _credentials: Credentials | None = None
    _built: HttpRequest | None = None

    def __init__(self) -> None:
        super().__init__()
        self._header_params: Any = {}  # our names are lower-case: no need for requests' slow dict

    @property
    def redactor(self) -> Redactor:
        """The redactor that knows the secrets of the request."""
        return self._built._redactor() if self._built else Redactor()

    def template(self, name: str, value: str) -> Self:
        """Put a value into the path, encoded."""
        self._template_params[name] = {"value": value, "encode": True}
        return self

    def header(self, name: str, value: str | None) -> Self:
        """Add a header, unless it is None."""
        self._header_params[name] = value
        return self

    def query(self, name: str, value: str | int | None) -> Self:
        """Add a query parameter, unless it is None."""
        self._query_params[name] = value
        return self

    def body(self, members: dict[str, Any]) -> Self:
        """Send these members as JSON. They are plain JSON by now, without names that jsonpickle reserves."""
        self._body_param = members
        return self.body_serializer(ApiHelper.json_serialize)

    def prepare(
        self, headers: Mapping[str, str], query: Mapping[str, str | int], credentials: Credentials | None
    ) -> None:
        """Take what the client adds: headers, query parameters, and credentials to use instead of its own."""
        given = {name: value for name, value in self._header_params.items() if value is not None}
        self._header_params = {**headers, **given}
        self._query_params.update(query)
        self._credentials = credentials

    def build(self, global_configuration: GlobalConfiguration) -> HttpRequest:  # type: ignore[override]
        """Build the request; arguments that are None are omitted."""
        request = super().build(global_configuration)
        self._built = HttpRequest(
            request.http_method, request.query_url, request.headers, request.parameters, self._path
        )
        return self._built

    def add_request_token(self) -> None:
        """Give a request that changes something a request token, unless it has one."""
        if self._http_method != "GET" and self._header_params.get("request-token") is None:
            self._header_params["request-token"] = new_request_token()

    def process_request_headers(self, global_configuration: GlobalConfiguration) -> dict[str, str]:  # noqa: ARG002
        """Return the headers. The core's own way encodes what is a string already."""
        headers: dict[str, str] = self._header_params
        return headers

    def apply_auth(self, auth_managers: dict[str, Credentials], http_request: CoreHttpRequest) -> None:
        """Add the headers of the credentials. The core's own way keeps the state of a call in the auth object."""
        chosen = [self._credentials] if self._credentials else self._auth.select(auth_managers)
        for credentials in chosen:
            http_request.headers[credentials.header] = credentials.value


class ResponseHandler(CoreResponseHandler, Generic[T]):
    """The core's handler, which reads the envelope and makes our response.

    Args:
        model: The class of the result's body.
        mismatch: Says why a body cannot be the response to the request, given whether the API calls it a duplicate;
            None when it can.
    """

    def __init__(self, model: type[T], mismatch: Callable[[T, bool], str | None] | None = None) -> None:
        super().__init__()
        self._model: type[T] = model
        self._mismatch: Callable[[T, bool], str | None] | None = mismatch
        self.is_mismatch = False

    def local_error(self, error_code: str, error_message: str, exception_type: type[APIException]) -> Self:  # type: ignore[override]
        """Raise this exception for a status."""
        errors: dict[str, ErrorCase] = self._local_errors  # type: ignore[attr-defined]
        kind: Any = exception_type
        errors[error_code] = _error_case(error_message, kind)
        return self

    def handle(self, response: HttpResponse, global_errors: dict[str, ErrorCase]) -> ApiResponse[T]:
        """Return the typed response.

        Raises:
            APIException: For every status but 2xx, for a body that is not an envelope of the API, and for one that
                belongs to another request.
        """
        if response._fault:
            raise _unusable(response._fault, response)
        self.validate(response, global_errors)
        if response.status_code == HTTPStatus.NO_CONTENT:
            return ApiResponse(response, self._model())
        envelope = response._decoded()
        if envelope.fault:
            raise _unusable(f"the response is not an envelope of the API: {envelope.fault}", response)
        if envelope.has_errors():
            redactor = response.request._redactor()
            errors = envelope.errors(ErrorItem, redactor)
            envelope.redact_errors(redactor)
            body = self._model.from_dictionary(envelope.value)
            result = ApiResponse(response, body, errors, _doubt(response) + _sent_where(response, errors))
            if result.is_error():
                return result
        else:
            result = ApiResponse(response, self._model.from_dictionary(envelope.value))
        reason = self._mismatch and self._mismatch(result.body, envelope.is_duplicate)
        if reason:
            self.is_mismatch = True
            raise _mismatched(reason, response, is_duplicate=envelope.is_duplicate)
        return result


class _ClientForCore(CoreHttpClient):
    """The core's interface to our HTTP client, and the user's callback around it."""

    def __init__(self, client: HttpClient, callback: HttpCallBack | None) -> None:
        self._client = client
        self._callback = callback

    def execute(self, request: HttpRequest, endpoint_configuration: EndpointConfiguration) -> HttpResponse:  # noqa: ARG002  (the interface)
        callback = self._callback
        if callback is None:
            return self._client.execute(request)
        shown = request._redacted(revealable=True)
        callback.on_before_request(shown)
        handled = sys.exc_info()[1]
        try:
            response = self._client.execute(request)
        except BaseException as exception:
            on_error = getattr(callback, "on_error", None)
            if on_error is not None:
                request._redactor().exception(exception, handled=handled)
                on_error(shown, exception)
            raise
        callback.on_after_response(response._redacted(revealable=True))
        return response

    def convert_response(self, response: HttpResponse, contains_binary_response: bool, request: Any) -> HttpResponse:  # noqa: ARG002  (the interface)
        return response


def _redirect(reason: str, response: HttpResponse) -> APIException:
    location = response.request._redactor().string(response.headers.get("Location", ""))
    try:
        host = urlsplit(location).netloc.rpartition("@")[2] or "the same host"
    except ValueError:
        host = "a host that cannot be read"
    leads = (
        f"this one leads to {printable(host, _LONGEST_HOST)}" if location else "this one does not say where it leads"
    )
    return APIException(f"{reason}: credentials stay with the host they are for; {leads}", response, _doubt(response))


def _rejecting(kind: type[APIException]) -> Callable[[str, HttpResponse], APIException]:
    """Return what makes the exception of this class for an error response."""

    def reject(reason: str, response: HttpResponse) -> APIException:
        errors = response._decoded().errors(ErrorItem, Redactor())
        return kind(reason, response, _doubt(response) + _sent_where(response, errors))

    return reject


@cache  # one for each operation, not for each call
def _error_case(error_message: str, exception_type: Any) -> ErrorCase:
    case: ErrorCase = ErrorCase().error_message(error_message).exception_type(_rejecting(exception_type))
    return case


def _unusable(reason: str, response: HttpResponse) -> APIException:
    return APIException(reason, response, _doubt(response))


def _mismatched(reason: str, response: HttpResponse, *, is_duplicate: bool) -> APIException:
    has_token = "request-token" in response.request.headers
    used = "its request_token was used before for another request, and nothing was done"
    stray = "something on the way delivers responses to the wrong requests, and its connections were closed"
    if is_duplicate:
        return APIException(f"{reason}: {used}; send it again with a fresh request_token", response)
    hint = ""
    if response.request.http_method != "GET":
        response._may_have_been_sent = True  # type: ignore[misc]  # mypy overlooks inherited slots
        hint = f"; the {response.request.http_method} may have been carried out: look before you send it again"
        hint += ", then with a fresh request_token" if has_token else ""
    return APIException(f"{reason}: {used}, or {stray}" if has_token else f"{reason}: {stray}", response, hint)


def _doubt(response: HttpResponse) -> str:
    return carried_out(response.request) if response._may_have_been_sent else ""


def _sent_where(response: HttpResponse, errors: list[ErrorItem]) -> str:
    """Return which credentials were rejected, and where."""
    rejected = response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if not rejected and not any(error.error_code == "invalid_auth" for error in errors):
        return ""
    sent = " and ".join(name for name in response.request.headers if name in HEADERS)
    host = urlsplit(response.request.query_url).netloc
    return f" ({sent} sent to {host}; keys of sandbox and production differ)"
