"""The command `python -m payrix_sessions`."""

import runpy
import subprocess
import sys

import pytest

from payrix_sessions import __version__


def test_without_an_option_it_tells_how_it_is_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["payrix_sessions"])
    runpy.run_module("payrix_sessions", run_name="__main__")
    assert "--version" in capsys.readouterr().out


def test_it_tells_the_version_and_warns_of_nothing() -> None:
    command = [sys.executable, "-W", "error", "-m", "payrix_sessions", "--version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == (f"payrix-sessions {__version__}\n", "")
