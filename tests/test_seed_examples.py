"""The examples of the API's own page for sessions run as they are."""

from typing import Any

import pytest

import payrix_sessions
from payrix_sessions import SessionsController
from payrix_sessions.sandbox import Fault, Sandbox
from tests import fixtures


@pytest.mark.parametrize("example", ["delete_sessions_id", "get_sessions", "get_sessions_id", "post_sessions"])
def test_an_example_sends_what_it_says_and_prints_what_came(
    example: str, sandbox: Sandbox, in_sandbox: SessionsController, capsys: pytest.CaptureFixture[str]
) -> None:
    # As it stands, after the imports and the set-up that its page takes for granted.
    source = (fixtures.FOLDER / f"examples/{example}.txt").read_text("utf-8")
    names: dict[str, Any] = {name: getattr(payrix_sessions, name) for name in payrix_sessions.__all__}
    names["sessions_controller"] = in_sandbox
    exec(source, names)
    result = names["result"]
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
        assert made.login == "p1_log_00a4d56d1b5c98e8694ae28"
        assert made.key not in printed
    sandbox.faults.add(Fault(body=fixtures.load("two_field_errors")))  # errors inside a 200
    exec(source, names)
    assert capsys.readouterr().out == f"{names['result'].errors}\n"
    assert len(names["result"].errors) == 2
