"""The size of distributions with all that they need: ``python -m tests.benchmarks.installed . requests``."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

BLOCK = 4096


def installed(requirement: str) -> tuple[int, int]:
    """Install into an empty folder; return how many distributions came, and their bytes in whole blocks."""
    with TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--compile", "--target", folder]
        subprocess.run([*pip, requirement], check=True)
        blocks = [-(-path.stat().st_size // BLOCK) for path in Path(folder).rglob("*") if path.is_file()]
        return len(list(Path(folder).glob("*.dist-info"))), sum(blocks) * BLOCK


if __name__ == "__main__":
    for requirement in sys.argv[1:]:
        count, size = installed(requirement)
        print(f"{requirement}: {count} distributions, {size / 1e6:.1f} MB")
