"""Sets up an environment for development, from the pins in this folder and from nothing else.

    python requirements/set_up.py [--in FOLDER] NAME...

installs NAME.txt, or this checkout itself for the NAME `project`: into FOLDER, which is made when it is missing and
made anew when the pins, the Python or the place have changed, or, without --in, into the environment that runs this.

The pins are complete, so pip resolves nothing: it neither looks at other releases nor builds anything, and `pip check`
has the last word. Of pip's settings, those that say where packages come from hold (a company's index, proxy and
certificates); those that say what to install, or where to, do not. Knows nothing of what the pins are for.
"""

import argparse
import ast
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

PINS = Path(__file__).resolve().parent
PROJECT = PINS.parent
CLOSED = ("install", "-qq", "--no-deps", "--only-binary=:all:")
HASHED = (*CLOSED, "--require-hashes")
SOURCES = [
    *(
        "index-url",
        "extra-index-url",
        "find-links",
        "no-index",
        "cache-dir",
        "no-cache-dir",
        "timeout",
        "default-timeout",
    ),
    *("retries", "proxy", "no-proxy-env", "cert", "client-cert", "trusted-host", "keyring-provider", "use-feature"),
    "use-deprecated",
]


def variable(setting: str) -> str:
    """Name the environment variable of a setting of pip."""
    return f"PIP_{setting.upper().replace('-', '_')}"


def pip_environment(*pip: str | Path) -> dict[str, str]:
    """Reduce pip's settings, from files and variables, to variables that say where packages come from."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    kept = {name: os.environ[name] for name in map(variable, ["config-file", *SOURCES]) if name in os.environ}
    readable = {**others, **kept, "PIP_QUIET": "0", "PIP_USER": "0"}
    listed = subprocess.run(
        [*pip, "config", "list"], env=readable, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    settings = dict(line.split("=", 1) for line in listed.splitlines())
    found = {
        variable(name): ast.literal_eval(settings[f"{section}.{name}"])
        for section in ("global", "install", ":env:")  # later ones win, as in pip
        for name in SOURCES
        if f"{section}.{name}" in settings
    }
    return {**others, **found, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def quietly(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command, whose output matters when it fails."""
    done = subprocess.run(
        command, env=env, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        done.check_returncode()


def install(python: str | Path, names: list[str]) -> None:
    """Install pins, this checkout, or both into the environment of a Python."""
    pip = (python, "-I", "-m", "pip")
    env = pip_environment(*pip)
    files = [argument for name in names if name != "project" for argument in ("-r", PINS / f"{name}.txt")]
    if files:
        subprocess.run([*pip, *HASHED, *files], env=env, check=True)
    if "project" in names:
        # In two steps, because the pip of the first Pythons 3.10 cannot install this form of project editable.
        with tempfile.TemporaryDirectory() as folder:
            quietly(python, "-I", "-m", "hatchling", "build", "--target", "wheel:editable", "--directory", folder)
            subprocess.run([*pip, *CLOSED, "--force-reinstall", *Path(folder).iterdir()], env=env, check=True)
    quietly(*pip, "check", env=env)


def make(folder: Path) -> None:
    """Make a virtual environment with a pip, whatever was in the folder."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    if importlib.util.find_spec("pip"):
        # Takes a third of ensurepip's time, and Debian's Pythons come without that.
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = subprocess.run([python, "-Ic", ask], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        pip = (sys.executable, "-m", "pip")
        there = ("--no-compile", "--target", packages, "-r", PINS / "pip.txt")
        subprocess.run([*pip, *HASHED, *there], env=pip_environment(*pip), check=True)
        shutil.rmtree(Path(packages) / "bin")  # scripts for the Python that ran pip
    elif importlib.util.find_spec("ensurepip"):
        quietly(python, "-I", "-m", "ensurepip")
    else:
        raise SystemExit(
            "This Python has no pip. On Debian and Ubuntu: apt install python3-venv"
            " (for a Python from elsewhere: python3.X-venv)"
        )


def digest(name: str) -> str:
    """Identify what would be installed under this name."""
    project = [PROJECT / "pyproject.toml", PROJECT / "payrix_sessions" / "version.py"]
    files = project if name == "project" else [PINS / f"{name}.txt"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


@contextlib.contextmanager
def locked() -> Generator[None]:
    """Let one set-up at a time change the environments of this checkout."""
    with Path(__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(folder: Path, names: list[str]) -> None:
    """Bring an environment up to date; one whose set-up was interrupted is made anew."""
    state = folder / "set-up.json"  # only there when the environment is whole
    place = [sys.base_prefix, sys.version, str(folder)]
    present: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        made = json.loads(state.read_text("utf-8"))
        present = made["names"] if made["place"] == place else {}
    wanted = {name: digest(name) for name in names}
    missing = [name for name in names if present.get(name) != wanted[name]]
    if not missing:
        return
    print(f"Setting up {folder.name} for Python {sys.version.split()[0]}: {', '.join(missing)} ...", flush=True)
    if not present or any(name in present and name != "project" for name in missing):
        make(folder)
        present, missing = {}, names
    state.unlink(missing_ok=True)
    install(folder / "bin" / "python", missing)
    state.write_text(json.dumps({"place": place, "names": {**present, **wanted}}), "utf-8")


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER", help="the environment to make or complete")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a file of pins without its .txt, or project")
    arguments = parser.parse_args()
    base = os.path.realpath(sys.executable)
    if arguments.folder and sys.prefix != sys.base_prefix and base != sys.executable:
        os.execv(base, [base, *sys.argv])  # an environment cannot make itself anew
    try:
        if arguments.folder:
            with locked():
                set_up(arguments.folder.absolute(), arguments.names)
        else:
            install(sys.executable, arguments.names)
    except subprocess.CalledProcessError as error:  # which has told its reason
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
