"""The generated parts of the pages are current, and say something."""

from dataclasses import fields
from enum import Enum

import payrix_sessions
from payrix_sessions.models.model import Model
from tests.docs import generate, pages

TEXTS = {page: page.read_text("utf-8") for page in pages.PAGES}
CLASSES = [kind for kind in vars(payrix_sessions).values() if isinstance(kind, type)]


def test_the_tables_of_a_page_are_current() -> None:
    for page, text in TEXTS.items():
        assert generate.render(page, text) == text, "make docs writes them"


def test_a_stale_table_would_be_found() -> None:
    page = next(page for page, text in TEXTS.items() if "<!-- generated: options -->" in text)
    stale = TEXTS[page].replace("* `max_retries` (", "* `most_retries` (")
    assert generate.render(page, stale) == TEXTS[page] != stale


def test_every_model_and_enum_has_its_page() -> None:
    for kind in CLASSES:
        if issubclass(kind, (Model, Enum)) and kind is not payrix_sessions.Environment:
            page = pages.ROOT / "doc" / generate.page_of(kind.__name__)
            part = "model" if issubclass(kind, Model) else "enum"
            assert f"<!-- generated: {part} {kind.__name__} -->" in TEXTS[page]


def test_names_in_json_are_the_attributes_in_camel_case_as_the_page_of_the_models_says() -> None:
    for field in [field for kind in CLASSES if issubclass(kind, Model) for field in fields(kind)]:
        first, *rest = field.name.split("_")
        assert field.metadata["name"] == first + "".join(word.title() for word in rest)


def test_every_public_name_is_written_about() -> None:
    text = "\n".join(TEXTS.values())
    assert [name for name in payrix_sessions.__all__ if name not in text] == ["__version__"]
