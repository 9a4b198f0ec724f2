"""The demo shows its calls and their real bodies, no key, and touches the real API only when it is told to."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from unittest.mock import Mock

import pytest

from payrix_sessions import demo
from payrix_sessions.http.auth.kinds import KINDS
from payrix_sessions.sandbox import Fault, Sandbox

Demo = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Demo:
    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        for name in ("PAYRIX_ENVIRONMENT", "PAYRIX_BASE_URL", *(kind.variable for kind in KINDS.values())):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        status = demo.main(arguments)
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def test_it_shows_the_main_job_on_a_screen_or_two_at_its_own_sandbox_whatever_the_environment_says(
    sandbox: Sandbox,
) -> None:
    command, environment = [sys.executable, "-m", "payrix_sessions.demo"], {**os.environ, **sandbox.environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, sandbox.requests) == (0, "", [])
    steps = ["A sandbox on this machine", *("Create:", "Get:", "List:", "Delete:", "Look again:", "Try a wrong key:")]
    places = [done.stdout.index(step) for step in [*steps, "Done."]]
    assert places == sorted(places)
    assert '> {"login": "t1_log_' in done.stdout
    assert '"count": {"id": ' in re.sub(r"\s+", " ", done.stdout)
    assert "ErrorFourHundredException: 400 Bad Request: Invalid authentication (errorCode invalid_auth)" in done.stdout
    assert len(done.stdout.splitlines()) <= 80
    assert done.stdout.isascii()


@pytest.mark.parametrize("given", [{}, {"login": "t1_log_of_mine"}], ids=["no login", "login"])
def test_told_to_it_creates_a_session_where_the_environment_says_and_leaves_none(
    run_demo: Demo, sandbox: Sandbox, given: dict[str, str]
) -> None:
    named = {f"PAYRIX_{name.upper()}": value for name, value in given.items()}
    status, _, errors = run_demo("--real", **sandbox.environment, **named)
    assert (status, errors, sandbox.sessions) == (0, "", [])
    (created,) = [request.json() for request in sandbox.requests if request.method == "POST"]
    assert created == {**given, "public": 1}


def test_production_takes_a_second_word_and_without_credentials_it_names_their_variables(
    run_demo: Demo, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ({"PAYRIX_ENVIRONMENT": "production"}, {"PAYRIX_BASE_URL": "https://api.platform.example"}):
        status, output, errors = run_demo("--real", PAYRIX_API_KEY="a-fake-key", **place)
        assert (status, output, "add --production" in errors) == (1, "", True)
    status, _, errors = run_demo("--real")
    assert (status, "PAYRIX_API_KEY" in errors) == (1, True)
    monkeypatch.setattr(demo, "is_loopback", Mock(return_value=False))
    assert run_demo("--real", **sandbox.environment)[0] == 1
    assert run_demo("--real", "--production", **sandbox.environment)[0] == 0


@pytest.mark.parametrize(
    ("faults", "methods", "complaint"),
    [
        ([Fault(), Fault(status=404, body="gone")], "POST GET DELETE", "failed: APIException: 404 Not Found"),
        ([Fault(on="DELETE", status=403)] * 2, "POST GET GET DELETE DELETE", "Session {} could not be deleted"),
        (
            [Fault(on="DELETE", body={"response": {"data": [], "errors": []}})],
            "POST GET GET DELETE GET",
            "still exists",
        ),
    ],
    ids=["get", "delete", "deleted in vain"],
)
def test_a_demo_that_fails_says_why_and_deletes_what_it_created_or_names_it_without_its_key(
    run_demo: Demo, sandbox: Sandbox, faults: list[Fault], methods: str, complaint: str
) -> None:
    for fault in faults:
        sandbox.faults.add(fault)
    status, output, errors = run_demo("--real", **sandbox.environment)
    left = sandbox.sessions
    assert (status, [request.method for request in sandbox.requests]) == (1, methods.split())
    assert complaint.format(*(session.id for session in left)) in errors
    shown = re.sub(r"\s+", "", output + errors)
    assert '"key":"***"' in shown
    assert [secret for secret in (sandbox.api_key, *(session.key for session in left)) if secret in shown] == []
