"""The command `python -m payrix_sessions`."""

import subprocess
import sys

from payrix_sessions import __version__


def run(*arguments: str) -> str:
    """Run the command and return what it prints."""
    command = [sys.executable, "-W", "error", "-m", "payrix_sessions", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_command_tells_the_version() -> None:
    assert run("--version") == f"payrix-sessions {__version__}\n"


def test_without_an_option_the_command_tells_how_it_is_used() -> None:
    assert "--version" in run()
