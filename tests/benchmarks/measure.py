"""The measuring: candidates interleaved round by round, medians, and ratios within a round."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Timing:
    """What one call took in each round, in microseconds."""

    cpu: list[float]
    wall: list[float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One candidate divided by another, round by round: the median and the quartiles around it."""

    median: float
    low: float
    high: float


def interleave(tasks: Mapping[str, Callable[[], object]], *, calls: int, rounds: int) -> dict[str, Timing]:
    """Time the tasks in turns, so that whatever slows the machine down for a while slows all of them.

    Args:
        tasks: The tasks by name.
        calls: How often a task is called in a round.
        rounds: How many rounds; each in another order.

    Returns:
        The time of one call in each round, by name.
    """
    timings = {name: Timing([], []) for name in tasks}
    for task in tasks.values():
        task()  # opens the connection, fills the caches
    shuffle = Random(1)
    for _ in range(rounds):
        for name in shuffle.sample(list(tasks), len(tasks)):
            task, timing = tasks[name], timings[name]
            gc.collect()
            wall, cpu = perf_counter(), process_time()
            for _ in repeat(None, calls):
                task()
            cpu, wall = process_time() - cpu, perf_counter() - wall
            timing.cpu.append(cpu / calls * 1e6)
            timing.wall.append(wall / calls * 1e6)
    return timings


def compare(ours: list[float], theirs: list[float]) -> Ratio:
    """Divide the values of each round and return the median of the quotients with its quartiles."""
    quotients = [a / b for a, b in zip(ours, theirs, strict=True)]
    low, _, high = quantiles(quotients, n=4)
    return Ratio(median(quotients), low, high)
