"""The command `payrix-sandbox`, its container and the pytest plugin, and the demo."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests

from payrix_sessions import demo
from payrix_sessions.sandbox import Fault, Sandbox
from payrix_sessions.sandbox.__main__ import _greeting, main

pytest_plugins = ["pytester"]

COMMAND = [sys.executable, "-m", "payrix_sessions.sandbox"]

Start = Callable[..., "tuple[subprocess.Popen[str], str]"]
Demo = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bare() -> Iterator[None]:
    """No variables of Payrix; what is set meanwhile is gone afterwards."""
    with mock.patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(("PAYRIX_", "REQUESTS_CA"))]:
            del os.environ[name]
        yield


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command; give its process and the URL that it prints first."""
    with ExitStack() as stack:

        def begin(*options: str, command: list[str] = COMMAND) -> tuple[subprocess.Popen[str], str]:
            pipe = subprocess.PIPE
            process = stack.enter_context(subprocess.Popen([*command, *options], stdout=pipe, stderr=pipe, text=True))
            stack.callback(process.kill)
            assert process.stdout
            found = re.search(r"https?://\S+", process.stdout.readline())
            assert found, process.communicate()
            return process, found[0]

        yield begin


def test_it_logs_while_somebody_reads_and_serves_until_it_is_interrupted(start: Start) -> None:
    process, url = start("--seed", "3", "--sessions", "2", "--log", "--invalid-auth-status", "401")
    credentials = requests.get(f"{url}/_sandbox").json()["credentials"]
    listed = requests.get(f"{url}/sessions", headers={"APIKEY": credentials["APIKEY"]})
    assert len(listed.json()["response"]["data"]) == 2
    assert requests.get(f"{url}/sessions").status_code == 401
    assert process.stdout
    log = (line for line in process.stdout if line.startswith("GET "))
    assert [next(log), next(log)] == ["GET /sessions -> 200\n", "GET /sessions -> 401 invalid_auth\n"]
    process.stdout.close()
    for _ in range(2):
        assert requests.get(f"{url}/sessions").status_code == 401
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=20)[1], process.returncode) == ("", 0)


def test_a_signal_stops_it_even_in_the_middle_of_its_wait(start: Start) -> None:
    impatient = (
        "import signal; from payrix_sessions.sandbox import __main__ as it; signal.alarm(30); it._WAIT_SECONDS = 0; "
        "raise SystemExit(sum(it.main([]) for _ in range(10)))"
    )
    process, _ = start(command=[sys.executable, "-c", impatient])
    process.terminate()
    assert process.stdout
    for line in process.stdout:
        if line.startswith("Payrix Sessions sandbox on "):
            process.terminate()
    assert process.wait() == 0


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("options", [{}, {"tls": True, "host": "0.0.0.0", "allow_remote": True}])
def test_what_the_greeting_shows_works_as_printed(options: dict[str, Any]) -> None:
    with Sandbox(seed=5, **options) as sandbox:
        greeting = _greeting(sandbox, allow_remote="allow_remote" in options)
        _, shell, steering, python, *remote = re.split(r"(?:From .*|Steer it from there):[ \n]", greeting)
        credentials = (sandbox.session_key, sandbox.txn_session_key, sandbox.username, sandbox.password, sandbox.login)
        assert [each for each in credentials if each not in greeting] == []
        if shutil.which("curl"):
            script = "set -e\n" + textwrap.dedent(shell + steering).replace("curl", "curl -sSf")
            ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
            assert (ran.returncode, ran.stderr, '"errorCode"' in ran.stdout) == (0, "", False)
            assert sandbox.sessions == []  # the last command resets
        namespace: dict[str, Any] = {}
        exec(textwrap.dedent(python), namespace)
        namespace["client"].close()
        assert [request.path for request in sandbox.requests] == ["/sessions"]
    assert [each[:13] for each in remote] == (["https://NAME:"] if options else [])


def test_without_tls_no_client_is_made_or_shown_for_an_address_that_it_would_reject() -> None:
    with Sandbox(host="0.0.0.0", allow_remote=True) as sandbox:
        assert "From Python" in _greeting(sandbox, allow_remote=True)
        with mock.patch.object(sandbox, "_host", "192.0.2.1"):
            with pytest.raises(RuntimeError, match=r"use Sandbox\(tls=True\)"):
                sandbox.client()
            greeting = _greeting(sandbox, allow_remote=True)
    assert "From Python" not in greeting
    assert "start the sandbox with --tls" in greeting
    assert "From other machines: http://NAME:" in greeting


def test_what_makes_no_sense_is_one_line_and_status_two(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints = {
        "--host 0.0.0.0": "host '0.0.0.0' can be reached by other machines; --allow-remote permits that",
        "--tls one.pem": "--tls takes no files, or two: CERT KEY",
        "--tls no.pem key.pem": "cannot use no.pem and key.pem for TLS: No such file or directory",
        "--tls --ca-file /nowhere/ca.pem": "/nowhere/ca.pem: No such file or directory",
    }
    monkeypatch.setattr(signal, "signal", mock.Mock())
    for options, complaint in complaints.items():
        assert main(options.split()) == 2
        assert capsys.readouterr() == ("", f"payrix-sandbox: {complaint}\n")


def test_the_container_starts_a_sandbox_that_other_machines_reach(start: Start) -> None:
    file = Path(__file__).parents[2].joinpath("Containerfile").read_text()
    found = re.findall(r"^ *(.*CMD|ENTRYPOINT) (\[.*\])$", file, re.MULTILINE)
    words: dict[str, list[str]] = {word: json.loads(value) for word, value in found}
    name, *options = [*words.pop("ENTRYPOINT"), *words.pop("CMD")]
    (health,) = words.values()
    port = options.index("--port") + 1
    assert (name, f"EXPOSE {options[port]}" in file) == ("payrix-sandbox", True)
    options[port] = "0"
    _, url = start(*options)
    for number, status in ((url.rpartition(":")[2], 0), ("1", 1)):
        check = [sys.executable, *(part.replace("8080", number) for part in health[1:])]
        assert subprocess.run(check, check=False, capture_output=True).returncode == status
    assert requests.post(f"{url}/_sandbox/reset", headers={"Host": "sandbox:8080"}).status_code == 200


def test_the_fixture_gives_each_test_a_sandbox_of_its_own_where_its_module_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(payrix_sandbox, number):
            with payrix_sandbox.client() as client:
                client.sessions.post_sessions({})
            assert len(payrix_sandbox.sessions) == 1
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(errors=2)
    pytester.makeconftest('pytest_plugins = ["payrix_sessions.sandbox.pytest_plugin"]')
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


@pytest.fixture
def run_demo(bare: None, capsys: pytest.CaptureFixture[str]) -> Demo:
    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        with mock.patch.dict(os.environ, variables):
            status = demo.main(arguments)
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def test_the_demo_shows_the_main_job_on_a_screen_or_two_at_its_own_sandbox_whatever_the_environment_says(
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
def test_told_to_the_demo_creates_a_session_where_the_environment_says_and_leaves_none(
    run_demo: Demo, sandbox: Sandbox, given: dict[str, str]
) -> None:
    named = {f"PAYRIX_{name.upper()}": value for name, value in given.items()}
    status, _, errors = run_demo("--real", **sandbox.environment, **named)
    assert (status, errors, sandbox.sessions) == (0, "", [])
    (created,) = [request.json() for request in sandbox.requests if request.method == "POST"]
    assert created == {**given, "public": 1}


def test_for_production_the_demo_takes_a_second_word_and_without_credentials_it_names_their_variables(
    run_demo: Demo, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ({"PAYRIX_ENVIRONMENT": "production"}, {"PAYRIX_BASE_URL": "https://api.platform.example"}):
        status, output, errors = run_demo("--real", PAYRIX_API_KEY="a-fake-key", **place)
        assert (status, output, "add --production" in errors) == (1, "", True)
    status, _, errors = run_demo("--real")
    assert (status, "PAYRIX_API_KEY" in errors) == (1, True)
    monkeypatch.setattr(demo, "is_loopback", mock.Mock(return_value=False))
    assert run_demo("--real", **sandbox.environment)[0] == 1
    assert run_demo("--real", "--production", **sandbox.environment)[0] == 0


DELETED: dict[str, Any] = {"response": {"data": [], "errors": []}}


@pytest.mark.parametrize(
    ("faults", "methods", "complaint"),
    [
        ([Fault(), Fault(status=404, body="gone")], "POST GET DELETE", "failed: APIException: 404 Not Found"),
        ([Fault(on="DELETE", status=403)] * 2, "POST GET GET DELETE DELETE", "Session {} could not be deleted"),
        ([Fault(on="DELETE", body=DELETED)], "POST GET GET DELETE GET", "still exists"),
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
