"""The demo shows its calls and their real bodies, no key, and touches the real API only when it is told to."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

import pytest

from payrix_sessions import demo
from payrix_sessions.sandbox import Fault, Sandbox

Demo = Callable[..., tuple[int, str, str]]


def is_nowhere(host: str) -> bool:
    """Take no host for this machine."""
    return host == ""


@pytest.fixture
def run_demo(monkeypatch: pytest.MonkeyPatch) -> Demo:
    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        for name in ("API_KEY", "SESSION_KEY", "TXN_SESSION_KEY", "USERNAME", "PASSWORD", "ENVIRONMENT", "BASE_URL"):
            monkeypatch.delenv(f"PAYRIX_{name}", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            status = demo.main(arguments)
        return status, output.getvalue(), errors.getvalue()

    return run


def test_it_shows_the_main_job_against_its_own_sandbox_on_a_screen_or_two(run_demo: Demo) -> None:
    status, output, errors = run_demo()
    assert (status, errors) == (0, "")
    steps = ["Create:", "Get:", "List:", "Delete:", "Look again:", "Try a wrong key:", "Done."]
    places = [output.index(step) for step in steps]
    assert places == sorted(places)
    assert '> {"login": "t1_log_' in output
    assert '"count": {"id": ' in re.sub(r"\s+", " ", output)
    assert "ErrorFourHundredException: 400 Bad Request: Invalid authentication (errorCode invalid_auth)" in output
    assert len(output.splitlines()) <= 80
    assert output.isascii()


def test_it_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "payrix_sessions.demo"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Done.\n")


def test_it_shows_no_key(run_demo: Demo) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault(on="DELETE", status=403), times=2)  # so that the session stays to be looked at
        _, output, errors = run_demo("--real", **sandbox.environment)
        shown = re.sub(r"\s+", "", output + errors)
        assert '"key":"***"' in shown
        assert sandbox.sessions[0].key not in shown
        assert sandbox.api_key not in shown


def test_a_key_in_the_environment_does_not_lead_to_the_real_api(run_demo: Demo) -> None:
    with Sandbox() as sandbox:
        status, output, _ = run_demo(**sandbox.environment)
        assert status == 0
        assert sandbox.requests == []
    assert "A sandbox on this machine" in output


@pytest.mark.parametrize("login", [None, "t1_log_of_mine"])
def test_told_to_it_creates_a_session_where_the_environment_says_and_leaves_none(
    run_demo: Demo, login: str | None
) -> None:
    with Sandbox() as sandbox:
        named = {"PAYRIX_LOGIN": login} if login else {}
        status, _, errors = run_demo("--real", **sandbox.environment, **named)
        assert (status, errors) == (0, "")
        assert sandbox.sessions == []
        (created,) = [request for request in sandbox.requests if request.method == "POST"]
        assert created.json() == {**({"login": login} if login else {}), "public": 1}


@pytest.mark.parametrize(
    "place", [{"PAYRIX_ENVIRONMENT": "production"}, {"PAYRIX_BASE_URL": "https://api.platform.example"}]
)
def test_production_takes_a_second_word(run_demo: Demo, place: dict[str, str]) -> None:
    status, output, errors = run_demo("--real", PAYRIX_API_KEY="a-fake-key", **place)
    assert (status, output) == (1, "")
    assert "add --production" in errors


def test_with_the_second_word_it_goes_there(run_demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "is_loopback", is_nowhere)
    with Sandbox() as sandbox:
        assert run_demo("--real", **sandbox.environment)[0] == 1
        assert run_demo("--real", "--production", **sandbox.environment)[0] == 0


def test_without_credentials_it_says_which_variables_to_set(run_demo: Demo) -> None:
    status, _, errors = run_demo("--real")
    assert status == 1
    assert "PAYRIX_API_KEY" in errors


def test_a_demo_that_fails_says_why_and_deletes_what_it_created(run_demo: Demo) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault())  # the POST succeeds
        sandbox.faults.add(Fault(status=404, body="gone"))
        status, _, errors = run_demo("--real", **sandbox.environment)
        assert status == 1
        assert "The demo failed: APIException: 404 Not Found" in errors
        assert [request.method for request in sandbox.requests] == ["POST", "GET", "DELETE"]
        assert sandbox.sessions == []


def test_a_session_that_cannot_be_deleted_either_is_named(run_demo: Demo) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault(on="GET", status=404))
        sandbox.faults.add(Fault(on="DELETE", status=403))
        status, _, errors = run_demo("--real", **sandbox.environment)
        assert status == 1
        assert f"Session {sandbox.sessions[0].id} could not be deleted" in errors


def test_a_session_that_outlives_its_deletion_is_a_failure(run_demo: Demo) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault(on="DELETE", body={"response": {"data": [], "errors": []}}))
        status, _, errors = run_demo("--real", **sandbox.environment)
    assert status == 1
    assert "still exists" in errors
