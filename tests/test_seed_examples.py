"""The examples of the API's own page for sessions run as they are."""

from typing import Any

import pytest
from responses import RequestsMock

import payrix_sessions
from payrix_sessions import SessionsController
from payrix_sessions.sandbox import Sandbox
from tests import fixtures
from tests.wire import reply

LOGIN = "p1_log_00a4d56d1b5c98e8694ae28"
EXAMPLES = ("delete_sessions_id", "get_sessions", "get_sessions_id", "post_sessions")


def run(example: str, controller: SessionsController) -> Any:
    """Run an example as it stands, after the imports and the set-up that its page takes for granted."""
    names: dict[str, Any] = {name: getattr(payrix_sessions, name) for name in payrix_sessions.__all__}
    names["sessions_controller"] = controller
    exec((fixtures.FOLDER / f"examples/{example}.txt").read_text("utf-8"), names)
    return names["result"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_sends_what_it_says_and_prints_what_came(
    example: str, sandbox: Sandbox, in_sandbox: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(example, in_sandbox)
    assert result.is_success()
    printed = capsys.readouterr().out
    assert printed == f"{result.body}\n"
    request = sandbox.requests[-1]
    assert request.headers["request-token"] == "20250423-yourmerchant-refunds-001"
    if example == "get_sessions":
        assert (request.headers["search"], request.headers["totals"]) == ("created[greater]=2025-01-01", "count[]=id")
        assert request.parameters == {"page[number]": "1", "page[limit]": "50"}
    if example == "post_sessions":
        made = result.one()
        assert (made.public, made.token, made.mfa_authenticated, made.inactive, made.frozen) == (1, 0, 0, 0, 0)
        assert made.login == LOGIN
        assert made.key not in printed


def test_an_example_prints_the_errors_of_a_200(
    api: RequestsMock, sessions: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    reply(api, fixtures.load("two_field_errors"))
    for example in EXAMPLES:
        result = run(example, sessions)
        printed = capsys.readouterr().out
        assert printed == f"{result.errors}\n"
        assert "The referenced resource does not exist" in printed
