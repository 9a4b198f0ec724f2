"""Rows that fit the width of a terminal."""

import re
from collections.abc import Mapping, Sequence


def table(rows: Sequence[Sequence[str]], smallest: Mapping[int, int], width: int) -> list[str]:
    """Align cells in columns.

    Args:
        rows: The cells of each row, the header's first.
        smallest: The columns that may be narrowed to fit, in this order, and how far, in characters. A cell of several
            words then loses its last ones, another one its middle.
        width: The greatest length of a line, in characters; what is still longer is cut.

    Returns:
        The lines.
    """
    grid = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    excess = sum(widths) + 2 * (len(widths) - 1) - width
    for column, least in smallest.items():
        taken = max(0, min(excess, widths[column] - least))
        widths[column] -= taken
        excess -= taken
    lines = ("  ".join(_cut(cell, size).ljust(size) for cell, size in zip(row, widths, strict=True)) for row in grid)
    return [line if len(line) <= width else line[: width - 2] + ".." for line in map(str.rstrip, lines)]


def _cut(cell: str, size: int) -> str:
    if len(cell) <= size:
        return cell
    words = cell[: size + 1].rpartition(" ")[0]
    end = (size - 2) // 2
    return words or f"{cell[: size - 2 - end]}..{cell[len(cell) - end :]}"


def _printable(cell: str) -> str:
    """Escape control characters: a line break would forge a row."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda found: repr(found[0])[1:-1], cell)
