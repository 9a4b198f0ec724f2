"""Fixtures and settings of the whole suite."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from responses import RequestsMock

from payrix_sessions import Client, SessionsController
from payrix_sessions.sandbox import Sandbox
from tests.wire import make_client

# `pytest --hypothesis-profile thorough` looks longer.
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.register_profile("default", deadline=None, max_examples=25)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def api() -> Iterator[RequestsMock]:
    """The API as `responses` plays it; nothing reaches the network."""
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A client with a fake API key that makes one attempt a call; one for the whole run, since it keeps no state."""
    with make_client() as made:
        yield made


@pytest.fixture(scope="session")
def sessions(client: Client) -> SessionsController:
    """The controller of that client."""
    return client.sessions


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own, with every default."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def in_sandbox(sandbox: Sandbox) -> Iterator[SessionsController]:
    """The controller of a client of that sandbox that makes one attempt a call."""
    with sandbox.client(max_retries=0) as client:
        yield client.sessions


@pytest.fixture(autouse=True)
def measured_children(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the coverage of no child but this package's own commands: it makes each start half a second slower."""
    path = request.path
    if path.parent.name == "sandbox" or path.name == "test_house.py":
        return
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
