"""The measuring: candidates interleaved round by round, and tables of medians and of ratios within a round."""

import gc
from collections.abc import Callable, Mapping
from itertools import repeat
from random import Random
from statistics import median, quantiles
from time import process_time

Figures = dict[str, list[float]]  # what each candidate took, round by round


def interleave(
    tasks: Mapping[str, Callable[[], object]], calls: int, rounds: int, clock: Callable[[], float] = process_time
) -> Figures:
    """Time the tasks in turns, so that whatever slows the machine down for a while slows all of them.

    Args:
        tasks: The tasks by name.
        calls: How often a task is called in a round.
        rounds: How many rounds; each in another order.
        clock: What measures: the CPU time of this process, unless told otherwise.

    Returns:
        The time of one call in each round, in microseconds, by name.
    """
    figures: Figures = {name: [] for name in tasks}
    for task in tasks.values():
        task()  # opens the connection, fills the caches
    shuffle = Random(1)
    for _ in range(rounds):
        for name in shuffle.sample(list(tasks), len(tasks)):
            task = tasks[name]
            gc.collect()
            started = clock()
            for _ in repeat(None, calls):
                task()
            figures[name].append((clock() - started) / calls * 1e6)
    return figures


def print_table(
    title: str, rows: Mapping[str, Figures], targets: Mapping[str, float] = {}, *, of: int = 0, base: int = 1
) -> None:
    """Print the medians, and beside each but the base's its ratio to the base, with the quartiles of all rounds.

    Args:
        title: What was measured, and its unit.
        rows: The figures of the same candidates in each row.
        targets: By row, the highest ratio that is wanted of a candidate.
        of: The place of this candidate among all.
        base: The place of the one that the others are compared with.
    """
    names = list(next(iter(rows.values())))
    cells = [["", *names, ""]]
    for row, figures in rows.items():
        ratios = {name: [a / b for a, b in zip(figures[name], figures[names[base]], strict=True)] for name in names}
        shown = [_number(median(figures[it])) + ("" if it == names[base] else _ratio(ratios[it])) for it in names]
        target = targets.get(row)
        cells.append([row, *shown, "" if target is None else verdict(median(ratios[names[of]]), target)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in cells]
    title = f"{title}; against {names[base]}"
    print(title, "-" * len(title), *lines, "", sep="\n", flush=True)


def verdict(value: float, target: float) -> str:
    """Say whether a value meets its target."""
    return f"at most {target:g}: {'ok' if value <= target else 'OVER'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _ratio(quotients: list[float]) -> str:
    if len(quotients) == 1:
        return f"  {quotients[0]:.2f}"
    low, middle, high = quantiles(quotients, n=4)
    return f"  {middle:.2f} ({low:.2f}-{high:.2f})"
