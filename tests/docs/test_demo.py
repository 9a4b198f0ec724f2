"""The demo runs, says what it does, shows no key, and leaves nothing behind."""

import os
import subprocess
import sys

import pytest

from payrix_sessions.sandbox import Fault, Sandbox
from tests.docs.pages import ROOT


def run_demo(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the demo as `make demo` does, with these variables and no others of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYRIX_")}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-W", "error", "examples/demo.py"],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": path, "NO_PROXY": "127.0.0.1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_demo_shows_the_main_job_against_its_own_sandbox() -> None:
    done = run_demo()
    assert (done.returncode, done.stderr) == (0, "")
    steps = ["1. Create", "2. Get", "3. List", "4. Delete", "5. Look again", "6. Be refused", "Done."]
    places = [done.stdout.index(step) for step in steps]
    assert places == sorted(places)
    assert "key: ***" in done.stdout
    assert "totals: {'count': {'id': 4}}" in done.stdout
    assert "body.data: []" in done.stdout
    assert "400 Bad Request: Invalid authentication (errorCode invalid_auth)" in done.stdout
    assert "\033" not in done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize("login", [None, "t1_log_of_mine"])
def test_the_demo_talks_to_the_api_that_the_environment_names_and_leaves_no_session(login: str | None) -> None:
    with Sandbox() as sandbox:
        named = {"PAYRIX_LOGIN": login} if login else {}
        done = run_demo(PAYRIX_API_KEY=sandbox.api_key, PAYRIX_BASE_URL=sandbox.base_url, **named)
        assert (done.returncode, done.stderr) == (0, "")
        assert sandbox.sessions == []
        (created,) = [request for request in sandbox.requests if request.method == "POST"]
        assert created.json() == {**({"login": login} if login else {}), "public": 1}
    assert sandbox.api_key not in done.stdout


def test_a_demo_that_fails_says_why_and_deletes_what_it_created() -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault())  # the POST goes well
        sandbox.faults.add(Fault(status=404, body="gone"))
        done = run_demo(PAYRIX_API_KEY=sandbox.api_key, PAYRIX_BASE_URL=sandbox.base_url)
        assert done.returncode == 1
        assert "The demo failed: APIException: 404 Not Found" in done.stderr
        assert [request.method for request in sandbox.requests] == ["POST", "GET", "DELETE"]
        assert sandbox.sessions == []


def test_a_demo_with_a_wrong_key_says_so() -> None:
    with Sandbox() as sandbox:
        done = run_demo(PAYRIX_API_KEY="not-the-key-either", PAYRIX_BASE_URL=sandbox.base_url)
    assert done.returncode == 1
    assert "Invalid authentication" in done.stderr
    assert "not-the-key-either" not in done.stdout + done.stderr
