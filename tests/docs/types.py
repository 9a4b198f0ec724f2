"""The type checkers over all Python blocks of the pages: `python -m tests.docs.types`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs import pages

# Packages without types are used by doc/testing.md alone.
UNTYPED = dict.fromkeys(["reportMissingTypeStubs", "reportUnknownMemberType", "reportUnknownVariableType"], False)


def write_programs(folder: Path) -> None:
    """Write each page as a program; a line that a checker names is the line of the page."""
    for page in pages.PAGES:
        lines: list[str] = []
        for block in pages.python_blocks(page):
            lines += [""] * (block.line - len(lines))
            lines += str(block.parsed).splitlines()
        name = pages.name_of(page).removesuffix(".md").replace("/", "__").replace("-", "_")
        (folder / f"{name}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Run both checkers, which print what they find, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        write_programs(Path(folder))
        root, stubs = str(pages.ROOT), str(pages.ROOT / "typings")
        settings = {"include": ["."], "extraPaths": [root], "stubPath": stubs, "typeCheckingMode": "strict", **UNTYPED}
        Path(folder, "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
        commands = [["mypy", folder], ["pyright", "--pythonpath", sys.executable, "--project", folder]]
        return max(subprocess.call([sys.executable, "-m", *command], cwd=pages.ROOT) for command in commands)


if __name__ == "__main__":
    sys.exit(main())
