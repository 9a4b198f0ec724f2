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
REQUIREMENTS = [Requirement(line) for line in requires("payrix-sessions") or []]
CLASSIFIERS = METADATA.get_all("Classifier") or []
PYTHONS = [line.rpartition(" :: ")[2] for line in CLASSIFIERS if re.search(r"Python :: 3\.\d+$", line)]

FOREIGN = re.compile(
    r"/(?:root|tmp|work)/"  # paths of one machine
    r"|\b(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)\b"  # hosts of package registries
    r"|--(?:index-url|extra-index-url|find-links)"  # where pip should look
)


def pins(name: str) -> dict[str, str]:
    """Read the versions that a file of requirements/ pins."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def kept_files() -> list[Path]:
    """List the files that git tracks, or would track."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_the_installed_metadata_has_the_version_of_the_package() -> None:
    assert METADATA["Version"] == __version__


def test_the_newest_version_in_the_changelog_is_that_of_the_package() -> None:
    versions = re.findall(r"^## \[?(\d[\w.]*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == __version__


def test_the_licence_is_an_expression_with_its_file_and_no_classifier() -> None:
    assert METADATA["License-Expression"] == "MIT"
    assert METADATA.get_all("License-File") == ["LICENSE"]
    assert not [line for line in CLASSIFIERS if line.startswith("License")]


def test_the_classifiers_name_every_python_from_the_floor_on() -> None:
    first = int(PYTHONS[0].partition(".")[2])
    assert METADATA["Requires-Python"] == f">={PYTHONS[0]}"
    assert [f"3.{minor}" for minor in range(first, first + len(PYTHONS))] == PYTHONS


def test_the_checkers_are_set_to_the_python_floor() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\npython_version = "{PYTHONS[0]}"' in text
    assert f'\npythonVersion = "{PYTHONS[0]}"' in text
    assert f'\ntarget-version = "py{PYTHONS[0].replace(".", "")}"' in text


def test_a_dependency_is_pinned_and_has_a_floor_that_the_matrix_runs_and_no_cap() -> None:
    for requirement in REQUIREMENTS:
        name = canonicalize_name(requirement.name)
        assert name in pins("demo.txt")
        assert str(requirement.specifier) == f">={pins('lowest.txt')[name]}"


def test_what_a_dependency_group_names_is_pinned() -> None:
    for group in ("pip", "test", "compatibility", "tools"):
        text = (ROOT / "pyproject.toml").read_text("utf-8")
        declared = re.search(rf"^{group} = \[(.*?)\n?\](?:  #.*)?$", text, re.MULTILINE | re.DOTALL)
        assert declared
        names = re.findall(r'"([\w-]+)', declared[1])
        assert names
        pinned = {"pip": ["pip.txt"], "tools": ["demo.txt", "test.txt", "tools.txt"]}.get(
            group, ["demo.txt", "test.txt"]
        )
        assert [name for name in names if not any(name in pins(file) for file in pinned)] == []


def test_every_pin_has_a_hash() -> None:
    for name in ("demo.txt", "test.txt", "tools.txt", "pip.txt", "lowest.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        entries = [entry for entry in re.split(r"\n(?=\w)", text) if not entry.startswith("#")]
        assert entries
        assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()!r}"
        for path in kept_files()
        for match in FOREIGN.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []
