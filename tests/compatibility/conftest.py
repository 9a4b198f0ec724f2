"""Each test that takes `connect` runs twice: with plain requests as its control, and with this package."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import requests

from payrix_sessions.sandbox import Sandbox
from tests.compatibility.clients import Caller, Connect, OurClient, PlainClient
from tests.transport.conftest import certificates, clean_environment

__all__ = ["certificates", "clean_environment"]  # fixtures


@pytest.fixture
def real() -> Iterator[Sandbox]:
    """Stands for the real API: what arrives here has escaped from the tools."""
    with Sandbox(sessions=1) as sandbox:
        yield sandbox


@pytest.fixture
def known(real: Sandbox) -> str:
    """The id of the one session that is there."""
    return real.sessions[0].id


@pytest.fixture(params=[PlainClient, OurClient], ids=["requests", "payrix_sessions"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """`connect(base_url, session=None)` gives a client."""
    kind: type[PlainClient | OurClient] = request.param
    with ExitStack() as clients:

        def make(base_url: str, session: requests.Session | None = None) -> Caller:
            return clients.enter_context(closing(kind(base_url, session)))

        yield make


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session of the user's own."""
    with requests.Session() as own:
        yield own
