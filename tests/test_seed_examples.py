"""The examples of the API's own page for sessions run as they are, and the same work from end to end."""

from typing import Any

import pytest
from responses import RequestsMock

import payrix_sessions
from payrix_sessions import (
    APIException,
    ApiKeyCredentials,
    Client,
    SessionKeyCredentials,
    SessionPublicEnum,
    SessionsController,
    SessionsPostRequest,
)
from payrix_sessions.sandbox import Sandbox
from tests import fixtures
from tests.wire import header, reply, sent

EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in fixtures.FOLDER.glob("examples/*.txt")}
ANSWERS = {
    "get_sessions_id": "session_by_id",
    "delete_sessions_id": "session_by_id",
    "get_sessions": "session_list",
    "post_sessions": "session_by_id",
}
LOGIN = "p1_log_00a4d56d1b5c98e8694ae28"

each_example = pytest.mark.parametrize("example", sorted(EXAMPLES))


def run(example: str, controller: SessionsController) -> dict[str, Any]:
    """Run an example as it stands, after the imports and the set-up that its page takes for granted."""
    names: dict[str, Any] = {name: getattr(payrix_sessions, name) for name in payrix_sessions.__all__}
    names["sessions_controller"] = controller
    exec(compile(EXAMPLES[example], f"{example}.txt", "exec"), names)
    return names


def test_there_is_an_example_for_each_method() -> None:
    assert sorted(EXAMPLES) == sorted(ANSWERS)


@each_example
def test_an_example_prints_its_sessions(
    example: str, api: RequestsMock, sessions: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    body = fixtures.load(ANSWERS[example])
    reply(api, body)
    result = run(example, sessions)["result"]
    printed = capsys.readouterr().out
    assert printed == f"{result.body}\n"
    assert "p1_ssn_00c73b181e33818d7c0a13a" in printed
    assert body["response"]["data"][0]["key"] not in printed
    assert header(sent(api), "request-token") == "20250423-yourmerchant-refunds-001"


@each_example
def test_an_example_prints_the_errors_of_a_200(
    example: str, api: RequestsMock, sessions: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    reply(api, fixtures.load("two_field_errors"))
    result = run(example, sessions)["result"]
    printed = capsys.readouterr().out
    assert printed == f"{result.errors}\n"
    assert "The referenced resource does not exist" in printed
    assert "required_field" in printed


def test_the_list_example_sends_what_it_says(api: RequestsMock, sessions: SessionsController) -> None:
    reply(api)
    run("get_sessions", sessions)
    request = sent(api)
    assert header(request, "search") == "created[greater]=2025-01-01"
    assert header(request, "totals") == "count[]=id"
    assert request.url == "https://test-api.payrix.com/sessions?page[number]=1&page[limit]=50"


@each_example
def test_an_example_runs_against_the_sandbox(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        result = run(example, client.sessions)["result"]
    assert result.is_success()
    assert capsys.readouterr().out == f"{result.body}\n"


def test_the_created_session_is_as_the_example_asked() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        (session,) = run("post_sessions", client.sessions)["result"].body.data
    assert (session.public, session.token, session.mfa_authenticated) == (1, 0, 0)
    assert (session.inactive, session.frozen, session.login) == (0, 0, LOGIN)
    assert session.key


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with Sandbox() as running:
        yield running


def test_a_session_is_created_found_listed_and_deleted(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        sessions = client.sessions
        body = SessionsPostRequest(login=LOGIN, public=SessionPublicEnum.PRIVATEACCESS)
        (created,) = sessions.post_sessions(body).raise_for_errors().body.data
        assert created.id
        assert created.public is SessionPublicEnum.PRIVATEACCESS

        (found,) = sessions.get_sessions_id(created.id).raise_for_errors().body.data
        assert (found.id, found.login, found.public) == (created.id, LOGIN, created.public)

        listed = sessions.get_sessions(
            search=f"id[equals]={created.id}", totals="count[]=id", page_number=1, page_limit=50
        ).raise_for_errors()
        assert [session.id for session in listed.body.data] == [created.id]
        details = listed.body.response.details if listed.body.response else None
        assert details is not None
        assert details.page is not None
        assert (details.page.current, details.page.has_more) == (1, False)
        assert isinstance(details.totals, dict)
        assert "count" in details.totals

        (deleted,) = sessions.delete_sessions_id(created.id).raise_for_errors().body.data
        assert deleted.id == created.id
        assert sessions.get_sessions_id(created.id).body.data == []
        assert sessions.delete_sessions_id(created.id).body.data == []


def test_a_wrong_key_is_a_refusal(sandbox: Sandbox) -> None:
    with sandbox.client(api_key_credentials=ApiKeyCredentials("fake-wrong-key")) as client:
        with pytest.raises(APIException) as caught:
            client.sessions.get_sessions()
    assert [error.error_code for error in caught.value.errors] == ["invalid_auth"]
    assert "Invalid authentication" in str(caught.value)
    assert "fake-wrong-key" not in str(caught.value)


def test_the_key_of_a_created_session_opens_the_api(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        (created,) = client.sessions.post_sessions({"login": LOGIN, "public": 0}).body.data
        assert created.key
        as_session = client.with_options(
            api_key_credentials=None, session_key_credentials=SessionKeyCredentials(created.key)
        )
        (found,) = as_session.sessions.get_sessions_id(str(created.id)).raise_for_errors().body.data
    assert found.id == created.id


def test_a_client_of_ones_own_reaches_the_sandbox(sandbox: Sandbox) -> None:
    with Client(base_url=sandbox.base_url, api_key_credentials=ApiKeyCredentials(sandbox.api_key)) as client:
        assert client.sessions.get_sessions(page_limit=1).is_success()


@pytest.mark.parametrize("id", ["a/b", "a b", "100%", "ключ", "..x", "a?b#c", "{id}"])
def test_odd_ids_arrive_at_a_real_server_as_unknown_ids(id: str, sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert client.sessions.get_sessions_id(id).raise_for_errors().body.data == []
        assert client.sessions.delete_sessions_id(id).raise_for_errors().body.data == []
