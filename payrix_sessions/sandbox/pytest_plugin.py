"""The pytest fixture `payrix_sandbox`, loaded only where `pytest_plugins` names this module."""

from collections.abc import Iterator

import pytest

from payrix_sessions.sandbox import Sandbox


@pytest.fixture
def payrix_sandbox() -> Iterator[Sandbox]:
    """A running sandbox of the test's own, in its first state."""
    with Sandbox() as sandbox:
        yield sandbox
