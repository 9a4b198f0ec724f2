"""The set-up installs the pins: all of them, nothing else, whatever an index offers or a user's pip is told."""

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
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pytest

SetUp = Callable[..., tuple[subprocess.CompletedProcess[str], dict[str, str]]]
Steps = Callable[..., list[str]]

ROOT = Path(__file__).parents[2]
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
        install = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile"]
        subprocess.run([*install, f"pip=={pip}", "--target", packages], check=True)
    else:
        (packages / "pip").symlink_to(str(distribution("pip").locate_file("pip")))
    return folder / "bin" / "python"


def installed(python: Path) -> dict[str, str]:
    """Return the versions of what is installed beside this Python."""
    ask = "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    return dict(json.loads(subprocess.check_output([python, "-Ic", ask])))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of nothing but the script, with a space in its path."""
    folder = tmp_path / "a check-out"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "requirements" / "set_up.py", folder / "requirements")
    return folder


@pytest.fixture
def script(checkout: Path) -> ModuleType:
    """The script of that checkout, imported."""
    spec: Any = importlib.util.spec_from_file_location("set_up", checkout / "requirements" / "set_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def set_up(checkout: Path, tmp_path: Path) -> SetUp:
    """Set up with a pip that is told much else, and return how that ended and which versions it has added."""
    wheels, others, path = (tmp_path / name for name in ("mirror", "others.txt", "path"))
    pins = {
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

    def run(python: Path, *pinned: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        (checkout / "requirements" / "demo.txt").write_text("".join(pins[name] for name in pinned))
        before = installed(python).items()
        command = [str(python), str(checkout / "requirements" / "set_up.py"), "demo"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert not [name for name in ("target", "prefix") if (tmp_path / name).exists()]
        return done, dict(installed(python).items() - before)

    return run


@pytest.mark.network
def test_the_oldest_pip_installs_what_is_pinned_and_nothing_else(set_up: SetUp, tmp_path: Path) -> None:
    """The plugin wants base[toml]; an old pip, left to itself, looks for that extra in the newest release."""
    done, added = set_up(make_environment(tmp_path / "environment", OLDEST_PIP), "plugin", "base")
    assert (done.returncode, added) == (0, {"plugin": "1.0", "base": "1.0"}), done.stderr


def test_pins_that_are_not_complete_fail_the_set_up(set_up: SetUp, tmp_path: Path) -> None:
    done, added = set_up(make_environment(tmp_path / "environment"), "plugin")
    assert (done.returncode, done.stdout, added) == (1, "", {"plugin": "1.0"})
    assert "plugin 1.0 requires base, which is not installed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def steps(script: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Set up an environment and return the steps that are taken, without taking them."""
    folder, taken = checkout / ".venv", list[str]()
    (checkout / "payrix_sessions").mkdir()
    for name in ("pyproject.toml", "payrix_sessions/version.py", "requirements/demo.txt", "requirements/test.txt"):
        (checkout / name).write_text("1")

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
    steps: Steps, script: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps("demo") == ["make", "demo"]
    assert steps("demo") == []
    assert steps("demo", "test", "project") == ["test", "project"]
    assert steps("demo", "test", "project") == steps("demo") == []
    (checkout / "payrix_sessions" / "version.py").write_text("2")
    assert steps("project") == ["project"]
    (checkout / "requirements" / "test.txt").write_text("2")
    assert steps("demo") == []
    assert steps("demo", "test", "project") == ["make", "demo", "test", "project"]
    (checkout / "requirements" / "interrupted.txt").write_text("1")
    with pytest.raises(KeyboardInterrupt):
        steps("demo", "interrupted")
    assert steps("demo") == ["make", "demo"]
    state = checkout / ".venv" / "set-up.json"
    state.write_text(state.read_text("utf-8").replace(checkout.name, "where it was"), "utf-8")
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

    pins = re.findall(r"^([\w.-]+)==(\S+)", (copy / "requirements" / "demo.txt").read_text("utf-8"), re.MULTILINE)
    present = {re.sub(r"[-_.]+", "-", name).lower(): it for name, it in installed(copy / ".venv/bin/python").items()}
    del present["pip"]
    assert present == dict(pins)
