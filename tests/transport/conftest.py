"""What every test of the transport needs: a clean environment, certificates, a clock that is moved."""

import random
import time
from pathlib import Path

import pytest

from tests.support.certificates import Certificates, make_certificates
from tests.support.clock import Clock

NETWORK_VARIABLES = (
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR NETRC"
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the proxies, certificates and passwords of this machine out of the way."""
    for name in NETWORK_VARIABLES.split():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let `time.sleep` only move the clock; random waits are as long as they can get."""
    made = Clock()
    for name in ("monotonic", "time", "sleep"):
        monkeypatch.setattr(time, name, getattr(made, name))
    monkeypatch.setattr(random, "uniform", made.uniform)
    return made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for the whole run; making keys is slow."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """The same, with the authority named in the environment."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    return certificates
