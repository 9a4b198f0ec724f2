"""Type checkers accept users' right code and the examples of the pages, and find each mistake."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs import types

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


def errors_by_mypy(folder: Path) -> set[tuple[str, int]]:
    api = pytest.importorskip("mypy.api")
    types.write_programs(folder)  # `make check` shows them to pyright
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'users'}"  # with other options, `make check` would empty a shared one
    extra = [cache, "--warn-unreachable", "--enable-error-code=truthy-bool", "--disable-error-code=import-untyped"]
    output, problems, status = api.run(["--strict", *extra, "--no-error-summary", *map(str, folder.glob("*.py"))])
    assert status in (0, 1), output + problems
    found = re.findall(r"^(.+?\.py):(\d+): error:", output, re.MULTILINE)
    return {(Path(file).name, int(line)) for file, line in found}


def errors_by_pyright(folder: Path) -> set[tuple[str, int]]:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    settings = {"include": ["."], "extraPaths": [str(ROOT)], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", "."]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    output = json.loads(done.stdout)
    assert output["summary"]["filesAnalyzed"] == 2
    found = [each for each in output["generalDiagnostics"] if each["severity"] == "error"]
    return {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found}


@pytest.mark.parametrize("errors_of", [errors_by_mypy, errors_by_pyright], ids=["mypy", "pyright"])
def test_right_code_is_accepted_and_every_mistake_is_found(
    errors_of: Callable[[Path], set[tuple[str, int]]], tmp_path: Path
) -> None:
    # Away from the project's own checks.
    (tmp_path / "user_code.py").write_text((FOLDER / "user_code.py").read_text("utf-8"), "utf-8")
    mistakes = (FOLDER / "mistakes.txt").read_text("utf-8")
    (tmp_path / "mistakes.py").write_text(mistakes, "utf-8")
    lines = enumerate(mistakes.splitlines(), 1)
    expected = {("mistakes.py", number) for number, line in lines if line.endswith("# expect-error")}
    assert len(expected) > 30
    assert errors_of(tmp_path) == expected
