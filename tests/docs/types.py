"""The type checkers over all Python blocks of the pages: `python -m tests.docs.types`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs import pages


def write_programs(folder: Path) -> None:
    """Write each page as a program; a line that a checker names is the line of the page."""
    for page in pages.PAGES:
        name = pages.name_of(page).removesuffix(".md").replace("/", "__").replace("-", "_")
        (folder / f"{name}.py").write_text(pages.program(page), encoding="utf-8")


def _run(*command: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr) if done.returncode else ""


def mypy(folder: Path) -> str:
    """Return what mypy finds in the programs."""
    configuration = f"--config-file={pages.ROOT / 'pyproject.toml'}"
    cache = f"--cache-dir={pages.ROOT / '.mypy_cache'}"
    return _run("mypy", configuration, cache, *map(str, sorted(folder.glob("*.py"))), folder=pages.ROOT)


def pyright(folder: Path) -> str:
    """Return what pyright finds in the programs."""
    settings = {
        "include": ["."],
        "extraPaths": [str(pages.ROOT)],
        "stubPath": str(pages.ROOT / "typings"),
        "typeCheckingMode": "strict",
        # Packages without types, which only doc/testing.md uses.
        "reportMissingTypeStubs": False,
        "reportUnknownMemberType": False,
        "reportUnknownVariableType": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    return _run("pyright", "--pythonpath", sys.executable, "--project", str(folder), folder=folder)


def main() -> int:
    """Run both checkers; print what they find, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        write_programs(Path(folder))
        found = mypy(Path(folder)) + pyright(Path(folder))
    print(found or "The examples are well typed.")  # noqa: T201  (a command)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
