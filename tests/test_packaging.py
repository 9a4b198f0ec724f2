"""What is published, and the set-up of a checkout: stated facts agree, the wheel is used, and the pins are installed.

All of the pins and nothing else, whatever an index offers or a user's pip is told.
"""

import email
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution, metadata, requires
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from payrix_sessions import __version__
from payrix_sessions.sandbox import Sandbox

SetUp = Callable[..., tuple[subprocess.CompletedProcess[str], dict[str, str]]]
Steps = Callable[..., list[str]]

ROOT = Path(__file__).parents[1]
METADATA = metadata("payrix-sessions")
CLASSIFIERS = METADATA.get_all("Classifier") or []
PYTHONS = [line.rpartition(" :: ")[2] for line in CLASSIFIERS if re.search(r"Python :: 3\.\d+$", line)]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
# What 3.10.0 and the first releases after it brought; where none is named, the pip that runs here.
OLDEST_PIP = {10: "21.2.3", 11: "22.3", 12: "23.2.1", 13: "24.2", 14: "25.2"}.get(sys.version_info.minor)

FOREIGN = re.compile(
    r"/(?:root|tmp|work)/"  # paths of one machine
    r"|\b(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)\b"  # hosts of package registries
    r"|--(?:index-url|extra-index-url|find-links)"  # where pip should look
)


def pins(*names: str) -> dict[str, str]:
    """Read the versions that files of requirements/ pin."""
    texts = [(ROOT / "requirements" / f"{name}.txt").read_text("utf-8") for name in names]
    return dict(re.findall(r"^([\w.-]+)==(\S+)", "\n".join(texts), re.MULTILINE))


def test_the_version_in_the_metadata_and_the_newest_in_the_changelog_are_that_of_the_package() -> None:
    versions = re.findall(r"^## \[?(\d[\w.]*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert METADATA["Version"] == versions[0] == __version__


def test_the_classifiers_name_every_python_from_the_floor_on_and_the_checkers_are_set_to_it() -> None:
    first = int(PYTHONS[0].partition(".")[2])
    assert METADATA["Requires-Python"] == f">={PYTHONS[0]}"
    assert [f"3.{minor}" for minor in range(first, first + len(PYTHONS))] == PYTHONS
    for setting in ('python_version = "3.', 'pythonVersion = "3.', 'target-version = "py3'):
        assert f'\n{setting}{first}"' in PROJECT


def test_what_is_required_is_pinned_and_has_a_floor_that_the_matrix_runs_and_no_cap() -> None:
    for requirement in map(Requirement, requires("payrix-sessions") or []):
        name = canonicalize_name(requirement.name)
        assert name in pins("demo")
        assert str(requirement.specifier) == f">={pins('lowest')[name]}"
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

DESCRIPTION_FROM_THE_ARCHIVE = """
import sys, requests
sys.path.insert(0, sys.argv[1])
from payrix_sessions.sandbox import Sandbox, __main__ as command
assert command.__file__.startswith(sys.argv[1])
with Sandbox() as sandbox:
    sys.stdout.buffer.write(requests.get(f"{sandbox.base_url}/_sandbox/openapi.yaml").content)
"""


def make_environment(folder: Path, *names: str) -> tuple[Path, Path]:
    """Make an environment with distributions of the one that runs this; return its Python and where packages stand."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python3.*/site-packages")
    for here in map(distribution, names):
        for name in {file.parts[0] for file in here.files or []} - {"..", "__pycache__"}:
            (packages / name).symlink_to(str(here.locate_file(name)))
    return folder / "bin" / "python", packages


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
    python, _ = make_environment(environment, *required("payrix-sessions"))
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet"]
    subprocess.run([*map(str, install), "--no-index", "--no-deps", "--no-compile", wheel], check=True)
    before = set(environment.rglob("*"))
    with Sandbox() as sandbox:
        use = ["-IB", "-W", "error", "-c", QUICK_START, sandbox.base_url, sandbox.api_key]
        place = subprocess.check_output([python, *use], cwd=tmp_path, text=True)
    assert environment in Path(place).parents
    assert environment / "bin" / "payrix-sandbox" in before
    assert set(environment.rglob("*")) == before

    description = subprocess.check_output([sys.executable, "-c", DESCRIPTION_FROM_THE_ARCHIVE, str(wheel)])
    assert description == (ROOT / "payrix_sessions/sandbox/openapi.yaml").read_bytes()


def make_wheel(folder: Path, name: str, version: str, requires: str = "") -> str:
    """Write a wheel that holds no module, and return the line that pins it."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: toml\n"
    information = {
        "METADATA": head + (f"Requires-Dist: {requires}\n" if requires else ""),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    folder.mkdir(exist_ok=True)
    with ZipFile(path, "w") as archive:
        for file, text in information.items():
            archive.writestr(f"{name}-{version}.dist-info/{file}", text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def installed(python: Path) -> dict[str, str]:
    """Return the versions of what is installed beside this Python, but for pip."""
    ask = "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    found = json.loads(subprocess.check_output([python, "-Ic", ask]))
    return {canonicalize_name(name): version for name, version in found.items() if name != "pip"}


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The script, imported from a checkout of nothing but itself with a space in its path."""
    file = tmp_path / "a check-out" / "requirements" / "set_up.py"
    file.parent.mkdir(parents=True)
    shutil.copy(ROOT / "requirements" / "set_up.py", file)
    spec: Any = importlib.util.spec_from_file_location("set_up", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def set_up(script: ModuleType, tmp_path: Path) -> SetUp:
    """Set up with a pip that is told much else, and return how that ended and which versions it has added."""
    wheels, others, path = (tmp_path / name for name in ("mirror", "others.txt", "path"))
    pinned = {
        "plugin": make_wheel(wheels, "plugin", "1.0", 'base[toml]>=1; python_version > "3"'),
        "base": make_wheel(wheels, "base", "1.0"),
    }
    for name, version in (("base", "99.0"), ("other", "1.0")):
        make_wheel(wheels, name, version)
    others.write_text("base==99.0\nother\n")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "pip.conf").write_text(
        f"[global]\nno-index = true\nquiet = 3\nconstraint = {others}\nuser = true\n"
        f"[install]\nfind-links =\n    {tmp_path}/nothing\n    {wheels}\ntarget = {tmp_path}/target\ndry-run = true\n"
        "no-binary = :all:\nplatform = plan9\n"
    )
    (path / "base-99.0.dist-info").mkdir(parents=True)
    (path / "base-99.0.dist-info" / "METADATA").write_text("Name: base\nVersion: 99.0\n")
    told = {"CONFIG_FILE": tmp_path / "pip.conf", "PREFIX": tmp_path / "prefix", "REQUIREMENT": others, "USER": 1}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PYTHONPATH": str(path), **{f"PIP_{name}": str(value) for name, value in told.items()}}

    def run(python: Path, *names: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        (script.PINS / "demo.txt").write_text("".join(pinned[name] for name in names))
        command = [str(python), str(script.__file__), "demo"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert not [name for name in ("target", "prefix") if (tmp_path / name).exists()]
        return done, installed(python)

    return run


@pytest.mark.network
def test_the_oldest_pip_installs_what_is_pinned_and_nothing_else(set_up: SetUp, tmp_path: Path) -> None:
    """The plugin wants base[toml]; an old pip, left to itself, looks for that extra in the newest release."""
    python, packages = make_environment(tmp_path / "environment")
    install = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile", "--target", str(packages)]
    subprocess.run([*install, f"pip=={OLDEST_PIP or distribution('pip').version}"], check=True)
    done, added = set_up(python, "plugin", "base")
    assert (done.returncode, added) == (0, {"plugin": "1.0", "base": "1.0"}), done.stderr


def test_pins_that_are_not_complete_fail_the_set_up(set_up: SetUp, tmp_path: Path) -> None:
    python, _ = make_environment(tmp_path / "environment", "pip")
    done, added = set_up(python, "plugin")
    assert (done.returncode, done.stdout, added) == (1, "", {"plugin": "1.0"})
    assert "plugin 1.0 requires base, which is not installed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def steps(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Set up an environment and return the steps that are taken, without taking them."""
    folder, taken = script.PROJECT / ".venv", list[str]()
    (script.PROJECT / "payrix_sessions").mkdir()
    for name in ("pyproject.toml", "payrix_sessions/version.py", "requirements/demo.txt", "requirements/test.txt"):
        (script.PROJECT / name).write_text("1")

    def make(_: Path) -> None:
        taken.append("make")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def install(python: Path, names: list[str]) -> None:
        assert python == folder / "bin" / "python"
        taken.extend(names)
        if "interrupted" in names:
            raise KeyboardInterrupt

    def of(*names: str) -> list[str]:
        taken.clear()
        script.set_up(folder, list(names))
        return list(taken)

    monkeypatch.setattr(script, "make", make)
    monkeypatch.setattr(script, "install", install)
    return of


def test_each_command_adds_what_it_needs_once_and_what_has_changed_or_starts_anew(
    steps: Steps, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps("demo") == ["make", "demo"]
    assert steps("demo") == []
    assert steps("demo", "test", "project") == ["test", "project"]
    assert steps("demo", "test", "project") == steps("demo") == []
    (script.PROJECT / "payrix_sessions" / "version.py").write_text("2")
    assert steps("project") == ["project"]
    (script.PINS / "test.txt").write_text("2")
    assert steps("demo") == []
    assert steps("demo", "test", "project") == ["make", "demo", "test", "project"]
    (script.PINS / "interrupted.txt").write_text("1")
    with pytest.raises(KeyboardInterrupt):
        steps("demo", "interrupted")
    assert steps("demo") == ["make", "demo"]
    state = script.PROJECT / ".venv" / "set-up.json"
    state.write_text(state.read_text("utf-8").replace(script.PROJECT.name, "where it was"), "utf-8")
    assert steps("demo") == ["make", "demo"]
    for changed in ("base_prefix", "version"):
        monkeypatch.setattr(script.sys, changed, "other")
        assert steps("demo") == ["make", "demo"]


def test_a_second_set_up_has_to_wait_for_the_first(script: ModuleType) -> None:
    with Path(str(script.__file__)).open("rb") as second:
        with script.locked(), pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)


@pytest.mark.network
def test_the_demo_runs_from_nothing_with_its_own_pins_only(tmp_path: Path) -> None:
    """It is run from elsewhere, at home nowhere, in a copy of this checkout whose path has a space."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    copy = tmp_path / "a copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "doc", "dist"))
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    done = subprocess.run(
        ["make", "-C", copy, f"PYTHON={sys.executable}", "demo"],
        cwd=tmp_path,
        env={**kept, "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Done." in done.stdout
    assert installed(copy / ".venv/bin/python") == pins("demo")
