"""What an import costs, each time in a fresh process with warm byte code."""

import os
import subprocess
import sys
from dataclasses import dataclass
from mmap import PAGESIZE

# Taken inside the child, so the start of Python itself is in the memory alone.
CHILD = """
import sys, time
sys.modules.update(dict.fromkeys({hidden}))
wall, cpu = time.perf_counter(), time.process_time()
import {names}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
try:
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
except OSError:
    pages = 0
print(cpu * 1e3, wall * 1e3, pages, *sys.modules)
"""


@dataclass(frozen=True, slots=True)
class Import:
    """One import: milliseconds, resident megabytes (0 where /proc is missing), and all modules loaded."""

    cpu: float
    wall: float
    memory: float
    modules: frozenset[str]


def fresh_import(*names: str, hidden: tuple[str, ...] = ()) -> Import:
    """Import the modules of these names in a new Python process, in which the hidden ones cannot be found."""
    # Byte code is written if need be, and no coverage tool looks on: both would be measured.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("COVERAGE_")
    }
    command = [sys.executable, "-c", CHILD.format(names=", ".join(names), hidden=hidden)]
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    cpu, wall, pages, *modules = output.split()
    return Import(float(cpu), float(wall), int(pages) * PAGESIZE / 1e6, frozenset(modules))


def core_modules() -> tuple[str, ...]:
    """Name the modules of apimatic-core that the package imports, for an import of these alone."""
    return tuple(sorted(name for name in fresh_import("payrix_sessions").modules if name.startswith("apimatic_core")))
