"""The pages: examples run, links lead somewhere, generated parts are current, and nothing public is left out.

A page is run from top to bottom in an empty namespace, as by somebody who pastes block after block. The output of a
block is compared with a `text` block right below it (`...` stands for anything). A JSON block is of the model that the
page is about, or that a comment above it names: `<!-- json: Model -->`. Type checkers read the blocks in tests/typing.
"""

import gc
import io
import json
import logging
import os
import re
import socket
import threading
from code import InteractiveConsole
from collections.abc import Iterator, MutableMapping
from contextlib import redirect_stdout
from dataclasses import fields
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser

import payrix_sessions
from payrix_sessions import Client
from payrix_sessions._json_types import is_list
from payrix_sessions.models.model import Model
from payrix_sessions.sandbox import Sandbox
from tests.docs import generate, pages

TEXTS = {page: page.read_text("utf-8") for page in {*pages.PAGES, *pages.ROOT.glob("*.md")}}
CLASSES = [kind for kind in vars(payrix_sessions).values() if isinstance(kind, type)]
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variables of Payrix, no way to another machine; nothing that a page changed or opened may be left."""
    threads = threading.active_count()
    level = logging.getLogger("payrix_sessions").level
    others = [name for name in os.environ if not name.startswith("PAYRIX_") and not name.lower().endswith("_proxy")]
    monkeypatch.setattr(os, "environ", {name: os.environ[name] for name in others})
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        assert host in ("127.0.0.1", "localhost"), f"an example wants to reach {host}"
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    yield
    gc.collect()  # a connection or socket that was left open warns now, and a warning is an error
    assert threading.active_count() == threads
    assert logging.getLogger("payrix_sessions").level == level


def stop(namespace: MutableMapping[str, Any]) -> None:
    """Stop what a reader would leave to the end of the prompt: clients, then sandboxes."""
    values = list(namespace.values())
    namespace.clear()
    for opened in [each for kind in (Client, Sandbox) for each in values if isinstance(each, kind)]:
        opened.__exit__(None, None, None)


def check_output(block: Example, printed: str, *, untold: str) -> None:
    """Compare what a block printed with what stands below it, or with `untold` where nothing does."""
    below = re.match(r"\s*\n```text\n(.*?)```", block.document.text[block.region.end :], re.DOTALL)
    is_right = OutputChecker().check_output(below[1] if below else untold, printed, ELLIPSIS | NORMALIZE_WHITESPACE)
    assert is_right, f"{block.path}, line {block.line}, prints:\n{printed}"


@pytest.mark.parametrize("page", [page for page in pages.PAGES if pages.python_blocks(page)], ids=pages.name_of)
def test_the_blocks_of_a_page_run_and_print_what_it_says(page: Path) -> None:
    blocks = pages.python_blocks(page)
    try:
        for block in blocks:
            with redirect_stdout(io.StringIO()) as output:
                block.evaluate()
            check_output(block, output.getvalue(), untold="...")
    finally:
        stop(blocks[0].namespace)  # all blocks share it


def test_the_readme_can_be_pasted_line_by_line_at_the_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    console = InteractiveConsole()
    try:
        for block in pages.python_blocks(pages.README):
            for line in [*str(block.parsed).splitlines(), ""]:
                console.push(line)
            printed, errors = capsys.readouterr()
            assert errors == ""
            check_output(block, printed, untold="")
    finally:
        stop(console.locals)


def unknown_members(value: Any) -> list[str]:
    """List the members, at any depth, that the models do not know."""
    if is_list(value):
        return [name for item in value for name in unknown_members(item)]
    if not isinstance(value, Model):
        return []
    held = [getattr(value, name) for name in value.__dataclass_fields__ if name != "additional_properties"]
    return [*value.additional_properties, *unknown_members(held)]


def test_all_json_is_what_its_model_reads() -> None:
    parser = CodeBlockParser("json", lambda _: None)
    for block in [block for page in pages.PAGES for block in Document.parse(str(page), parser)]:
        named = re.search(r"<!-- json: (\w+) -->\s*$", block.document.text[: block.region.start])
        kind = getattr(payrix_sessions, named[1] if named else Path(block.path).stem.title().replace("-", ""))
        value = json.loads(block.parsed)
        model = kind.from_dictionary(value)
        assert (model.to_dictionary(), unknown_members(model)) == (value, [])


def test_the_generated_parts_of_a_page_are_current() -> None:
    for page, text in TEXTS.items():
        without = re.sub(r"(<!-- generated: .*? -->\n).*?(?=<!-- end -->)", r"\1", text, flags=re.DOTALL)
        assert generate.render(page, without) == text, "make docs writes them"


def test_every_public_name_is_written_about_and_every_model_and_enum_has_its_page() -> None:
    text = "\n".join(TEXTS[page] for page in pages.PAGES)
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


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+)$", FENCE.sub("", TEXTS[page]), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def test_every_link_leads_somewhere_and_every_page_can_be_reached_from_the_readme() -> None:
    links: dict[Path, set[Path]] = {}
    for page, text in TEXTS.items():
        prose = re.sub(r"`[^`\n]*`|<!--.*?-->", "", FENCE.sub("", text), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https:)([^)\s]+)\)", prose):
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            assert file.is_relative_to(pages.ROOT), f"{page}: {target}"
            assert anchor in anchors(file) if anchor else file.exists(), f"{page}: {target}"
            links.setdefault(page, set()).add(file)
    reached, waiting = set[Path](), [pages.README]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += links.get(page, ())
    assert set(pages.PAGES) - reached == set()


def test_the_readme_is_short_and_its_links_name_their_files_since_package_indexes_cannot_follow_them() -> None:
    text = TEXTS[pages.README]
    assert len(text.splitlines()) < 200
    assert [text for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", text) if text != target] == []
