"""HTTPS: certificates made on the spot, and given ones."""

import datetime
import socket
import ssl
from contextlib import suppress
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store

from payrix_sessions import ApiKeyCredentials, Client, ConnectionException
from payrix_sessions.sandbox import Fault, Sandbox
from payrix_sessions.sandbox.certificate import make_certificates
from tests.sandbox.http import Http, connect, converse, port_of


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The PEM files of a certificate for 127.0.0.1, its key, and the authority that vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    server.cert_chain_pems[0].write_to_path(folder / "server.pem")
    server.private_key_pem.write_to_path(folder / "key.pem")
    return {path.stem: path for path in folder.iterdir()}


def test_its_client_trusts_the_certificate_made_on_the_spot_and_others_do_not(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, Path]
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files["ca"]))
    with Sandbox(tls=True) as sandbox:
        with Client(base_url=sandbox.base_url, api_key_credentials=ApiKeyCredentials(sandbox.api_key)) as other:
            with pytest.raises(ConnectionException, match="certificate"):
                other.sessions.get_sessions()
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with sandbox.client() as client:  # no bundle and no proxy of the environment comes in between
            assert client.sessions.post_sessions({"public": 1}).is_success()
        ca_file = Path(str(sandbox.ca_file))
        assert [file.name for file in ca_file.parent.iterdir()] == ["ca.pem"]  # and no key
    assert not ca_file.exists()
    assert sandbox.ca_file is None


def test_the_certificate_names_the_allowed_hosts_and_this_machine_if_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca_file, hosts = tmp_path / "ca.pem", ["fd00::7", "sandbox.test.svc"]

    def names(allow_remote: bool) -> set[str]:
        with Sandbox(tls=True, allow_remote=allow_remote, allowed_hosts=hosts, ca_file=ca_file) as sandbox:
            certificate = ssl.get_server_certificate(("127.0.0.1", port_of(sandbox)), ca_certs=str(ca_file))
        held = x509.load_pem_x509_certificate(certificate.encode()).extensions
        names = held.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(name.value) for name in names}

    look_up = socket.getaddrinfo

    def look_up_here(host: str, *rest: Any, **named: Any) -> Any:
        return [(0, 0, 0, "", ("192.0.2.9", 0))] if host == "this-machine" else look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "gethostname", lambda: "this-machine")
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    own = {"localhost", "127.0.0.1", "::1", *hosts}
    assert (names(False), names(True)) == (own, own | {"this-machine", "192.0.2.9"})
    assert ca_file.exists()  # it is the user's


def test_a_given_certificate_is_used_and_trusted_and_files_that_cannot_be_one_are_named(files: dict[str, Path]) -> None:
    pair = files["server"], str(files["key"])
    with Sandbox(tls=pair, ca_file=files["ca"]) as sandbox, sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()
        environment = {"PAYRIX_BASE_URL": sandbox.base_url, "PAYRIX_API_KEY": sandbox.api_key}
        assert sandbox.environment == {**environment, "REQUESTS_CA_BUNDLE": str(files["ca"])}
    with Sandbox(tls=pair) as sandbox:
        assert sandbox.ca_file == str(files["server"])
    for certificate, key in (("nothing", "key"), ("ca", "key")):
        wrong = files["ca"].with_stem(certificate), files[key]
        with pytest.raises(OSError, match=f"cannot use .*{certificate}.pem and .*{key}.pem for TLS: [Nt]"):
            Sandbox(tls=wrong).start()


def test_the_end_of_a_connection_is_announced_faults_go_wrong_over_tls_too_and_plain_http_harms_nobody_else() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as http:
        context = ssl.create_default_context(cafile=sandbox.ca_file)
        plain = connect(sandbox)
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65536):
                pass  # until an end that is no SSLEOFError
        sandbox.faults.add(Fault(reset="before_headers"))
        with pytest.raises(ConnectionError):
            http.get()
        with suppress(OSError):
            converse(sandbox, b"GET /sessions HTTP/1.0\r\n\r\n")
        assert http.get().outcome == "200"
        sandbox.faults.add(Fault(truncate_after=10))
        with pytest.raises(IncompleteRead):
            http.get()


def test_a_made_certificate_is_valid_by_the_rules_of_another_library() -> None:
    for _ in range(8):  # its numbers are random, and some lose a leading zero
        made = make_certificates(["localhost", "127.0.0.1", "::1"])
        server = x509.load_pem_x509_certificate(made.server.encode())
        authority = x509.load_pem_x509_certificate(made.authority.encode())
        verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName("localhost"))
        assert verifier.verify(server, []) == [server, authority]
        key = load_pem_private_key(made.server.encode().partition(b"-----END CERTIFICATE-----\n")[2], None)
        assert key.public_key() == server.public_key()
        assert server.serial_number > 0
        assert server.not_valid_after_utc - server.not_valid_before_utc < datetime.timedelta(days=398)
