"""The examples of the API's own page for sessions run as they are, and the same work from end to end."""

from contextlib import suppress
from typing import Any

import pytest
from responses import RequestsMock

import payrix_sessions
from payrix_sessions import (
    APIException,
    ApiKeyCredentials,
    SessionKeyCredentials,
    SessionPublicEnum,
    SessionsController,
)
from payrix_sessions.sandbox import Sandbox
from tests import fixtures
from tests.wire import fitting, header, reply, sent

EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in fixtures.FOLDER.glob("examples/*.txt")}
LOGIN = "p1_log_00a4d56d1b5c98e8694ae28"

each_example = pytest.mark.parametrize("example", sorted(EXAMPLES))


def run(example: str, controller: SessionsController) -> Any:
    """Run an example as it stands, after the imports and the set-up that its page takes for granted."""
    names: dict[str, Any] = {name: getattr(payrix_sessions, name) for name in payrix_sessions.__all__}
    names["sessions_controller"] = controller
    exec(compile(EXAMPLES[example], f"{example}.txt", "exec"), names)
    return names["result"]


def test_there_is_an_example_for_each_method() -> None:
    assert sorted(EXAMPLES) == ["delete_sessions_id", "get_sessions", "get_sessions_id", "post_sessions"]


@each_example
def test_an_example_sends_what_it_says_and_prints_what_came(
    example: str, api: RequestsMock, sessions: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    reply(api, fixtures.load("session_list") if example == "get_sessions" else fitting)
    result = run(example, sessions)
    printed = capsys.readouterr().out
    assert printed == f"{result.body}\n"
    assert result.body.data[0].id in printed
    assert result.body.data[0].key not in printed
    request = sent(api)
    assert header(request, "request-token") == "20250423-yourmerchant-refunds-001"
    if example == "get_sessions":
        assert header(request, "search") == "created[greater]=2025-01-01"
        assert header(request, "totals") == "count[]=id"
        assert request.url == "https://test-api.payrix.com/sessions?page[number]=1&page[limit]=50"


@each_example
def test_an_example_prints_the_errors_of_a_200(
    example: str, api: RequestsMock, sessions: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    reply(api, fixtures.load("two_field_errors"))
    result = run(example, sessions)
    printed = capsys.readouterr().out
    assert printed == f"{result.errors}\n"
    assert "The referenced resource does not exist" in printed


@each_example
def test_an_example_runs_against_the_sandbox(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        result = run(example, client.sessions)
    assert result.is_success()
    assert capsys.readouterr().out == f"{result.body}\n"
    if example == "post_sessions":
        made = result.one()
        assert (made.public, made.token, made.mfa_authenticated, made.inactive, made.frozen) == (1, 0, 0, 0, 0)
        assert made.login == LOGIN


def test_a_session_is_created_found_listed_used_and_deleted(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        sessions = client.sessions
        created = sessions.post_sessions({"login": LOGIN, "public": 0}).one()
        assert created.public is SessionPublicEnum.PRIVATEACCESS
        found = sessions.get_sessions_id(created.id, embed="login").one()
        assert (found.id, found.public) == (created.id, created.public)
        search = f"id[equals]={created.id}"
        listed = sessions.get_sessions(search=search, totals="count[]=id", page_number=1, page_limit=50)
        assert listed.one().id == created.id
        assert listed.details.page is not None
        assert (listed.details.page.current, listed.details.page.has_more) == (1, False)
        assert "count" in listed.totals
        as_session = client.with_options(session_key_credentials=SessionKeyCredentials(created.key))
        assert as_session.sessions.get_sessions_id(created.id).one().id == created.id
        assert sessions.delete_sessions_id(created.id).one().id == created.id
        assert sessions.get_sessions_id(created.id).body.data == []
        assert sessions.delete_sessions_id(created.id).body.data == []


def test_a_wrong_key_is_rejected(sandbox: Sandbox) -> None:
    with sandbox.client(api_key_credentials=ApiKeyCredentials("fake-wrong-key")) as client:
        with pytest.raises(APIException, match="Invalid authentication") as caught:
            client.sessions.get_sessions()
    assert caught.value.has("invalid_auth")
    assert "fake-wrong-key" not in str(caught.value)


def test_odd_ids_arrive_at_a_real_server_as_one_segment(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        for odd in ("a/b", "a b", "100%", "ключ", "..x", "a?b#c", "{id}"):
            for method in (client.sessions.get_sessions_id, client.sessions.delete_sessions_id):
                with suppress(APIException):  # the API may say that it is not well-formed
                    assert method(odd).body.data == []
                assert sandbox.requests[-1].segments == ["sessions", odd]
