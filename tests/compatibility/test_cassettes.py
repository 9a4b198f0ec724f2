"""Cassettes of vcrpy and pytest-recording: recorded once, replayed without a network."""

# vcrpy has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from pathlib import Path

import pytest
import requests
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from payrix_sessions import SessionsController
from payrix_sessions.sandbox import Sandbox
from tests.compatibility import BODY, ids


@pytest.mark.parametrize("is_own", [False, True], ids=["a session of ours", "a session of one's own"])
def test_a_recorded_cassette_is_replayed_without_the_api(
    sandbox: Sandbox, known: str, session: requests.Session, tmp_path: Path, is_own: bool
) -> None:
    vcr, cassette = VCR(), tmp_path / "calls.yaml"
    with sandbox.client(http_client_instance=session if is_own else None) as client:

        def calls() -> list[list[str]]:
            api = client.sessions
            return [ids(api.post_sessions(BODY)), ids(api.delete_sessions_id(known)), ids(api.get_sessions_id(known))]

        with vcr.use_cassette(cassette):
            recorded = calls()
        with vcr.use_cassette(cassette, record_mode="none") as replayed:
            assert calls() == recorded
    assert replayed.all_played
    assert [request.method for request in sandbox.requests] == ["POST", "DELETE", "GET"]


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # by vcrpy 8, for Python 3.10: what it drops
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


@pytest.mark.block_network
def test_pytest_recording_blocks_the_network(sandbox: Sandbox, in_sandbox: SessionsController) -> None:
    with pytest.raises(RuntimeError, match="Network is disabled"):
        in_sandbox.post_sessions(BODY)
    assert sandbox.requests == []
