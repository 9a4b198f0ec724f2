"""A running sandbox and a plain HTTP client for it."""

from collections.abc import Iterator

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own, with every default."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[Http]:
    """A client of that sandbox that sends its API key."""
    with Http(sandbox) as client:
        yield client
