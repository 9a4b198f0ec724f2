"""Every Python block of the pages runs, every JSON block is what its model says, and none is left out.

A page is run from top to bottom in one namespace, as somebody would who pastes block after block. It begins with
`sandbox`, a running one of the page's own, with `client` and `sessions_controller` of it, and with the environment
variables that lead there. The output of a block is compared with a `text` block right below it (`...` stands for
anything). A JSON block is of the model that the page is about, or that a comment above it names:
`<!-- json: Model -->`.
"""

import gc
import io
import json
import logging
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

import payrix_sessions
from payrix_sessions.json_types import is_list
from payrix_sessions.models.model import Model
from payrix_sessions.sandbox import Sandbox
from tests.docs import pages

# What a block may be: run, read, compared with an output, or for a shell or a person.
LANGUAGES = {"python", "json", "text", "bash", "console", "diff"}

each_page = pytest.mark.parametrize("page", pages.PAGES, ids=pages.name_of)


def model_of(example: Example) -> type[Model]:
    """Return the model that a JSON block shows."""
    named = re.search(r"<!-- json: (\w+) -->\s*$", example.document.text[: example.region.start])
    name = named[1] if named else Path(example.path).stem.title().replace("-", "")
    model: type[Model] = getattr(payrix_sessions, name)
    return model


def check_json(example: Example) -> None:
    """Fail unless the model reads the JSON, knows every member of it, and gives the same back."""
    value = json.loads(example.parsed)
    model = model_of(example).from_dictionary(value)
    assert model.to_dictionary() == value
    assert unknown_members(model) == []


def unknown_members(value: Any) -> list[str]:
    """List the members, at any depth, that the models do not know."""
    if isinstance(value, Model):
        attributes = [getattr(value, name) for name in dir(value) if not name.startswith("_")]
        return [*value.additional_properties, *unknown_members([item for item in attributes if not callable(item)])]
    return [name for item in value for name in unknown_members(item)] if is_list(value) else []


SYBIL = Sybil(parsers=[PythonCodeBlockParser(), CodeBlockParser("json", check_json)])


@pytest.fixture
def namespace(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What a page begins with. Nothing of it, and nothing that a page opened, may be left at the end."""
    threads = threading.active_count()
    level = logging.getLogger("payrix_sessions").level
    for name in os.environ:
        if name.startswith("PAYRIX_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        assert host in ("127.0.0.1", "localhost"), f"an example wants to reach {host}"
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    with Sandbox() as sandbox, sandbox.client(backoff_factor=0) as client:
        monkeypatch.setenv("PAYRIX_API_KEY", sandbox.api_key)
        monkeypatch.setenv("PAYRIX_BASE_URL", sandbox.base_url)
        yield {"sandbox": sandbox, "client": client, "sessions_controller": client.sessions}
    gc.collect()  # a connection or socket that was left open warns now, and a warning is an error
    assert threading.active_count() == threads
    assert logging.getLogger("payrix_sessions").level == level


def expected_output(example: Example) -> str | None:
    """Return the text block right below a block, which is to be its output."""
    below = re.match(r"\s*\n```text\n(.*?)```", example.document.text[example.region.end :], re.DOTALL)
    return below[1] if below else None


def check_output(example: Example, printed: str) -> None:
    expected = expected_output(example)
    if expected is not None:
        same = OutputChecker().check_output(expected, printed, ELLIPSIS | NORMALIZE_WHITESPACE)
        assert same, f"{example.path}, line {example.line}, prints:\n{printed}"


@each_page
def test_the_blocks_of_a_page_run_and_print_what_it_says(page: Path, namespace: dict[str, Any]) -> None:
    document = SYBIL.parse(page)
    document.namespace.update(namespace)
    ran: Counter[str] = Counter()
    for example in document:
        output = io.StringIO()
        with redirect_stdout(output):
            example.evaluate()
        check_output(example, output.getvalue())
        if "directive" not in example.region.lexemes:  # which is what hidden blocks have
            ran[example.region.lexemes["arguments"]] += 1
    document.namespace.clear()

    there = Counter(fence.language for fence in pages.fences(pages.read(page)))
    assert ran == Counter({language: there[language] for language in ("python", "json") if there[language]})


@each_page
def test_every_block_says_what_it_is(page: Path) -> None:
    odd = [fence.line for fence in pages.fences(pages.read(page)) if fence.language not in LANGUAGES]
    assert odd == [], "only these are known: " + ", ".join(sorted(LANGUAGES))


@each_page
def test_a_change_shown_as_a_difference_ends_in_the_next_block(page: Path) -> None:
    blocks = pages.fences(pages.read(page))
    for number, block in enumerate(blocks):
        if block.language == "diff":
            after = [line[1:] for line in block.text.splitlines() if not line.startswith("-")]
            assert blocks[number + 1].language == "python"
            assert "\n".join(after) == blocks[number + 1].text


def test_there_are_examples() -> None:
    languages = Counter(fence.language for page in pages.PAGES for fence in pages.fences(pages.read(page)))
    assert languages["python"] > 60
    assert languages["json"] > 15
