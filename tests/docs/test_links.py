"""Every relative link leads to a file, and every anchor to a heading."""

import re
from pathlib import Path

import pytest

from tests.docs import pages

README = pages.ROOT / "README.md"


def broken(page: Path) -> list[str]:
    """List the relative links of a page that lead nowhere."""
    found: list[str] = []
    for target in pages.links(page.read_text("utf-8")):
        if not target.startswith(("https://", "mailto:")):
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            is_there = file.is_relative_to(pages.ROOT) and file.exists()
            if not is_there or (anchor and anchor not in pages.anchors(file.read_text("utf-8"))):
                found.append(target)
    return found


def test_every_link_leads_somewhere() -> None:
    every = {*pages.PAGES, *pages.ROOT.glob("*.md")}
    assert {pages.name_of(page): found for page in every if (found := broken(page))} == {}


def test_a_link_that_leads_nowhere_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](page.md#one-two) [b](#one-two) [c](gone.md) [d](#three) [`e`](page.md#four)\n")
    assert broken(page) == ["gone.md", "#three", "page.md#four"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = [target.partition("#")[0] for target in pages.links(page.read_text("utf-8"))]
            waiting += [(page.parent / target).resolve() for target in targets if target.endswith(".md")]
    assert set(pages.PAGES) - reached == set()


def test_the_readme_is_short_and_its_links_name_their_files_since_package_indexes_cannot_follow_them() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) < 200
    assert [text for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", text) if text != target] == []
