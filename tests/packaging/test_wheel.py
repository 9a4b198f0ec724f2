"""The wheel as a user gets it: built, installed alone into an empty environment, used, removed without a trace."""

import email
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from payrix_sessions import __version__
from payrix_sessions.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

QUICK_START = """
import importlib.util, sys
from payrix_sessions import ApiKeyCredentials, Client, SessionsPostRequest
import payrix_sessions

base_url, api_key = sys.argv[1:]
with Client(base_url=base_url, api_key_credentials=ApiKeyCredentials(api_key)) as client:
    created = client.sessions.post_sessions(SessionsPostRequest()).raise_for_errors().body.data[0]
    assert client.sessions.get_sessions_id(created.id).body.data[0].id == created.id
    assert created.id in [session.id for session in client.sessions.get_sessions().body.data]
    client.sessions.delete_sessions_id(created.id).raise_for_errors()
    assert client.sessions.get_sessions_id(created.id).body.data == []
assert importlib.util.find_spec("werkzeug") is None, "a plain install brings the sandbox's server"
print(payrix_sessions.__file__)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed, and return what it printed."""
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


def required(name: str) -> set[str]:
    """Return the names of all that a distribution requires, directly or not."""
    parsed = map(Requirement, distribution(name).requires or [])
    names = {each.name for each in parsed if not each.marker or each.marker.evaluate({"extra": ""})}
    return names.union(*map(required, names))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    files = [path for path in (ROOT / "payrix_sessions").rglob("*") if path.is_file()]
    tree = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    names = ZipFile(wheel).namelist()
    assert {name for name in names if name.startswith("payrix_sessions/")} == tree
    assert "payrix_sessions/py.typed" in tree
    assert {name.partition("/")[0] for name in names} == {"payrix_sessions", f"payrix_sessions-{__version__}.dist-info"}


def test_the_wheel_carries_the_readme_and_the_licence(wheel: Path) -> None:
    archive = ZipFile(wheel)
    information = f"payrix_sessions-{__version__}.dist-info"
    metadata = email.message_from_bytes(archive.read(f"{information}/METADATA"))
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert archive.read(f"{information}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_the_installed_wheel_runs_the_quick_start_and_leaves_nothing_behind(wheel: Path, tmp_path: Path) -> None:
    """It stands beside what it requires, in the versions that run this test, and beside nothing else."""
    environment = tmp_path / "user"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    (packages,) = environment.glob("lib/python3.*/site-packages")
    for here in map(distribution, required("payrix-sessions")):
        for name in {file.parts[0] for file in here.files or []} - {"..", "__pycache__"}:
            (packages / name).symlink_to(str(here.locate_file(name)))
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=tmp_path)
    run(*pip, "check", cwd=tmp_path)

    with Sandbox() as sandbox:
        place = run(python, "-I", "-W", "error", "-c", QUICK_START, sandbox.base_url, sandbox.api_key, cwd=tmp_path)
    assert environment in Path(place).parents

    assert (environment / "bin" / "payrix-sandbox").exists()
    run(*pip, "uninstall", "--quiet", "--yes", "payrix-sessions", cwd=tmp_path)
    assert [path for path in environment.rglob("*payrix*") if path.is_file()] == []
