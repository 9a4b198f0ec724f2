"""What is published: the facts that the project states about itself agree, and the wheel, installed alone, is used."""

import email
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, metadata, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from payrix_sessions import __version__
from payrix_sessions.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
METADATA = metadata("payrix-sessions")
CLASSIFIERS = METADATA.get_all("Classifier") or []
PYTHONS = [line.rpartition(" :: ")[2] for line in CLASSIFIERS if re.search(r"Python :: 3\.\d+$", line)]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PINS = {path.stem: path.read_text("utf-8") for path in (ROOT / "requirements").glob("*.txt")}

FOREIGN = re.compile(
    r"/(?:root|tmp|work)/"  # paths of one machine
    r"|\b(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)\b"  # hosts of package registries
    r"|--(?:index-url|extra-index-url|find-links)"  # where pip should look
)


def pins(*names: str) -> dict[str, str]:
    """Read the versions that files of requirements/ pin."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", "\n".join(PINS[name] for name in names), re.MULTILINE))


def test_the_version_in_the_metadata_and_the_newest_in_the_changelog_are_that_of_the_package() -> None:
    versions = re.findall(r"^## \[?(\d[\w.]*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert METADATA["Version"] == versions[0] == __version__


def test_the_classifiers_name_every_python_from_the_floor_on_and_the_checkers_are_set_to_it() -> None:
    first = int(PYTHONS[0].partition(".")[2])
    assert METADATA["Requires-Python"] == f">={PYTHONS[0]}"
    assert [f"3.{minor}" for minor in range(first, first + len(PYTHONS))] == PYTHONS
    for setting in ('python_version = "3.', 'pythonVersion = "3.', 'target-version = "py3'):
        assert f'\n{setting}{first}"' in PROJECT


def test_a_dependency_is_pinned_and_has_a_floor_that_the_matrix_runs_and_no_cap() -> None:
    for requirement in map(Requirement, requires("payrix-sessions") or []):
        name = canonicalize_name(requirement.name)
        assert name in pins("demo")
        assert str(requirement.specifier) == f">={pins('lowest')[name]}"


def test_what_a_dependency_group_names_is_pinned() -> None:
    suite = ["demo", "test"]
    for group, files in {"pip": ["pip"], "test": suite, "compatibility": suite, "tools": [*suite, "tools"]}.items():
        declared = re.search(rf"^{group} = \[(.*?)\n?\](?:  #.*)?$", PROJECT, re.MULTILINE | re.DOTALL)
        names = re.findall(r'"([\w-]+)', declared[1] if declared else "")
        assert names
        assert set(names) - pins(*files).keys() == set()


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    texts = {path: path.read_text("utf-8", errors="replace") for path in files}
    assert [f"{path}: {found[0]}" for path, text in texts.items() for found in FOREIGN.finditer(text)] == []


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


def required(name: str) -> set[str]:
    """Return the names of all that a distribution requires, directly or not."""
    parsed = map(Requirement, distribution(name).requires or [])
    names = {each.name for each in parsed if not each.marker or each.marker.evaluate({"extra": ""})}
    return names.union(*map(required, names))


def test_the_wheel_holds_the_package_alone_and_once_installed_runs_the_quick_start(tmp_path: Path) -> None:
    """It stands beside what it requires, in the versions that run this test, and beside nothing else."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, tmp_path / "dist"], cwd=ROOT, check=True)
    (wheel,) = (tmp_path / "dist").iterdir()
    archive, information = ZipFile(wheel), f"payrix_sessions-{__version__}.dist-info"
    names = archive.namelist()
    files = [path for path in (ROOT / "payrix_sessions").rglob("*") if path.is_file()]
    tree = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {name for name in names if name.startswith("payrix_sessions/")} == tree
    assert "payrix_sessions/py.typed" in tree
    assert {name.partition("/")[0] for name in names} == {"payrix_sessions", information}
    described = email.message_from_bytes(archive.read(f"{information}/METADATA"))
    assert described.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert archive.read(f"{information}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()

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
