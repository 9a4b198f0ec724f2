"""The Markdown pages: their blocks, links and anchors."""

import re
from pathlib import Path

from sybil import Document
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "doc").rglob("*.md"))]

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    """Return a page's path within the repository, as tests are named after it."""
    return page.relative_to(ROOT).as_posix()


def python_blocks(page: Path) -> list[Example]:
    """List the Python blocks of a page in their order, the invisible ones included."""
    return list(Document.parse(str(page), PythonCodeBlockParser()))


def program(page: Path) -> str:
    """Return the Python blocks of a page as one program, each line where it stands on the page."""
    lines: list[str] = []
    for block in python_blocks(page):
        lines += [""] * (block.line - len(lines))
        lines += str(block.parsed).splitlines()
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """Return a page without its blocks, inline code and comments."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"<!--.*?-->", "", _FENCE.sub("", text), flags=re.DOTALL))


def links(text: str) -> list[str]:
    """List the targets of the links of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+)$", _FENCE.sub("", text), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}
