"""Cassettes of vcrpy and pytest-recording: recorded once, replayed without a network."""

# vcrpy has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import requests
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from payrix_sessions.sandbox import Sandbox
from tests.compatibility.clients import KEY, Connect

SECRET_HEADERS = ["APIKEY", "SESSIONKEY", "TXNSESSIONKEY", "USERNAME", "PASSWORD", "token", "search"]


def test_a_recorded_cassette_is_replayed_without_the_api(connect: Connect, tmp_path: Path) -> None:
    vcr = VCR(filter_headers=SECRET_HEADERS)
    cassette = tmp_path / "calls.yaml"
    with Sandbox(sessions=1) as real:
        client, known = connect(real.base_url), real.sessions[0].id
        with vcr.use_cassette(cassette):
            recorded = [client.create(), client.delete(known), client.get(known)]
        assert [request.method for request in real.requests] == ["POST", "DELETE", "GET"]
    with vcr.use_cassette(cassette, record_mode="none") as replayed:
        assert [client.create(), client.delete(known), client.get(known)] == recorded
    assert replayed.all_played
    assert KEY not in cassette.read_text()


def test_calls_through_a_session_of_ones_own_are_replayed_too(
    real: Sandbox, connect: Connect, session: requests.Session, tmp_path: Path
) -> None:
    client, vcr, cassette = connect(real.base_url, session), VCR(), tmp_path / "calls.yaml"
    with vcr.use_cassette(cassette):
        recorded = client.create()
    with vcr.use_cassette(cassette, record_mode="none"):
        assert client.create() == recorded
    assert len(real.requests) == 1


def test_a_cassette_without_filters_can_be_written_too(real: Sandbox, connect: Connect, tmp_path: Path) -> None:
    cassette = tmp_path / "calls.yaml"
    with VCR().use_cassette(cassette):
        connect(real.base_url).create()
    assert f"- {KEY}\n" in cassette.read_text()


def test_what_is_not_on_the_cassette_raises_and_never_leaves(real: Sandbox, connect: Connect, tmp_path: Path) -> None:
    client = connect(real.base_url)
    with VCR().use_cassette(tmp_path / "empty.yaml", record_mode="none"):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client.create()
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client.delete(real.sessions[0].id)
    assert real.requests == []


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # vcrpy 8, for Python 3.10, closes none it drops
def test_connections_of_before_a_cassette_are_not_used_within_it_nor_the_other_way_round(
    real: Sandbox, known: str, connect: Connect, tmp_path: Path
) -> None:
    client = connect(real.base_url)
    assert client.get(known) == [known]
    with VCR().use_cassette(tmp_path / "empty.yaml", record_mode="none"):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client.get(known)
    assert client.get(known) == [known]
    assert len(real.requests) == 2


SUITE = """
    import os

    import pytest

    from tests.compatibility.clients import OurClient, PlainClient

    @pytest.fixture(scope="module")
    def vcr_config():
        return {"filter_headers": ["APIKEY"]}

    @pytest.fixture(params=[PlainClient, OurClient])
    def client(request):
        client = request.param(os.environ["PAYRIX_BASE_URL"])
        yield client
        client.close()

    @pytest.mark.vcr
    def test_recorded(client):
        assert len(client.create()) == 1

    @pytest.mark.block_network
    def test_blocked(client):
        with pytest.raises(RuntimeError, match="Network is disabled"):
            client.create()
"""


def test_pytest_recording_records_replays_and_blocks(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(dedent(SUITE))
    options = ["-q", "-p", "pytest_recording.plugin", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    with Sandbox() as real:
        variables = {"PAYRIX_BASE_URL": real.base_url, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        for option in ("--record-mode=once", "--block-network"):
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options, option, str(tmp_path)],
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        assert len(real.requests) == 2  # one of each client, both recorded
    cassettes = list(tmp_path.rglob("*.yaml"))
    assert len(cassettes) == 2
    assert not any(KEY in cassette.read_text() for cassette in cassettes)
