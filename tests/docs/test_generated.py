"""The generated parts of the pages are current, and say something."""

from dataclasses import fields
from enum import Enum

import payrix_sessions
from payrix_sessions.models.model import Model
from tests.docs import generate, pages

TEXTS = {page: page.read_text("utf-8") for page in pages.PAGES}


def test_the_tables_of_a_page_are_current() -> None:
    for page in [page for page, text in TEXTS.items() if "<!-- generated" in text]:
        assert generate.render(page, TEXTS[page]) == TEXTS[page], "make docs writes them"


def test_a_stale_table_would_be_found() -> None:
    page = pages.ROOT / "doc" / "client.md"
    stale = TEXTS[page].replace("`max_retries`", "`most_retries`")
    assert generate.render(page, stale) == TEXTS[page] != stale


def test_every_model_and_enum_has_its_page() -> None:
    for name, kind in vars(payrix_sessions).items():
        if isinstance(kind, type) and issubclass(kind, (Model, Enum)) and name != "Environment":
            page = pages.ROOT / "doc" / generate._page_of(name)
            part = "model" if issubclass(kind, Model) else "enum"
            assert f"<!-- generated: {part} {name} -->" in TEXTS[page]


def test_names_in_json_are_the_attributes_in_camel_case_as_the_page_of_the_models_says() -> None:
    models = [kind for kind in vars(payrix_sessions).values() if isinstance(kind, type) and issubclass(kind, Model)]
    for field in [field for kind in models for field in fields(kind)]:
        first, *rest = field.name.split("_")
        assert field.metadata["name"] == first + "".join(word.title() for word in rest)


def test_every_public_name_is_written_about() -> None:
    text = "\n".join(TEXTS.values())
    assert [name for name in payrix_sessions.__all__ if name not in text] == ["__version__"]
