"""The shared core, apimatic-core, set up for one client. No other module knows it.

A controller describes an operation as a `RequestBuilder` and a `ResponseHandler`. `Core.execute` carries it out: the
builder makes the request, `HttpClient` sends it, the handler makes an `ApiResponse` of the answer, or raises.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any, Generic
from urllib.parse import urlsplit

from apimatic_core.api_call import ApiCall
from apimatic_core.configurations.endpoint_configuration import EndpointConfiguration
from apimatic_core.configurations.global_configuration import GlobalConfiguration
from apimatic_core.http.configurations.http_client_configuration import HttpClientConfiguration
from apimatic_core.http.request.http_request import HttpRequest as CoreHttpRequest
from apimatic_core.request_builder import RequestBuilder as CoreRequestBuilder
from apimatic_core.response_handler import ResponseHandler as CoreResponseHandler
from apimatic_core.types.error_case import ErrorCase
from apimatic_core.types.parameter import Parameter
from apimatic_core_interfaces.client.http_client import HttpClient as CoreHttpClient

from payrix_sessions.api_helper import decode_json, envelope_fault, has_errors, mask_errors
from payrix_sessions.configuration import Configuration
from payrix_sessions.exceptions.api_exception import APIException
from payrix_sessions.exceptions.payrix_exception import ConfigurationException, PayrixException
from payrix_sessions.http.api_response import ApiResponse, T
from payrix_sessions.http.auth.credentials import Credentials
from payrix_sessions.http.http_call_back import HttpCallBack
from payrix_sessions.http.http_client import HttpClient
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.http.retry_policy import new_request_token
from payrix_sessions.http.transport import carried_out
from payrix_sessions.masking import causes, scrub, secrets_of
from payrix_sessions.version import __version__

__all__ = ["Core", "FirstOf", "Parameter", "RequestBuilder", "ResponseHandler"]

_USER_AGENT = f"payrix-sessions/{__version__} Python/{sys.version.split()[0]}"
_LONGEST_HOST = 255  # characters, as DNS has it

_CREDENTIALS = (
    "api_key_credentials",
    "session_key_credentials",
    "txn_session_key_credentials",
    "username_credentials",
    "password_credentials",
)


class Core:
    """apimatic-core with a client's configuration in it."""

    def __init__(self, configuration: Configuration, http_client: HttpClient) -> None:
        call_back = configuration.http_call_back
        http = HttpClientConfiguration(http_call_back=call_back and _MaskingCallBack(call_back))
        http.set_http_client(_HttpClient(http_client))
        url = configuration.get_base_uri()
        given = {name: getattr(configuration, name) for name in _CREDENTIALS if getattr(configuration, name)}
        self._auto_request_tokens = configuration.auto_request_tokens
        self._secrets = [credentials.value for credentials in given.values()]
        self._configuration = (
            GlobalConfiguration(http)
            .base_uri_executor(lambda _: url)
            .auth_managers(given)
            .global_header("accept", "application/json")
            .global_header("accept-encoding", "gzip, deflate")
            .global_header("user-agent", _USER_AGENT)
            # Without a default, the core returns a 404 as a success.
            .global_errors(
                {
                    "3XX": ErrorCase().error_message("redirects are not followed").exception_type(_redirect),
                    "default": ErrorCase().error_message("the answer holds no error message").exception_type(_refusal),
                }
            )
        )

    def execute(self, request: RequestBuilder, response: ResponseHandler[T]) -> ApiResponse[T]:
        """Carry out an operation.

        Raises:
            PayrixException: Whatever goes wrong. It and its causes come without the frames below this one and without
                the requests and answers they hold: tracebacks are printed with local variables, and sent away.
        """
        if self._auto_request_tokens:
            request.add_request_token()
        # What the caller is in the middle of handling is not ours to change.
        handled = sys.exc_info()[1]
        try:
            result: ApiResponse[T] = ApiCall(self._configuration).request(request).response(response).execute()
        except PayrixException as exception:
            exception.__traceback__ = None
            for cause in causes(exception, contexts=True, handled=handled)[1:]:
                scrub(cause, [*self._secrets, *request.secrets()])
            raise exception
        return result


class RequestBuilder(CoreRequestBuilder):
    """The core's builder, which makes our request."""

    def build(self, global_configuration: GlobalConfiguration) -> HttpRequest:  # type: ignore[override]
        """Make the request. What is None is not sent."""
        request = super().build(global_configuration)
        return HttpRequest(request.http_method, request.query_url, request.headers, request.parameters, self._path)

    def add_request_token(self) -> None:
        """Give a request that changes something a request token, unless it has one."""
        if self._http_method != "GET" and self._header_params.get("request-token") is None:
            self._header_params["request-token"] = new_request_token()

    def secrets(self) -> list[str]:
        """List what the caller gave that must not be shown."""
        return secrets_of(self._header_params)

    def process_request_headers(self, global_configuration: GlobalConfiguration) -> dict[str, str]:
        """Put the headers together. The core's own way sends None, and encodes what is text already."""
        given = {name: value for name, value in self._header_params.items() if value is not None}
        return {**global_configuration.get_global_headers(), **given}

    def apply_auth(self, auth_managers: dict[str, Credentials], http_request: CoreHttpRequest) -> None:
        """Add the headers of the credentials. The core's own way keeps the state of a call in the auth object."""
        for credentials in self._auth.choose(auth_managers):
            http_request.headers[credentials.header] = credentials.value


class ResponseHandler(CoreResponseHandler, Generic[T]):
    """The core's handler, which reads the envelope and makes our response."""

    def __init__(self, model: type[T]) -> None:
        super().__init__()
        self._model: type[T] = model

    def handle(self, response: HttpResponse, global_errors: dict[str, ErrorCase]) -> ApiResponse[T]:
        """Return the typed answer.

        Raises:
            APIException: For every status but 2xx, and for a body that is no Payrix envelope.
        """
        self.validate(response, global_errors)
        if response.status_code == 204:
            return ApiResponse(response, self._model())
        answer: Any = None
        try:
            answer = decode_json(response.text)
            fault = envelope_fault(answer)
        except ValueError as error:
            fault = f"it is not JSON: {error}" if response.text.strip() else "it is empty"
        if fault:
            # Raised out here because the decoder's error holds the whole text.
            raise APIException(f"the answer is no Payrix envelope: {fault}", response, carried_out(response.request))
        if not has_errors(answer):
            return ApiResponse(response, self._model.from_dictionary(answer))
        failure = APIException("the API answered with errors", response)
        mask_errors(answer, response.request.secrets())
        return ApiResponse(response, self._model.from_dictionary(answer), failure)


class FirstOf:
    """The first of several kinds of credentials that the client has."""

    def __init__(self, *alternatives: tuple[str, ...]) -> None:
        self._alternatives = alternatives

    def choose(self, given: dict[str, Credentials]) -> list[Credentials]:
        """Return the credentials that go on the wire.

        Raises:
            ConfigurationException: When none of the alternatives was given; the message names them.
        """
        for names in self._alternatives:
            if all(name in given for name in names):
                return [given[name] for name in names]
        wanted = ", or ".join(" together with ".join(names) for names in self._alternatives)
        raise ConfigurationException(
            f"this call needs credentials: {wanted}; the client was given {', '.join(given) or 'none'}"
        )


class _HttpClient(CoreHttpClient):
    """The core's interface to our HTTP client."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def execute(self, request: HttpRequest, endpoint_configuration: EndpointConfiguration) -> HttpResponse:  # noqa: ARG002
        return self._client.execute(request)

    def convert_response(self, response: HttpResponse, contains_binary_response: bool, request: Any) -> HttpResponse:  # noqa: ARG002
        return response


class _MaskingCallBack:
    """Shows the user's call-back what may be shown."""

    def __init__(self, call_back: HttpCallBack) -> None:
        self._call_back = call_back

    def on_before_request(self, request: HttpRequest) -> None:
        self._call_back.on_before_request(request.masked(revealable=True))

    def on_after_response(self, http_response: HttpResponse) -> None:
        self._call_back.on_after_response(http_response.masked(revealable=True))


def _redirect(reason: str, response: HttpResponse) -> APIException:
    location = response.headers.get("Location", "")
    try:
        host = urlsplit(location).netloc.rpartition("@")[2][:_LONGEST_HOST] or "the same host"
    except ValueError:
        host = "a host that cannot be read"
    leads = f"this one leads to {host}" if location else "this one does not say where it leads"
    return APIException(f"{reason}: credentials stay with the host they are for; {leads}", response)


def _refusal(reason: str, response: HttpResponse) -> APIException:
    # A request that a server fails at, or waits for in vain, may still have got through.
    doubtful = (
        response.status_code == HTTPStatus.REQUEST_TIMEOUT or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
    return APIException(reason, response, carried_out(response.request) if doubtful else "")
