"""Cassettes of vcrpy and pytest-recording: recorded once, replayed without a network."""

# vcrpy has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from pathlib import Path
from typing import Any

import pytest
import requests
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from payrix_sessions import SessionsController
from payrix_sessions.sandbox import Sandbox
from tests.compatibility import BODY, ids

SECRET_HEADERS = ["APIKEY", "SESSIONKEY", "TXNSESSIONKEY", "USERNAME", "PASSWORD", "token", "search"]
UNCLOSED = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.mark.parametrize("filtered", [SECRET_HEADERS, []], ids=["without keys", "whole, with a session of one's own"])
def test_a_recorded_cassette_is_replayed_without_the_api(
    sandbox: Sandbox, known: str, session: requests.Session, tmp_path: Path, filtered: list[str]
) -> None:
    vcr, cassette = VCR(filter_headers=filtered), tmp_path / "calls.yaml"
    with sandbox.client(http_client_instance=None if filtered else session) as client:

        def calls() -> list[list[str]]:
            api = client.sessions
            return [ids(api.post_sessions(BODY)), ids(api.delete_sessions_id(known)), ids(api.get_sessions_id(known))]

        with vcr.use_cassette(cassette):
            recorded = calls()
        with vcr.use_cassette(cassette, record_mode="none") as replayed:
            assert calls() == recorded
    assert replayed.all_played
    assert [request.method for request in sandbox.requests] == ["POST", "DELETE", "GET"]
    assert (f"- {sandbox.api_key}\n" in cassette.read_text()) is (not filtered)


@UNCLOSED  # by vcrpy 8, for Python 3.10: what it drops
def test_what_is_not_on_the_cassette_never_leaves_even_if_there_is_a_connection_from_before(
    sandbox: Sandbox, in_sandbox: SessionsController, known: str, tmp_path: Path
) -> None:
    assert ids(in_sandbox.get_sessions_id(known)) == [known]
    with VCR().use_cassette(tmp_path / "empty.yaml", record_mode="none"), sandbox.client() as new:
        for api in (in_sandbox, new.sessions):
            with pytest.raises(CannotOverwriteExistingCassetteException):
                api.post_sessions(BODY)
            with pytest.raises(CannotOverwriteExistingCassetteException):
                api.delete_sessions_id(known)
    assert ids(in_sandbox.get_sessions_id(known)) == [known]
    assert [request.method for request in sandbox.requests] == ["GET", "GET"]


@pytest.fixture
def vcr_cassette_dir(tmp_path: Path) -> str:
    """Where pytest-recording keeps its cassettes."""
    return str(tmp_path)


@pytest.mark.vcr(filter_headers=["APIKEY"], record_mode="once")
def test_pytest_recording_records_and_replays(sandbox: Sandbox, in_sandbox: SessionsController, vcr: Any) -> None:
    recorded = ids(in_sandbox.post_sessions(BODY))
    vcr.rewound = True  # as if it had been loaded
    assert ids(in_sandbox.post_sessions(BODY)) == recorded
    assert (len(sandbox.requests), sandbox.api_key in str(vcr.requests[0].headers)) == (1, False)


@pytest.mark.block_network
def test_pytest_recording_blocks_the_network(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with pytest.raises(RuntimeError, match="Network is disabled"):
        in_sandbox.post_sessions(BODY)
    assert sandbox.requests == []
