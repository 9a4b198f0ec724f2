"""What an import costs, each time in a fresh process with warm byte code."""

import os
import subprocess
import sys
from mmap import PAGESIZE
from typing import NamedTuple

# Taken inside the child, so the start of Python itself is in the memory alone.
CHILD = """
import sys, time
sys.modules.update(dict.fromkeys({hidden}))
cpu = time.process_time()
import {names}
cpu = time.process_time() - cpu
try:
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
except OSError:
    pages = 0
print(cpu * 1e3, pages, *sys.modules)
"""


class Import(NamedTuple):
    """One import: milliseconds of CPU, resident megabytes (0 where /proc is missing), and all modules loaded."""

    cpu: float
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
    cpu, pages, *modules = output.split()
    return Import(float(cpu), int(pages) * PAGESIZE / 1e6, frozenset(modules))
