"""Code as users write it; type checkers must accept every line and know every type."""

from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import requests
from typing_extensions import assert_type

import payrix_sessions as sdk

One = sdk.ApiResponse[sdk.SessionsResponseResult]
Many = sdk.ApiResponse[sdk.SessionsPostResponseResult]


def make_clients() -> None:
    client = sdk.Client(environment=sdk.Environment.PRODUCTION, api_key_credentials=sdk.ApiKeyCredentials("fake"))
    assert_type((client, client.sessions), tuple[sdk.Client, sdk.SessionsController])
    assert_type(client.close(), None)
    assert_type(client.with_options(timeout=None, max_retries=0, auto_request_tokens=False), sdk.Client)
    assert_type(sdk.Client.from_environment(timeout=(3, 10.5)), sdk.Client)
    with sdk.Client(
        username_credentials=sdk.UsernameCredentials(username="fake"),
        password_credentials=sdk.PasswordCredentials(password="fake"),
        http_client_instance=requests.Session(),
        total_timeout=90,
        idle_timeout=None,
        default_headers={"x-shop": "1"},
        default_query={"expand[login][]": "", "depth": 2},
        retry_methods=("GET", "DELETE"),
    ) as opened:
        assert_type(opened, sdk.Client)


def one_session(controller: sdk.SessionsController) -> None:
    result = controller.get_sessions_id("p1_ssn_1", "token-1", token="auth", embed="login")
    assert_type((result, result.raise_for_errors()), tuple[One, One])
    assert_type((result.body, result.body.data), tuple[sdk.SessionsResponseResult, list[sdk.SessionResponse]])
    assert_type((result.one(), result.one().key.upper()), tuple[sdk.SessionResponse, str])
    assert_type((result.details, result.has("invalid_auth")), tuple[sdk.Details, bool])
    assert_type(result.totals, dict[str, Any] | list[Any])
    assert_type(result.body.response, sdk.SessionsResponseItem | None)
    assert_type((result.status_code, result.reason_phrase, result.text), tuple[int, str, str])
    assert_type((result.headers["Cf-Ray"], result.request), tuple[str, sdk.HttpRequest])
    assert_type(result.request_id, int | str | None)
    assert_type((result.errors, result.errors[0].error_code), tuple[list[sdk.ErrorItem], str | None])
    assert_type((result.is_success(), result.is_error(), result.is_duplicate), tuple[bool, bool, bool])
    assert_type(result.attempts, int)
    assert_type(controller.delete_sessions_id("p1_ssn_1", token="auth"), One)


def many_sessions(controller: sdk.SessionsController) -> None:
    result = controller.get_sessions("token-1", "id[equals]=1", "count[]=id", 1, 50, token=None, embed=None)
    assert_type(result, Many)
    assert_type(result.body.response, sdk.SessionsPostResponseItem | None)
    assert_type(result.one(), sdk.SessionResponse)
    for session in result.raise_for_errors().body.data:
        assert_type(session, sdk.SessionPostResponse)
        assert_type((session.effective_roles, session.effective_resources), tuple[int | None, str | None])
    if result.body.response and result.body.response.details:
        assert_type(result.body.response.details, sdk.Details)
        assert_type(result.body.response.details.page, sdk.DetailsProperties | None)


def create_session(controller: sdk.SessionsController) -> None:
    body = sdk.SessionsPostRequest(login="p1_log_1", public=sdk.SessionPublicEnum.PUBLICACCESS, inactive=0)
    flag = sdk.MfaAuthenticatedEnum.MFADISABLED
    as_dict: sdk.SessionsPostRequestDict = {"login": "p1_log_1", "mfaAuthenticated": flag}
    assert_type(controller.post_sessions(body, request_token="token-1"), One)
    assert_type(controller.post_sessions({"login": "p1_log_1", "public": 1}), One)
    assert_type(controller.post_sessions(as_dict), One)


def all_sessions(controller: sdk.SessionsController) -> None:
    search = sdk.Search("id").equals("1")
    assert_type(controller.iter_sessions(), Iterator[sdk.SessionPostResponse])
    controller.iter_sessions("id[equals]=1", totals="count[]=id", page_limit=50, start_page=2)
    controller.iter_sessions(search, totals=sdk.Totals.count("id"), token="a", embed="login")
    pages = controller.iter_session_pages(None, totals=None, page_limit=100, token=None, embed=None)
    assert_type(pages, Iterator[Many])


def search(controller: sdk.SessionsController) -> None:
    created = sdk.Search("created")
    moment = datetime(2025, 1, 1, tzinfo=timezone.utc)
    assert_type(created.greater("2025-01-01"), sdk.SearchExpression)
    assert_type(created.greater(date(2025, 1, 1)) & created.less(moment), sdk.SearchExpression)
    assert_type(sdk.Search("login", "division").in_("1", "2") | sdk.Search("public").notin(0, 1), sdk.SearchExpression)
    assert_type(sdk.Search("public").equals(sdk.SessionPublicEnum.PUBLICACCESS), sdk.SearchExpression)
    assert_type(created.sort("desc") & created.sort(), sdk.SearchExpression)
    assert_type(str(created.like("1")), str)
    totals = sdk.Totals.count("id") & sdk.Totals.sum("public") & sdk.Totals.min("id") & sdk.Totals.max("id")
    assert_type(totals, sdk.Totals)
    controller.get_sessions(search=created.sort(), totals=totals)


def for_a_while(client: sdk.Client) -> None:
    with client.sessions.temporary_session(sdk.SessionsPostRequest(login="p1_log_1")) as session:
        assert_type(session, sdk.SessionResponse)
        key = sdk.SessionKeyCredentials(session.key)
        assert_type(client.with_options(api_key_credentials=None, session_key_credentials=key), sdk.Client)
    with client.sessions.temporary_session({"login": "p1_log_1"}, sdk.new_request_token(), token="auth"):
        assert_type((sdk.new_request_token(), sdk.new_request_token("order-1")), tuple[str, str])


def look_at(session: sdk.SessionResponse) -> None:
    assert_type((session.id, session.sso), tuple[str, sdk.SsoEnum | int | str | None])
    assert_type((session.created_at, session.modified_at), tuple[datetime | None, datetime | None])
    assert_type(session.login, sdk.LoginsResponse | str | None)
    if isinstance(session.login, sdk.LoginsResponse):
        assert_type(session.login.username, str | None)
    assert_type((session.additional_properties, session.to_dictionary()), tuple[dict[str, Any], dict[str, Any]])
    assert_type(session.to_dictionary(mask_secrets=True), dict[str, Any])
    assert_type(sdk.SessionResponse.from_dictionary({"id": "p1_ssn_1"}), sdk.SessionResponse)
    assert_type(sdk.SessionPostResponse.from_dictionary({}), sdk.SessionPostResponse)


def handle(controller: sdk.SessionsController) -> None:
    try:
        controller.get_sessions()
    except sdk.ErrorFourHundredException as refused:
        assert_type((refused.errors, refused.response), tuple[list[sdk.ErrorItem], sdk.HttpResponse])
    except sdk.APIException as refused:
        assert_type((refused.reason, refused.response_code, refused.response.text), tuple[str, int, str])
        assert_type(refused.request_id, int | str | None)
        assert_type((refused.attempts, refused.may_have_been_sent), tuple[int, bool])
        assert_type((refused.request_token, refused.has("invalid_auth")), tuple[str | None, bool])
    except sdk.TimeoutException as late:
        assert_type((late.attempts, late.may_have_been_sent, late.request_token), tuple[int, bool, str | None])


class CallBack:
    """A callback that inherits from nothing."""

    def on_before_request(self, request: sdk.HttpRequest) -> None:
        assert_type(request.reveal(), sdk.HttpRequest)

    def on_after_response(self, http_response: sdk.HttpResponse) -> None:
        assert_type(http_response.reveal(), sdk.HttpResponse)


class CompleteCallBack(CallBack):
    """One with the third method, which is optional."""

    def on_error(self, request: sdk.HttpRequest, exception: BaseException) -> None:
        assert_type(request.path, str)


with_call_back = sdk.Client(http_call_back=CallBack()).with_options(http_call_back=CompleteCallBack())


def stubs() -> None:
    assert_type((sdk.ApiResponse.of(), sdk.ApiResponse.of({"response": {"data": []}})), tuple[One, One])
    assert_type(sdk.ApiResponse.of([sdk.SessionResponse(id="a")], attempts=2), One)
    assert_type(sdk.ApiResponse.of(sdk.SessionsPostResponseResult()), Many)
    assert_type(sdk.APIException.of({}, status_code=500), sdk.APIException)
    refused = sdk.ErrorFourHundredException.of("no", status_code=400)
    assert_type(refused, sdk.ErrorFourHundredException)
