"""The command `python -m payrix_sessions`."""

import runpy
import subprocess
import sys
from contextlib import suppress

import pytest

from payrix_sessions import __version__


def run(*arguments: str) -> None:
    """Run the command in this process."""
    with pytest.MonkeyPatch.context() as patch, suppress(SystemExit):
        patch.setattr(sys, "argv", ["payrix_sessions", *arguments])
        runpy.run_module("payrix_sessions", run_name="__main__")


def test_the_command_tells_the_version_and_without_an_option_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    run("--version")
    assert capsys.readouterr().out == f"payrix-sessions {__version__}\n"
    run()
    assert "--version" in capsys.readouterr().out


def test_the_command_warns_of_nothing() -> None:
    command = [sys.executable, "-W", "error", "-m", "payrix_sessions", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
