"""Instructions of a call, counted by valgrind's callgrind: the same in every run, whatever else the machine does."""

import gc
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.benchmarks.candidates import CALLS, CANDIDATES

_FEW, _MANY = 10, 40


def instructions(candidate: str, call: str, base_url: str) -> float:
    """Count the instructions of one call, in thousands: those of many calls less those of a few."""
    with ThreadPoolExecutor(2) as both:
        few, many = both.map(partial(_count, candidate, call, base_url), (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW) / 1_000


def _count(candidate: str, call: str, base_url: str, calls: int) -> int:
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", sys.executable, "-m", __name__]
    done = subprocess.run(
        [*command, candidate, call, base_url, str(calls)],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def _main(candidate: str, call: str, base_url: str, calls: str) -> None:
    it = {kind.name: kind for kind in CANDIDATES}[candidate](base_url)
    gc.disable()
    for _ in range(int(calls)):
        CALLS[call](it)


if __name__ == "__main__":
    _main(*sys.argv[1:])
