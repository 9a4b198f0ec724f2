"""Every relative link leads to a file, and every anchor to a heading."""

import re
from pathlib import Path

import pytest

from tests.docs import pages

PAGES = sorted({*pages.PAGES, *pages.ROOT.glob("*.md")})


def is_external(target: str) -> bool:
    return target.startswith(("https://", "mailto:"))


def broken(page: Path) -> list[str]:
    """List the relative links of a page that lead nowhere."""
    found: list[str] = []
    for target in pages.links(page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if is_external(target):
            continue
        is_there = file.is_relative_to(pages.ROOT) and file.exists()
        if not is_there or (anchor and anchor not in pages.anchors(file.read_text("utf-8"))):
            found.append(target)
    return found


def test_every_link_leads_somewhere() -> None:
    assert {pages.name_of(page): broken(page) for page in PAGES if broken(page)} == {}


def test_a_link_that_leads_nowhere_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](page.md#one-two) [b](#one-two) [c](gone.md) [d](#three) [`e`](page.md#four)\n")
    assert broken(page) == ["gone.md", "#three", "page.md#four"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [pages.ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = [target.partition("#")[0] for target in pages.links(page.read_text("utf-8"))]
            waiting += [(page.parent / target).resolve() for target in targets if target.endswith(".md")]
    assert set(pages.PAGES) - reached == set()


def test_a_link_of_the_readme_names_its_file_since_package_indexes_cannot_follow_it() -> None:
    readme = (pages.ROOT / "README.md").read_text("utf-8")
    assert [text for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", readme) if text != target] == []


def test_the_readme_is_short() -> None:
    assert len((pages.ROOT / "README.md").read_text("utf-8").splitlines()) < 200
