"""The wheel as a user gets it: built, installed alone into an empty environment, and used."""

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
    created = client.sessions.post_sessions(SessionsPostRequest()).one()
    assert created.id in [session.id for session in client.sessions.get_sessions().body.data]
    assert client.sessions.delete_sessions_id(created.id).one().key == created.key
    assert client.sessions.get_sessions_id(created.id).body.data == []
assert importlib.util.find_spec("werkzeug") is None, "a plain install brings the sandbox's server"
print(payrix_sessions.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, folder], cwd=ROOT, check=True)
    (built,) = folder.iterdir()
    return built


def required(name: str) -> set[str]:
    """Return the names of all that a distribution requires, directly or not."""
    parsed = map(Requirement, distribution(name).requires or [])
    names = {each.name for each in parsed if not each.marker or each.marker.evaluate({"extra": ""})}
    return names.union(*map(required, names))


def test_the_wheel_holds_the_package_the_readme_and_the_licence_and_nothing_else(wheel: Path) -> None:
    files = [path for path in (ROOT / "payrix_sessions").rglob("*") if path.is_file()]
    tree = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    archive, information = ZipFile(wheel), f"payrix_sessions-{__version__}.dist-info"
    names = archive.namelist()
    assert {name for name in names if name.startswith("payrix_sessions/")} == tree
    assert "payrix_sessions/py.typed" in tree
    assert {name.partition("/")[0] for name in names} == {"payrix_sessions", information}
    metadata = email.message_from_bytes(archive.read(f"{information}/METADATA"))
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert archive.read(f"{information}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_the_installed_wheel_runs_the_quick_start_and_leaves_nothing_behind(wheel: Path, tmp_path: Path) -> None:
    """It stands beside what it requires, in the versions that run this test, and beside nothing else."""
    environment = tmp_path / "user"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python3.*/site-packages")
    for here in map(distribution, required("payrix-sessions")):
        for name in {file.parts[0] for file in here.files or []} - {"..", "__pycache__"}:
            (packages / name).symlink_to(str(here.locate_file(name)))
    python = environment / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet"]
    subprocess.run([*map(str, install), "--no-index", "--no-deps", "--no-compile", wheel], check=True)
    before = set(environment.rglob("*"))

    with Sandbox() as sandbox:
        use = ["-IB", "-W", "error", "-c", QUICK_START, sandbox.base_url, sandbox.api_key]
        place = subprocess.check_output([python, *use], cwd=tmp_path, text=True)
    assert environment in Path(place).parents
    assert environment / "bin" / "payrix-sandbox" in before
    assert set(environment.rglob("*")) == before
