"""Every link leads somewhere, and the generated parts of the pages are current and say something."""

import re
from dataclasses import fields
from enum import Enum
from pathlib import Path

import payrix_sessions
from payrix_sessions.models.model import Model
from tests.docs import generate, pages

README = pages.ROOT / "README.md"
TEXTS = {page: page.read_text("utf-8") for page in pages.PAGES}
CLASSES = [kind for kind in vars(payrix_sessions).values() if isinstance(kind, type)]


def test_the_generated_parts_of_a_page_are_current() -> None:
    for page, text in TEXTS.items():
        without = re.sub(r"(<!-- generated: .*? -->\n).*?(?=<!-- end -->)", r"\1", text, flags=re.DOTALL)
        assert generate.render(page, without) == text, "make docs writes them"


def test_every_public_name_is_written_about_and_every_model_and_enum_has_its_page() -> None:
    text = "\n".join(TEXTS.values())
    assert [name for name in payrix_sessions.__all__ if name not in text] == ["__version__"]
    for kind in CLASSES:
        if issubclass(kind, (Model, Enum)) and kind is not payrix_sessions.Environment:
            page = pages.ROOT / "doc" / generate.page_of(kind.__name__)
            part = "model" if issubclass(kind, Model) else "enum"
            assert f"<!-- generated: {part} {kind.__name__} -->" in TEXTS[page]


def test_names_in_json_are_the_attributes_in_camel_case_as_the_page_of_the_models_says() -> None:
    for field in [field for kind in CLASSES if issubclass(kind, Model) for field in fields(kind)]:
        first, *rest = field.name.split("_")
        assert field.metadata["name"] == first + "".join(word.title() for word in rest)


def leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    is_there = file.is_relative_to(pages.ROOT) and file.exists()
    return is_there and (not anchor or anchor in pages.anchors(file.read_text("utf-8")))


def test_every_link_leads_somewhere_and_every_page_can_be_reached_from_the_readme() -> None:
    links: dict[Path, list[Path]] = {}
    for page in {*pages.PAGES, *pages.ROOT.glob("*.md")}:
        relative = [target for target in pages.links(page.read_text("utf-8")) if not target.startswith("https:")]
        assert [target for target in relative if not leads_somewhere(page, target)] == []
        links[page] = [(page.parent / target.partition("#")[0]).resolve() for target in relative]
    assert not leads_somewhere(README, "gone.md")
    assert not leads_somewhere(README, "README.md#gone")
    reached, waiting = set[Path](), [README]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += links.get(page, [])
    assert set(pages.PAGES) - reached == set()


def test_the_readme_is_short_and_its_links_name_their_files_since_package_indexes_cannot_follow_them() -> None:
    text = TEXTS[README]
    assert len(text.splitlines()) < 200
    assert [text for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", text) if text != target] == []
