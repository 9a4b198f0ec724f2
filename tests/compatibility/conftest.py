"""A sandbox in the place of the real API, and a session of the user's own."""

from collections.abc import Iterator

import pytest
import requests

from payrix_sessions.sandbox import Sandbox
from tests.transport.conftest import certificates, clean_environment

__all__ = ["certificates", "clean_environment"]  # fixtures


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Stands for the real API: what arrives here has escaped from the tools."""
    with Sandbox(sessions=1) as running:
        yield running


@pytest.fixture
def known(sandbox: Sandbox) -> str:
    """The id of the one session that is there."""
    return sandbox.sessions[0].id


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session of the user's own."""
    with requests.Session() as own:
        yield own
