"""The command `payrix-sandbox` and the pytest plugin."""

import re
import signal
import socket
import subprocess
import sys
from unittest.mock import Mock
from urllib.request import Request, urlopen

import pytest

from payrix_sessions.sandbox.__main__ import main

pytest_plugins = ["pytester"]

COMMAND = [sys.executable, "-m", "payrix_sessions.sandbox"]


def test_it_prints_where_it_is_and_serves_until_it_is_interrupted() -> None:
    command = [*COMMAND, "--seed", "3", "--sessions", "2", "--log"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        greeting = [next(process.stdout) for _ in range(20)]
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting[0])
        key = re.search(r"APIKEY +(\S+)", "".join(greeting))
        assert url
        assert key
        with urlopen(Request(f"{url[0]}/sessions", headers={"APIKEY": key[1]})) as reply:
            assert reply.read().count(b'"id"') == 2
        process.send_signal(signal.SIGINT)
        assert "GET /sessions -> 200" in process.communicate(timeout=5)[0]
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--host", "0.0.0.0"], "host '0.0.0.0' can be reached by other machines; --allow-remote permits that"),
        (["--host", "a..b"], "host 'a..b' is not known"),
        (["--host", "a..b", "--allow-remote"], "host 'a..b' is not known"),
        (["--port", "99999"], "port must be a whole number, 0 to 65535"),
        (["--port", "-1"], "port must be a whole number, 0 to 65535"),
        (["--sessions", "-1"], "sessions must be a whole number, 0 or more"),
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


def test_a_mistake_leaves_no_traceback_behind() -> None:
    result = subprocess.run([*COMMAND, "--port", "99999"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == "payrix-sandbox: port must be a whole number, 0 to 65535\n"


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
