"""The set-up installs the pins: all of them, nothing else, whatever an index offers or a user's pip is told."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "requirements" / "set_up.py"
# What 3.10.0 and the first releases after it brought; where none is named, the pip that runs here.
OLDEST_PIP = {10: "21.2.3", 11: "22.3", 12: "23.2.1", 13: "24.2", 14: "25.2"}.get(sys.version_info.minor)


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


def make_environment(folder: Path, pip: str | None = None) -> Path:
    """Make an environment with the pip that runs here, or with that version of it, and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python3.*/site-packages")
    if pip:
        command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", f"pip=={pip}", "--target", str(packages)]
        subprocess.run(command, check=True)
    else:
        spec = importlib.util.find_spec("pip")
        assert spec
        assert spec.origin
        shutil.copytree(Path(spec.origin).parent, packages / "pip")
    return folder / "bin" / "python"


def installed(python: Path) -> dict[str, str]:
    """Return the versions of what is installed beside this Python."""
    ask = "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    shown = subprocess.run([python, "-Ic", ask], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(shown))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of nothing but the script, with a space in its path."""
    folder = tmp_path / "a check-out"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(SCRIPT, folder / "requirements")
    return folder


@pytest.fixture
def script(checkout: Path) -> ModuleType:
    """The script of that checkout, imported."""
    spec = importlib.util.spec_from_file_location("set_up", checkout / "requirements" / "set_up.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "pip", [pytest.param(None, id="this"), pytest.param(OLDEST_PIP, id="oldest", marks=pytest.mark.network)]
)
def test_pip_is_told_where_packages_come_from_and_nothing_else(pip: str | None, checkout: Path, tmp_path: Path) -> None:
    """The plugin wants base[toml]; an old pip, left to itself, looks for that extra in the newest release."""
    wheels = tmp_path / "mirror"
    (checkout / "requirements" / "demo.txt").write_text(
        make_wheel(wheels, "plugin", "1.0", 'base[toml]>=1; python_version > "3"') + make_wheel(wheels, "base", "1.0")
    )
    make_wheel(wheels, "base", "99.0")
    make_wheel(wheels, "other", "1.0")
    (tmp_path / "others.txt").write_text("base==99.0\nother\n")
    (tmp_path / "pip.conf").write_text(
        f"[global]\nno-index = true\nquiet = 3\nconstraint = {tmp_path}/others.txt\nuser = true\n"
        f"[install]\nfind-links =\n    {tmp_path}/nothing\n    {wheels}\ntarget = {tmp_path}/target\ndry-run = true\n"
        "no-binary = :all:\nplatform = plan9\n"
    )
    (tmp_path / "path" / "base-99.0.dist-info").mkdir(parents=True)
    (tmp_path / "path" / "base-99.0.dist-info" / "METADATA").write_text("Name: base\nVersion: 99.0\n")
    (tmp_path / "nothing").mkdir()
    python = make_environment(tmp_path / "environment", pip)
    before = installed(python)
    variables = {
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PIP_CONSTRAINT": str(tmp_path / "others.txt"),
        "PIP_PREFIX": str(tmp_path / "prefix"),
        "PIP_PRE": "1",
        "PIP_REQUIREMENT": str(tmp_path / "others.txt"),
        "PIP_UPGRADE": "1",
        "PIP_USER": "1",
        "PYTHONPATH": str(tmp_path / "path"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([python, checkout / "requirements" / "set_up.py", "demo"], env={**kept, **variables}, check=True)
    assert installed(python) == {**before, "plugin": "1.0", "base": "1.0"}
    assert not [name for name in ("target", "prefix") if (tmp_path / name).exists()]


def test_pins_that_are_not_complete_fail_the_set_up(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements" / "demo.txt").write_text(make_wheel(tmp_path / "wheels", "plugin", "1.0", "base"))
    python = make_environment(tmp_path / "environment")
    done = subprocess.run(
        [python, checkout / "requirements" / "set_up.py", "demo"],
        env={**os.environ, "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "plugin 1.0 requires base, which is not installed" in done.stderr
    assert "Traceback" not in done.stderr


class Steps(list[str]):
    """What a set-up did, without doing it."""

    def __init__(self, script: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._script = script
        self._folder = checkout / ".venv"
        (checkout / "payrix_sessions").mkdir()
        for name in ("pyproject.toml", "payrix_sessions/version.py", "requirements/demo.txt", "requirements/test.txt"):
            (checkout / name).write_text("1")
        monkeypatch.setattr(script, "make", self._make)
        monkeypatch.setattr(script, "install", self._install)

    def _make(self, folder: Path) -> None:
        self.append("make")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def _install(self, python: Path, names: list[str]) -> None:
        assert python == self._folder / "bin" / "python"
        self.extend(names)

    def of(self, *names: str) -> list[str]:
        """Set up, and return the steps taken."""
        self.clear()
        self._script.set_up(self._folder, list(names))
        return list(self)


@pytest.fixture
def steps(script: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(script, checkout, monkeypatch)


def test_each_command_adds_what_it_needs_once(steps: Steps) -> None:
    assert steps.of("demo") == ["make", "demo"]
    assert steps.of("demo") == []
    assert steps.of("demo", "test", "project") == ["test", "project"]
    assert steps.of("demo", "test", "project") == []
    assert steps.of("demo") == []


def test_changed_pins_start_anew_and_a_changed_project_is_installed_again(steps: Steps, checkout: Path) -> None:
    steps.of("demo", "test", "project")
    (checkout / "payrix_sessions" / "version.py").write_text("2")
    assert steps.of("demo", "test", "project") == ["project"]
    (checkout / "requirements" / "test.txt").write_text("2")
    assert steps.of("demo") == []
    assert steps.of("demo", "test", "project") == ["make", "demo", "test", "project"]


def test_an_interrupted_set_up_starts_anew(steps: Steps, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    steps.of("demo")
    with monkeypatch.context() as patch:
        patch.setattr(script, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            steps.of("demo", "test")
    assert steps.of("demo") == ["make", "demo"]


@pytest.mark.parametrize("changed", ["prefix", "version", "folder"])
def test_another_python_or_place_starts_anew(
    steps: Steps, script: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    steps.of("demo")
    if changed == "folder":
        state = checkout / ".venv" / "set-up.json"
        state.write_text(state.read_text("utf-8").replace(checkout.name, "where it was"), "utf-8")
    else:
        monkeypatch.setattr(script.sys, {"prefix": "base_prefix", "version": "version"}[changed], "other")
    assert steps.of("demo") == ["make", "demo"]


def test_a_second_set_up_waits_for_the_first(script: ModuleType) -> None:
    order: list[str] = []

    def second() -> None:
        with script.locked():
            order.append("second")

    thread = threading.Thread(target=second)
    with script.locked():
        thread.start()
        thread.join(timeout=0.1)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run make from elsewhere, at home nowhere, in a copy of this checkout whose path has a space."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    copy = tmp_path / "a copy"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "tests", "doc", "dist")
    shutil.copytree(ROOT, copy, ignore=left_out)
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "-C", copy, f"PYTHON={sys.executable}", *arguments],
            cwd=tmp_path,
            env={**kept, "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.network
def test_the_demo_runs_from_nothing_with_its_own_pins_only(
    make: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = make("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Done." in done.stdout

    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / "demo.txt").read_text("utf-8"), re.MULTILINE)
    present = {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version in installed(tmp_path / "a copy" / ".venv" / "bin" / "python").items()
    }
    del present["pip"]
    assert present == dict(pins)
