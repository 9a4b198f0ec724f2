"""The Markdown pages and their Python blocks."""

from pathlib import Path

from sybil import Document
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "doc").rglob("*.md"))]


def name_of(page: Path) -> str:
    """Return a page's path within the repository, as tests are named after it."""
    return page.relative_to(ROOT).as_posix()


def python_blocks(page: Path) -> list[Example]:
    """List the Python blocks of a page in their order, the invisible ones included."""
    return list(Document.parse(str(page), PythonCodeBlockParser()))
