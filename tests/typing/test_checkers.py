"""Type checkers accept users' right code, and find each of their mistakes."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


def lines_with_errors_by_mypy(file: Path) -> set[int]:
    api = pytest.importorskip("mypy.api")
    output, problems, status = api.run(["--strict", "--no-error-summary", "--no-color-output", str(file)])
    assert status in (0, 1), output + problems
    # Errors that come from the cache name the folder of the run that found them.
    pattern = re.compile(rf"\b{re.escape(file.name)}:(\d+): error:")
    return {int(line) for line in pattern.findall(output)}


def lines_with_errors_by_pyright(file: Path) -> set[int]:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    settings = {"include": [file.name], "extraPaths": [str(ROOT)], "typeCheckingMode": "strict"}
    project = file.parent
    (project / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(
        [*command, "--project", str(project)], capture_output=True, text=True, check=False, cwd=project
    )
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] == 1
    return {
        diagnostic["range"]["start"]["line"] + 1
        for diagnostic in found["generalDiagnostics"]
        if diagnostic["severity"] == "error" and Path(diagnostic["file"]).name == file.name
    }


def copy_of(name: str, folder: Path) -> Path:
    """Copy a file to where type checkers read it away from the project's own checks."""
    file = folder / f"{Path(name).stem}.py"
    file.write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    return file


def expected(file: Path) -> set[int]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# expect-error")}


Checker = Callable[[Path], set[int]]
CHECKERS: list[Checker] = [lines_with_errors_by_mypy, lines_with_errors_by_pyright]
each_checker = pytest.mark.parametrize("lines_with_errors", CHECKERS, ids=["mypy", "pyright"])


@each_checker
def test_right_code_is_accepted(lines_with_errors: Checker, tmp_path: Path) -> None:
    assert lines_with_errors(copy_of("user_code.py", tmp_path)) == set()


@each_checker
def test_every_mistake_is_found(lines_with_errors: Checker, tmp_path: Path) -> None:
    mistakes = copy_of("mistakes.txt", tmp_path)
    assert len(expected(mistakes)) > 30
    assert lines_with_errors(mistakes) == expected(mistakes)
