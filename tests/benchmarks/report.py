"""The tables that the benchmarks give, as text and as JSON."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

from tests.benchmarks.measure import Ratio


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: the median of each candidate, and the figure that the target is about."""

    name: str
    values: dict[str, float]
    result: Ratio
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Compare the result with the target, where there is one."""
        if self.target is None:
            return ""
        return f"at most {self.target:g}: {'ok' if self.result.median <= self.target else 'OVER'}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one unit; `result` says what their result is."""

    title: str
    result: str
    rows: Sequence[Row]


def as_text(tables: Sequence[Table]) -> str:
    """Lay the tables out for a terminal."""
    return "\n\n".join("\n".join(_lines(table)) for table in tables)


def as_json(tables: Sequence[Table], *, rounds: int) -> str:
    """Return the tables and what they were measured on as JSON."""
    about = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "rounds": rounds,
        **{name: version(name) for name in ("requests", "urllib3", "apimatic-core")},
    }
    return json.dumps({"about": about, "tables": [asdict(table) for table in tables]}, indent=2)


def _lines(table: Table) -> list[str]:
    candidates = list(dict.fromkeys(name for row in table.rows for name in row.values))
    cells = [["", *candidates, table.result, ""]]
    for row in table.rows:
        values = [_number(row.values[name]) if name in row.values else "-" for name in candidates]
        cells.append([row.name, *values, _ratio(row.result), row.verdict])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in cells]
    return [table.title, "-" * max(map(len, lines)), *lines]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _ratio(ratio: Ratio) -> str:
    if ratio.low == ratio.high:
        return f"{ratio.median:.2f}".removesuffix(".00")
    return f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"
