"""Every relative link leads to a file, and every anchor to a heading."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs import pages

PAGES = sorted({*pages.PAGES, *pages.ROOT.glob("*.md")})


def is_external(target: str) -> bool:
    return target.startswith(("https://", "mailto:"))


def broken(page: Path) -> list[str]:
    """List the relative links of a page that lead nowhere."""
    found: list[str] = []
    for target in pages.links(pages.read(page)):
        if is_external(target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / unquote(name)).resolve() if name else page
        known = file.suffix != ".md" or not file.is_file() or anchor in pages.anchors(pages.read(file))
        if not file.is_relative_to(pages.ROOT) or not file.exists() or (anchor and not known):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=pages.name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


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
        if page in reached:
            continue
        reached.add(page)
        names = [target.partition("#")[0] for target in pages.links(pages.read(page)) if not is_external(target)]
        waiting += [(page.parent / name).resolve() for name in names if name.endswith(".md")]
    assert set(pages.PAGES) - reached == set()


def test_the_readme_is_short() -> None:
    assert len((pages.ROOT / "README.md").read_text("utf-8").splitlines()) < 200
