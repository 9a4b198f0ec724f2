"""Markdown pages, read plainly: fences, headings, tables, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOC = ROOT / "doc"
PAGES = [ROOT / "README.md", *sorted(DOC.rglob("*.md"))]

_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(.*)")
_HEADING = re.compile(r"(#{1,6}) +(.+)")

Row = dict[str, str]


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, its text, and the number of its first line."""

    language: str
    text: str
    line: int


def name_of(page: Path) -> str:
    """Return a page's path within the repository, as tests are named after it."""
    return page.relative_to(ROOT).as_posix()


def read(page: Path | str) -> str:
    """Return the text of a page, given as a path or as its name below doc/."""
    return (DOC / page).read_text("utf-8")


def fences(text: str) -> list[Fence]:
    """List the fenced blocks, found line by line and by nothing else."""
    found: list[Fence] = []
    opened: tuple[str, str, int] | None = None
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.fullmatch(line)
        if opened is None:
            if mark:
                opened, lines = (mark[1], mark[2].strip(), number), []
        elif mark and mark[1].startswith(opened[0]) and not mark[2]:
            found.append(Fence(opened[1], "\n".join(lines), opened[2]))
            opened = None
        else:
            lines.append(line)
    assert opened is None, "a fence is not closed"
    return found


def prose(text: str) -> list[str]:
    """List the lines outside of fenced blocks and comments."""
    lines: list[str] = []
    inside = ""
    for line in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).splitlines():
        mark = _FENCE.fullmatch(line)
        if mark and not inside:
            inside = mark[1]
        elif mark and mark[1].startswith(inside) and not mark[2]:
            inside = ""
        elif not inside:
            lines.append(line)
    return lines


def headings(text: str) -> list[tuple[int, str]]:
    """List the headings with their levels."""
    marks = [_HEADING.fullmatch(line.rstrip()) for line in prose(text)]
    return [(len(mark[1]), mark[2]) for mark in marks if mark]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    seen: dict[str, int] = {}
    result: set[str] = set()
    for _, heading in headings(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        result.add(f"{slug}-{count}" if count else slug)
    return result


def links(text: str) -> list[str]:
    """List the targets of the links in prose."""
    outside_code = re.sub(r"`[^`\n]*`", "", "\n".join(prose(text)))
    return re.findall(r"\]\(([^)\s]+)\)", outside_code)


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, down to the next one of its level or above."""
    lines = text.splitlines()
    found = [
        (number, len(mark[1]))
        for number, line in enumerate(lines)
        if (mark := _HEADING.fullmatch(line.rstrip())) and mark[2] == heading
    ]
    assert len(found) == 1, f"{heading!r} is there {len(found)} times"
    start, level = found[0]
    rest = lines[start + 1 :]
    end = next((i for i, line in enumerate(rest) if (m := _HEADING.match(line)) and len(m[1]) <= level), len(rest))
    return "\n".join(rest[:end])


def tables(text: str) -> list[list[Row]]:
    """List the tables in prose; a row maps the heads of the columns to its cells."""
    return list(_tables(prose(text)))


def _tables(lines: list[str]) -> Iterator[list[Row]]:
    block: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
            block.append([cell.strip().replace(r"\|", "|") for cell in cells])
        elif block:
            head, rule, *rows = block
            assert all(re.fullmatch(r":?-+:?", cell) for cell in rule), rule
            assert all(len(row) == len(head) for row in rows), f"a row of another length in the table of {head}"
            yield [dict(zip(head, row, strict=True)) for row in rows]
            block = []


def table(text: str, *heads: str) -> list[Row]:
    """Return the one table that begins with these columns."""
    found = [rows for rows in tables(text) if tuple(rows[0])[: len(heads)] == heads]
    assert len(found) == 1, f"{len(found)} tables begin with {heads}"
    return found[0]


def codes(cell: str) -> list[str]:
    """List what is written as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def code(cell: str) -> str:
    """Return the one thing that is written as code in a cell."""
    (found,) = codes(cell)
    return found
