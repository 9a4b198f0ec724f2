"""The suite on every Python of the machine with both ends of the dependencies; the pins in requirements/."""

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.options.sessions = ["tests"]
nox.options.reuse_venv = "yes"

# Pythons that pyenv keeps are not on the PATH under their own names.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
os.environ["PATH"] = os.pathsep.join([*map(str, PYENV.glob("versions/3.*/bin")), os.environ["PATH"]])


def runs(python: str) -> bool:
    """Tell whether this Python is here; a shim that only says "not found" is not."""
    found = shutil.which(f"python{python}")
    if found is None:
        return False
    return subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0


PYTHONS = list(filter(runs, nox.project.python_versions(nox.project.load_toml("pyproject.toml"))))
ENDS = {(PYTHONS[0], "lowest"), (PYTHONS[-1], "newest")}


@nox.session
@nox.parametrize(
    ("python", "pins"),
    [
        nox.param(python, pins, tags=["ends"] if (python, pins) in ENDS else [])
        for python in PYTHONS
        for pins in ("lowest", "newest")
    ],
)
def tests(session: nox.Session, pins: str) -> None:
    """Run the suite with the lowest declared or the newest dependencies."""
    session.install("--require-hashes", "-r", f"requirements/{pins}.txt")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "-m", "pytest", "-q", "--numprocesses=auto", "--dist=loadfile", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Pin requirements/ anew, to what is newest today."""
    session.install("uv")
    compile_pins = ("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version=3.10")
    with_hashes = (*compile_pins, "--generate-hashes", "--no-annotate")
    project = ("pyproject.toml", "--extra=sandbox")
    floors = f"{session.create_tmp()}/floors.txt"
    environment = {"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock"}
    session.run(*compile_pins, *project, "--resolution=lowest-direct", "-o", floors, env=environment)
    for arguments in (
        (*project, "--group=test", "-o", "requirements/newest.txt"),
        (*project, "--group=test", "-c", floors, "-o", "requirements/lowest.txt"),
        ("--group=tools", "-c", "requirements/newest.txt", "-o", "requirements/tools.txt"),
    ):
        session.run(*with_hashes, *arguments, env=environment)
