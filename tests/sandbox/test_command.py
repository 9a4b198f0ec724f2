"""The command `payrix-sandbox`, its container, and the pytest plugin."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import payrix_sessions
from payrix_sessions.sandbox import Sandbox
from payrix_sessions.sandbox.__main__ import (
    _greeting,  # pyright: ignore[reportPrivateUsage]
    main,
)

pytest_plugins = ["pytester"]

COMMAND = [sys.executable, "-m", "payrix_sessions.sandbox"]
ROOT = Path(__file__).parents[2]

Start = Callable[..., "tuple[subprocess.Popen[str], str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command; give its process and the URL that it prints first."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*options: str, command: list[str] = COMMAND) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout
        found = re.search(r"https?://\S+", process.stdout.readline())
        assert found, process.communicate()
        return process, found[0]

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(start: Start, number: signal.Signals) -> None:
    process, url = start("--seed", "3", "--sessions", "2", "--log", "--invalid-auth-status", "401")
    with urlopen(f"{url}/_sandbox") as reply:
        state = json.load(reply)
    with urlopen(Request(f"{url}/sessions", headers={"APIKEY": state["credentials"]["APIKEY"]})) as reply:
        assert reply.read().count(b'"id"') == 2
    with pytest.raises(HTTPError, match="401") as caught:
        urlopen(f"{url}/sessions")
    caught.value.close()
    process.send_signal(number)
    assert process.stdout
    assert process.stderr
    out = process.stdout.read()
    assert (process.wait(timeout=5), process.stderr.read()) == (0, "")
    assert state["login"] in out
    assert out.splitlines()[-2:] == ["GET /sessions -> 200", "GET /sessions -> 401 invalid_auth"]


def test_a_signal_stops_it_even_in_the_middle_of_its_wait(start: Start) -> None:
    impatient = (
        "from payrix_sessions.sandbox import __main__ as it; it._WAIT_SECONDS = 0; raise SystemExit(it.main([]))"
    )
    for _ in range(5):
        process, _ = start(command=[sys.executable, "-c", impatient])
        process.terminate()
        assert process.wait(timeout=5) == 0


def test_it_serves_on_when_nobody_reads_its_log(start: Start) -> None:
    process, url = start("--log")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    for _ in range(2):
        with pytest.raises(HTTPError, match="400") as caught:  # no credentials
            urlopen(f"{url}/sessions")
        caught.value.close()
    process.terminate()
    assert (process.wait(timeout=5), process.stderr.read()) == (0, "")


@pytest.fixture
def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PAYRIX_", "REQUESTS_CA"))}


@pytest.mark.parametrize("options", [{}, {"host": "0.0.0.0", "allow_remote": True}, {"tls": True}])
def test_what_the_greeting_shows_works_as_printed(options: dict[str, Any], plain_environment: dict[str, str]) -> None:
    with Sandbox(seed=5, **options) as sandbox:
        greeting = _greeting(sandbox, allow_remote=bool(options.get("allow_remote")))
        for secret in (sandbox.session_key, sandbox.txn_session_key, sandbox.username, sandbox.password):
            assert secret in greeting
        shell = re.search(r"From a shell:\n\n(.*?)From Python:\n\n(.*?print.*?\n)", greeting, re.DOTALL)
        assert shell
        if shutil.which("curl"):
            script = "set -e\n" + textwrap.dedent(shell[1].replace("Steer it from there:", "")).replace(
                "curl", "curl -sSf"
            )
            ran = subprocess.run(
                ["bash", "-c", script], capture_output=True, text=True, env=plain_environment, check=False
            )
            assert (ran.returncode, ran.stderr) == (0, "")
            assert '"errorCode"' not in ran.stdout
            assert sandbox.sessions == []  # the last command resets
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(shell[2])],
            capture_output=True,
            text=True,
            env=plain_environment,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert [request.path for request in sandbox.requests] == ["/sessions"]
    assert ("From other machines: http://NAME:" in greeting) is bool(options.get("allow_remote"))


def test_without_tls_no_python_is_shown_for_an_address_that_it_would_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(host="localhost", allow_remote=True) as sandbox:
        monkeypatch.setattr(sandbox, "_host", "192.0.2.1")
        greeting = _greeting(sandbox, allow_remote=True)
    assert "From Python" not in greeting
    assert "start the sandbox with --tls" in greeting


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--host", "0.0.0.0"], "host '0.0.0.0' can be reached by other machines; --allow-remote permits that"),
        (["--host", "a..b", "--allow-remote"], "host 'a..b' is not known"),
        (["--port", "99999"], "port must be an integer, 0 to 65535"),
        (["--sessions", "-1"], "sessions must be an integer, 0 or more, or a list of mappings"),
        (["--invalid-auth-status", "403"], "invalid_auth_status must be 400 or 401"),
        (["--tls", "one.pem"], "--tls takes no files, or two: CERT KEY"),
        (["--tls", "no.pem", "key.pem"], "cannot use no.pem and key.pem for TLS: No such file or directory"),
        (["--tls", "--ca-file", "/nowhere/ca.pem"], "/nowhere/ca.pem: No such file or directory"),
    ],
)
def test_options_that_make_no_sense_are_one_line_and_status_two(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], complaint: str
) -> None:
    monkeypatch.setattr(signal, "signal", Mock())
    assert main(options) == 2
    assert capsys.readouterr() == ("", f"payrix-sandbox: {complaint}\n")


def test_a_port_in_use_is_named_with_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", Mock())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"payrix-sandbox: cannot listen on port {port} of 127.0.0.1: ")
    assert err.endswith("; stop what uses it, or take another (0 is a free one)\n")


def test_an_address_of_another_machine_is_named_without_advice_about_ports(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", Mock())
    assert main(["--host", "192.0.2.1", "--allow-remote"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("payrix-sandbox: cannot listen on port 0 of 192.0.2.1: ")
    assert "free" not in err


def test_the_container_starts_a_sandbox_that_other_machines_reach(start: Start) -> None:
    file = (ROOT / "Containerfile").read_text()
    name, *options = json.loads(re.findall(r"^ENTRYPOINT (.*)$", file, re.MULTILINE)[-1])
    options += json.loads(re.findall(r"^CMD (.*)$", file, re.MULTILINE)[-1])
    assert name == "payrix-sandbox"
    port = options.index("--port") + 1
    assert f"EXPOSE {options[port]}" in file
    options[port] = "0"
    _, url = start(*options)
    health = json.loads(re.findall(r"HEALTHCHECK .*CMD (\[.*\])", file)[-1])
    for number, status in ((url.rpartition(":")[2], 0), ("1", 1)):
        check = [sys.executable, *(part.replace("8080", number) for part in health[1:])]
        assert subprocess.run(check, check=False, capture_output=True).returncode == status
    with urlopen(Request(f"{url}/_sandbox/reset", method="POST", headers={"Host": "sandbox:8080"})) as reply:
        assert reply.status == 200


def test_it_runs_from_a_zip_file_with_its_description(start: Start, tmp_path: Path) -> None:
    package = Path(payrix_sessions.__file__).parent
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in package.rglob("*.*"):
            if file.suffix in (".py", ".yaml"):
                target.write(file, file.relative_to(package.parent))
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import payrix_sessions.sandbox.__main__ as command; "
        "assert 'package.zip' in command.__file__; command.main()"
    )
    _, url = start(command=[sys.executable, "-c", code, str(archive)])
    with urlopen(f"{url}/_sandbox/openapi.yaml") as reply:
        assert reply.read() == (package / "sandbox" / "openapi.yaml").read_bytes()


def test_the_fixture_gives_each_test_a_sandbox_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["payrix_sessions.sandbox.pytest_plugin"]')
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
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_fixture_is_unknown_where_nobody_named_its_module(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(payrix_sandbox): pass")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(errors=1)
