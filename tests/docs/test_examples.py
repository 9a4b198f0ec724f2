"""Every Python block of a page runs and prints what stands below it; all JSON is read.

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
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
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
from tests.docs import pages


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


def expected_output(block: Example) -> str | None:
    below = re.match(r"\s*\n```text\n(.*?)```", block.document.text[block.region.end :], re.DOTALL)
    return below[1] if below else None


def prints(expected: str, printed: str) -> bool:
    return OutputChecker().check_output(expected, printed, ELLIPSIS | NORMALIZE_WHITESPACE)


@pytest.mark.parametrize("page", [page for page in pages.PAGES if pages.python_blocks(page)], ids=pages.name_of)
def test_the_blocks_of_a_page_run_and_print_what_it_says(page: Path) -> None:
    blocks = pages.python_blocks(page)
    try:
        for block in blocks:
            output = io.StringIO()
            with redirect_stdout(output):
                block.evaluate()
            expected, printed = expected_output(block), output.getvalue()
            assert expected is None or prints(expected, printed), f"{page}, line {block.line}, prints:\n{printed}"
    finally:
        stop(blocks[0].namespace)  # all blocks share it


def test_the_readme_can_be_pasted_line_by_line_at_the_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    console = InteractiveConsole()
    try:
        for block in pages.python_blocks(pages.ROOT / "README.md"):
            for line in [*str(block.parsed).splitlines(), ""]:
                console.push(line)
            printed, errors = capsys.readouterr()
            assert (errors, prints(expected_output(block) or "", printed)) == ("", True)
    finally:
        stop(console.locals)


def model_of(block: Example) -> type[Model]:
    named = re.search(r"<!-- json: (\w+) -->\s*$", block.document.text[: block.region.start])
    name = named[1] if named else Path(block.path).stem.title().replace("-", "")
    model: type[Model] = getattr(payrix_sessions, name)
    return model


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
        value = json.loads(block.parsed)
        model = model_of(block).from_dictionary(value)
        assert (model.to_dictionary(), unknown_members(model)) == (value, [])
