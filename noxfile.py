"""The suite on every Python of the machine with both ends of the dependencies; the pins in requirements/."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
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
    session.run("python", "requirements/set_up.py", pins, "project")
    session.run("python", "-m", "pytest", "-q", "--numprocesses=auto", "--dist=loadfile", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Pin requirements/ anew, to what is newest today."""
    session.install("uv")
    environment = {"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock"}
    project = ("pyproject.toml", "--extra=sandbox")
    suite = (*project, "--group=test", "--group=compatibility")
    folder = session.create_tmp()

    def compile_pins(output: str, *arguments: str, without: Iterable[str] = ()) -> set[str]:
        """Write one file, and return the names that it pins."""
        command = ("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version=3.10")
        left_out = [f"--no-emit-package={name}" for name in sorted(without)]
        session.run(*command, *arguments, *left_out, "-o", output, env=environment)
        return set(re.findall(r"^([\w.-]+)==", Path(output).read_text("utf-8"), re.MULTILINE))

    def pin(name: str, *arguments: str, without: Iterable[str] = ()) -> set[str]:
        """Write one file of requirements/."""
        return compile_pins(
            f"requirements/{name}.txt", "--generate-hashes", "--no-annotate", *arguments, without=without
        )

    compile_pins(f"{folder}/floors.txt", *project, "--resolution=lowest-direct")
    compile_pins(f"{folder}/newest.txt", *suite)
    newest = f"--constraint={folder}/newest.txt"
    demo = pin("demo", *project, newest)
    test = pin("test", *suite, newest, without=demo)
    pin("tools", "--group=tools", newest, without=demo | test)
    pin("pip", "--group=pip", newest)
    pin("lowest", *suite, f"--constraint={folder}/floors.txt")
