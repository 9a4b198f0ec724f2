"""Fixtures and settings of the whole suite."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from responses import RequestsMock

from payrix_sessions import Client, SessionsController
from tests.wire import make_client

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def api() -> Iterator[RequestsMock]:
    """The API as `responses` plays it; nothing reaches the network."""
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[Client]:
    """A client with a fake API key that makes one attempt a call."""
    with make_client() as made:
        yield made


@pytest.fixture
def sessions(client: Client) -> SessionsController:
    """The controller of that client."""
    return client.sessions
