"""The command `python -m payrix_sessions`."""

import runpy
import subprocess
import sys
from contextlib import suppress

import pytest

from payrix_sessions import __version__


def test_the_command_tells_the_version_and_without_an_option_how_it_is_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments, words in ((["--version"], f"payrix-sessions {__version__}\n"), ([], "--version")):
        monkeypatch.setattr(sys, "argv", ["payrix_sessions", *arguments])
        with suppress(SystemExit):
            runpy.run_module("payrix_sessions", run_name="__main__")
        assert words in capsys.readouterr().out


def test_the_command_warns_of_nothing() -> None:
    command = [sys.executable, "-W", "error", "-m", "payrix_sessions", "--version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == (f"payrix-sessions {__version__}\n", "")
