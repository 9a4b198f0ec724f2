"""The command `payrix-sandbox` and the pytest plugin."""

import re
import signal
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
    [(["--host", "0.0.0.0"], "allow_remote"), (["--port", "99999"], "port"), (["--sessions", "-1"], "sessions")],
)
def test_options_that_make_no_sense_are_one_line_and_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], complaint: str
) -> None:
    monkeypatch.setattr(signal, "signal", Mock())
    assert main(options) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("payrix-sandbox: ")
    assert complaint in captured.err
    assert captured.err.count("\n") == 1


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
