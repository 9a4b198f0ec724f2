"""Code as users write it; type checkers must accept every line and know every type."""

from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import requests
from typing_extensions import assert_type

import payrix_sessions as payrix
from payrix_sessions import (
    APIException,
    ApiResponse,
    Client,
    ErrorItem,
    HttpRequest,
    HttpResponse,
    Search,
    SearchExpression,
    SessionPostResponse,
    SessionResponse,
    SessionsController,
    SessionsPostRequest,
    SessionsPostResponseResult,
    SessionsResponseResult,
    Totals,
)


def make_clients() -> None:
    client = Client(
        environment=payrix.Environment.PRODUCTION, api_key_credentials=payrix.ApiKeyCredentials("fake-api-key")
    )
    assert_type((client, client.sessions), tuple[Client, SessionsController])
    assert_type(client.close(), None)
    assert_type(client.with_options(timeout=None, max_retries=0, auto_request_tokens=False), Client)
    assert_type(Client.from_environment(timeout=(3, 10.5)), Client)
    with Client(
        username_credentials=payrix.UsernameCredentials(username="fake"),
        password_credentials=payrix.PasswordCredentials(password="fake"),
        http_client_instance=requests.Session(),
        total_timeout=90,
        idle_timeout=None,
        default_headers={"x-shop": "1"},
        default_query={"expand[login][]": "", "depth": 2},
        retry_methods=("GET", "DELETE"),
    ) as opened:
        assert_type(opened, Client)


def one_session(controller: SessionsController) -> None:
    result = controller.get_sessions_id("p1_ssn_1", "token-1", token="auth", embed="login")
    assert_type(result, ApiResponse[SessionsResponseResult])
    assert_type(result.raise_for_errors(), ApiResponse[SessionsResponseResult])
    assert_type((result.body, result.body.data), tuple[SessionsResponseResult, list[SessionResponse]])
    assert_type((result.one(), result.one().key.upper()), tuple[SessionResponse, str])
    assert_type((result.details, result.has("invalid_auth")), tuple[payrix.Details, bool])
    assert_type(result.totals, dict[str, Any] | list[Any])
    assert_type(result.body.response, payrix.SessionsResponseItem | None)
    assert_type(controller.delete_sessions_id("p1_ssn_1", token="auth"), ApiResponse[SessionsResponseResult])


def many_sessions(controller: SessionsController) -> None:
    result = controller.get_sessions("token-1", "id[equals]=1", "count[]=id", 1, 50, token=None, embed=None)
    assert_type(result, ApiResponse[SessionsPostResponseResult])
    assert_type(result.body.response, payrix.SessionsPostResponseItem | None)
    assert_type(result.one(), SessionResponse)
    for session in result.raise_for_errors().body.data:
        assert_type(session, SessionPostResponse)
        assert_type((session.effective_roles, session.effective_resources), tuple[int | None, str | None])
    if result.body.response and result.body.response.details:
        assert_type(result.body.response.details, payrix.Details)
        assert_type(result.body.response.details.page, payrix.DetailsProperties | None)


def create_session(controller: SessionsController) -> None:
    body = SessionsPostRequest(login="p1_log_1", public=payrix.SessionPublicEnum.PUBLICACCESS, inactive=0)
    assert_type(controller.post_sessions(body, request_token="token-1"), ApiResponse[SessionsResponseResult])
    assert_type(controller.post_sessions({"login": "p1_log_1", "public": 1}), ApiResponse[SessionsResponseResult])
    flag = payrix.MfaAuthenticatedEnum.MFADISABLED
    as_dict: payrix.SessionsPostRequestDict = {"login": "p1_log_1", "mfaAuthenticated": flag}
    assert_type(controller.post_sessions(as_dict), ApiResponse[SessionsResponseResult])


def all_sessions(controller: SessionsController) -> None:
    assert_type(controller.iter_sessions(), Iterator[SessionPostResponse])
    for session in controller.iter_sessions("id[equals]=1", totals="count[]=id", page_limit=50, start_page=2):
        assert_type(session, SessionPostResponse)
    search = Search("id").equals("1")
    for session in controller.iter_sessions(search, totals=Totals.count("id"), token="a", embed="login"):
        assert_type(session.id, str)
    pages = controller.iter_session_pages(None, totals=None, page_limit=100, token=None, embed=None)
    assert_type(pages, Iterator[ApiResponse[SessionsPostResponseResult]])
    for page in pages:
        assert_type(page.body.data, list[SessionPostResponse])


def search(controller: SessionsController) -> None:
    created = Search("created")
    moment = datetime(2025, 1, 1, tzinfo=timezone.utc)
    assert_type(created.greater("2025-01-01"), SearchExpression)
    assert_type(created.greater(date(2025, 1, 1)) & created.less(moment), SearchExpression)
    assert_type(Search("login", "division").in_("1", "2") | Search("public").notin(0, 1), SearchExpression)
    assert_type(Search("public").equals(payrix.SessionPublicEnum.PUBLICACCESS), SearchExpression)
    assert_type(created.sort("desc") & created.sort(), SearchExpression)
    assert_type(str(created.like("1")), str)
    assert_type(Totals.count("id") & Totals.sum("public") & Totals.min("id") & Totals.max("id"), Totals)
    controller.get_sessions(search=created.sort(), totals=Totals.count("id"))


def for_a_while(client: Client) -> None:
    with client.sessions.temporary_session(SessionsPostRequest(login="p1_log_1")) as session:
        assert_type(session, SessionResponse)
        assert_type((session.created_at, session.modified_at), tuple[datetime | None, datetime | None])
        key = payrix.SessionKeyCredentials(session.key)
        assert_type(client.with_options(api_key_credentials=None, session_key_credentials=key), Client)
    with client.sessions.temporary_session({"login": "p1_log_1"}, payrix.new_request_token(), token="auth"):
        assert_type((payrix.new_request_token(), payrix.new_request_token("order-1")), tuple[str, str])


def look_at(result: ApiResponse[SessionsResponseResult], session: SessionResponse) -> None:
    assert_type((result.status_code, result.reason_phrase, result.text), tuple[int, str, str])
    assert_type((result.headers["Cf-Ray"], result.request), tuple[str, HttpRequest])
    assert_type(result.request_id, int | str | None)
    assert_type((result.errors, result.errors[0].error_code), tuple[list[ErrorItem], str | None])
    assert_type((result.is_success(), result.is_error(), result.is_duplicate), tuple[bool, bool, bool])
    assert_type((result.attempts, session.id), tuple[int, str])
    assert_type(session.sso, payrix.SsoEnum | int | str | None)
    assert_type(session.login, payrix.LoginsResponse | str | None)
    if isinstance(session.login, payrix.LoginsResponse):
        assert_type(session.login.username, str | None)
    assert_type((session.additional_properties, session.to_dictionary()), tuple[dict[str, Any], dict[str, Any]])
    assert_type(session.to_dictionary(mask_secrets=True), dict[str, Any])
    assert_type(SessionResponse.from_dictionary({"id": "p1_ssn_1"}), SessionResponse)
    assert_type(SessionPostResponse.from_dictionary({}), SessionPostResponse)


def handle(controller: SessionsController) -> None:
    try:
        controller.get_sessions()
    except payrix.ErrorFourHundredException as refused:
        assert_type((refused.errors, refused.response), tuple[list[ErrorItem], HttpResponse])
    except APIException as refused:
        assert_type((refused.reason, refused.response_code, refused.response.text), tuple[str, int, str])
        assert_type(refused.request_id, int | str | None)
        assert_type((refused.attempts, refused.may_have_been_sent), tuple[int, bool])
        assert_type((refused.request_token, refused.has("invalid_auth")), tuple[str | None, bool])
    except payrix.TimeoutException as late:
        assert_type((late.attempts, late.may_have_been_sent, late.request_token), tuple[int, bool, str | None])


class CallBack:
    """A callback that inherits from nothing."""

    def on_before_request(self, request: HttpRequest) -> None:
        assert_type(request.reveal(), HttpRequest)

    def on_after_response(self, http_response: HttpResponse) -> None:
        assert_type(http_response.reveal(), HttpResponse)


class CompleteCallBack(CallBack):
    """One with the third method, which is optional."""

    def on_error(self, request: HttpRequest, exception: BaseException) -> None:
        assert_type(request.path, str)


with_call_back = Client(http_call_back=CallBack()).with_options(http_call_back=CompleteCallBack())


def stubs() -> None:
    assert_type(ApiResponse.of(), ApiResponse[SessionsResponseResult])
    assert_type(ApiResponse.of([SessionResponse(id="a")], attempts=2), ApiResponse[SessionsResponseResult])
    assert_type(ApiResponse.of({"response": {"data": []}}), ApiResponse[SessionsResponseResult])
    assert_type(ApiResponse.of(SessionsPostResponseResult()), ApiResponse[SessionsPostResponseResult])
    assert_type(APIException.of({}, status_code=500), APIException)
    refused = payrix.ErrorFourHundredException.of("no", status_code=400)
    assert_type(refused, payrix.ErrorFourHundredException)
