"""A plain HTTP client for the sandbox."""

from collections.abc import Iterator

import pytest

from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[Http]:
    """A client of that sandbox that sends its API key."""
    with Http(sandbox) as client:
        yield client
