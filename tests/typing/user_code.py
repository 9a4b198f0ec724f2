"""Code as users write it; type checkers must accept every line and know every type."""

from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import requests
from typing_extensions import assert_type

import payrix_sessions as sdk

One = sdk.ApiResponse[sdk.SessionsResponseResult]
Many = sdk.ApiResponse[sdk.SessionsPostResponseResult]
Found = sdk.SearchExpression


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


# Clients
client = sdk.Client(environment=sdk.Environment.PRODUCTION, api_key_credentials=sdk.ApiKeyCredentials("fake"))
sessions = client.sessions
assert_type((client, sessions), tuple[sdk.Client, sdk.SessionsController])
assert_type(client.with_options(timeout=None, max_retries=0, http_call_back=CallBack()), sdk.Client)
with sdk.Client.from_environment(
    timeout=(3, 10.5),
    total_timeout=90,
    idle_timeout=None,
    username_credentials=sdk.UsernameCredentials(username="fake"),
    password_credentials=sdk.PasswordCredentials(password="fake"),
    http_client_instance=requests.Session(),
    http_call_back=CompleteCallBack(),
    default_headers={"x-shop": "1"},
    default_query={"expand[login][]": "", "depth": 2},
    retry_methods=("GET", "DELETE"),
    auto_request_tokens=False,
) as opened:
    assert_type(opened, sdk.Client)

# One session
result = sessions.get_sessions_id("p1_ssn_1", "token-1", token="auth", embed="login")
assert_type((result, result.raise_for_errors()), tuple[One, One])
assert_type((result.body, result.body.data), tuple[sdk.SessionsResponseResult, list[sdk.SessionResponse]])
assert_type((result.one(), result.one().key.upper()), tuple[sdk.SessionResponse, str])
assert_type((result.details, result.has("invalid_auth")), tuple[sdk.Details, bool])
assert_type(result.totals, dict[str, Any] | list[Any])
assert_type(result.body.response, sdk.SessionsResponseItem | None)
assert_type((result.status_code, result.reason_phrase, result.text), tuple[int, str, str])
assert_type((result.headers["Cf-Ray"], result.request), tuple[str, sdk.HttpRequest])
assert_type((result.request_id, result.attempts), tuple[int | str | None, int])
assert_type((result.errors, result.errors[0].error_code), tuple[list[sdk.ErrorItem], str | None])
assert_type((result.is_success(), result.is_error(), result.is_duplicate), tuple[bool, bool, bool])
assert_type(sessions.delete_sessions_id("p1_ssn_1", token="auth"), One)

found = result.one()
assert_type(
    (found.id, found.sso, found.login), tuple[str, sdk.SsoEnum | int | str | None, sdk.LoginsResponse | str | None]
)
assert_type((found.created_at, found.modified_at), tuple[datetime | None, datetime | None])
if isinstance(found.login, sdk.LoginsResponse):
    assert_type(found.login.username, str | None)
assert_type((found.additional_properties, found.to_dictionary()), tuple[dict[str, Any], dict[str, Any]])
assert_type(found.to_dictionary(mask_secrets=True), dict[str, Any])
assert_type(sdk.SessionResponse.from_dictionary({"id": "p1_ssn_1"}), sdk.SessionResponse)
assert_type(sdk.SessionPostResponse.from_dictionary({}), sdk.SessionPostResponse)

# Many sessions
listed = sessions.get_sessions("token-1", "id[equals]=1", "count[]=id", 1, 50, token=None, embed=None)
assert_type((listed, listed.one()), tuple[Many, sdk.SessionResponse])
assert_type(listed.body.response, sdk.SessionsPostResponseItem | None)
for each in listed.raise_for_errors().body.data:
    assert_type(each, sdk.SessionPostResponse)
    assert_type((each.effective_roles, each.effective_resources), tuple[int | None, str | None])
if listed.body.response and listed.body.response.details:
    assert_type(listed.body.response.details, sdk.Details)
    assert_type(listed.body.response.details.page, sdk.DetailsProperties | None)

created = sdk.Search("created")
both = created.greater(date(2025, 1, 1)) & created.less(datetime(2025, 1, 1, tzinfo=timezone.utc))
either = sdk.Search("login", "division").in_("1", "2") | sdk.Search("public").notin(0, sdk.SessionPublicEnum(1))
assert_type((both, either, created.sort("desc"), created.sort()), tuple[Found, Found, Found, Found])
totals = sdk.Totals.count("id") & sdk.Totals.sum("public") & sdk.Totals.min("id") & sdk.Totals.max("id")
sessions.get_sessions(search=both & created.like("1"), totals=totals)

assert_type(sessions.iter_sessions(), Iterator[sdk.SessionPostResponse])
sessions.iter_sessions("id[equals]=1", totals="count[]=id", page_limit=50, start_page=2)
sessions.iter_sessions(both, totals=totals, token="a", embed="login")
pages = sessions.iter_session_pages(None, totals=None, page_limit=100, token=None, embed=None)
assert_type(pages, Iterator[Many])

# Created sessions
body = sdk.SessionsPostRequest(login="p1_log_1", public=sdk.SessionPublicEnum.PUBLICACCESS, inactive=0)
flag = sdk.MfaAuthenticatedEnum.MFADISABLED
as_dict: sdk.SessionsPostRequestDict = {"login": "p1_log_1", "mfaAuthenticated": flag}
assert_type(sessions.post_sessions(body, request_token="token-1"), One)
assert_type(sessions.post_sessions({"login": "p1_log_1", "public": 1}), One)
assert_type(sessions.post_sessions(as_dict), One)
with sessions.temporary_session(body) as made:
    assert_type(made, sdk.SessionResponse)
    key = sdk.SessionKeyCredentials(made.key)
    assert_type(client.with_options(api_key_credentials=None, session_key_credentials=key), sdk.Client)
with sessions.temporary_session({"login": "p1_log_1"}, sdk.new_request_token(), token="auth"):
    assert_type((sdk.new_request_token(), sdk.new_request_token("order-1")), tuple[str, str])

# Exceptions
try:
    sessions.get_sessions()
except sdk.ErrorFourHundredException as refused:
    assert_type((refused.errors, refused.response), tuple[list[sdk.ErrorItem], sdk.HttpResponse])
except sdk.APIException as refused:
    assert_type((refused.reason, refused.response_code, refused.response.text), tuple[str, int, str])
    assert_type((refused.request_id, refused.attempts), tuple[int | str | None, int])
    assert_type((refused.may_have_been_sent, refused.has("invalid_auth")), tuple[bool, bool])
    assert_type(refused.request_token, str | None)
except sdk.TimeoutException as late:
    assert_type((late.attempts, late.may_have_been_sent, late.request_token), tuple[int, bool, str | None])

# Made by hand, for tests
assert_type((sdk.ApiResponse.of(), sdk.ApiResponse.of({"response": {"data": []}})), tuple[One, One])
assert_type(sdk.ApiResponse.of([sdk.SessionResponse(id="a")], attempts=2), One)
assert_type(sdk.ApiResponse.of(sdk.SessionsPostResponseResult()), Many)
assert_type(sdk.APIException.of({}, status_code=500), sdk.APIException)
assert_type(sdk.ErrorFourHundredException.of("no", status_code=400), sdk.ErrorFourHundredException)
