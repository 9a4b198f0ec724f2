"""The facts that the project states about itself, in the metadata and in its files, agree with each other."""

import re
import shutil
import subprocess
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from payrix_sessions import __version__

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
