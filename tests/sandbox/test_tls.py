"""HTTPS: certificates made on the spot, and given ones."""

import datetime
import http.client
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store

from payrix_sessions import ApiKeyCredentials, Client, ConnectionException
from payrix_sessions.sandbox import Fault, Sandbox
from payrix_sessions.sandbox.certificate import Certificates, make_certificates
from tests.sandbox.http import Http


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


def test_its_client_trusts_the_certificate_made_on_the_spot_and_others_do_not() -> None:
    with Sandbox(tls=True) as sandbox, sandbox.client() as client:
        assert sandbox.base_url.startswith("https://127.0.0.1:")
        assert client.sessions.post_sessions({"public": 1}).is_success()
        with Client(base_url=sandbox.base_url, api_key_credentials=ApiKeyCredentials(sandbox.api_key)) as other:
            with pytest.raises(ConnectionException, match="certificate"):
                other.sessions.get_sessions()
        ca_file = Path(str(sandbox.ca_file))
        assert [file.name for file in ca_file.parent.iterdir()] == ["ca.pem"]  # and no key
    assert not ca_file.exists()
    assert sandbox.ca_file is None


def test_no_bundle_and_no_proxy_of_the_environment_comes_in_between(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, Path]
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files["ca"]))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with Sandbox(tls=True) as sandbox, sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()


@pytest.mark.parametrize("name", ["localhost", "sandbox", "sandbox.test.svc"])
def test_the_certificate_holds_the_names_that_others_use(name: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    options = {"allowed_hosts": ["sandbox", "sandbox.test.svc"], "ca_file": ca_file}
    with Sandbox(host="0.0.0.0", allow_remote=True, tls=True, **options) as sandbox, Http(sandbox) as http_:  # type: ignore[arg-type]
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection("127.0.0.1", http_.port, context=context, timeout=5)
        connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", http_.port)), server_hostname=name)
        host, origin = f"{name}:{http_.port}", f"https://{name}:{http_.port}"
        connection.request("POST", "/_sandbox/reset", headers={"Host": host, "Origin": origin})
        assert connection.getresponse().status == 200
        connection.close()
    assert ca_file.exists()  # it is the user's


def test_the_certificate_holds_what_this_machine_is_called_if_others_are_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def names(*, allow_remote: bool) -> set[str]:
        with Sandbox(host="localhost", tls=True, allow_remote=allow_remote, allowed_hosts=["fd00::7"]) as sandbox:
            certificate = ssl.get_server_certificate(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])))
        held = x509.load_pem_x509_certificate(certificate.encode()).extensions
        names = held.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(name.value) for name in names}

    look_up = socket.getaddrinfo

    def look_up_here(host: str, *rest: Any, **named: Any) -> Any:
        own = host == "this-machine"
        return [(0, 0, 0, "", ("192.0.2.9", 0))] if own else look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "gethostname", lambda: "this-machine")
    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    assert names(allow_remote=False) == {"localhost", "127.0.0.1", "::1", "fd00::7"}
    assert names(allow_remote=True) == names(allow_remote=False) | {"this-machine", "192.0.2.9"}


def test_a_given_certificate_is_used_and_trusted(files: dict[str, Path]) -> None:
    pair = files["server"], str(files["key"])
    with Sandbox(tls=pair, ca_file=files["ca"]) as sandbox, sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()
        assert sandbox.environment["REQUESTS_CA_BUNDLE"] == str(files["ca"])
    with Sandbox(tls=pair) as sandbox:
        assert sandbox.ca_file == str(files["server"])


@pytest.mark.parametrize(("certificate", "key"), [("nothing", "key"), ("ca", "key"), ("key", "server")])
def test_files_that_cannot_be_used_are_named(files: dict[str, Path], certificate: str, key: str) -> None:
    pair = files["ca"].with_stem(certificate), files[key]
    with pytest.raises(OSError, match=f"cannot use .*{certificate}.pem and .*{key}.pem for TLS: [Nt]"):
        Sandbox(tls=pair).start()


def test_faults_go_wrong_over_tls_as_well() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as http_:
        sandbox.faults.add(Fault(truncate_after=10))
        with pytest.raises(http.client.IncompleteRead):
            http_.send("GET", "/sessions")
        with Http(sandbox) as again:
            assert again.send("GET", "/sessions").status == 200
            sandbox.faults.add(Fault(reset="before_headers"))
            with pytest.raises(ConnectionError):
                again.send("GET", "/sessions")


def test_the_end_of_a_connection_is_announced() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as http_:
        context = ssl.create_default_context(cafile=sandbox.ca_file)
        plain = socket.create_connection(("127.0.0.1", http_.port), timeout=5)
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65536):
                pass  # until an end that is no SSLEOFError


def test_plain_http_to_a_sandbox_with_tls_harms_nobody_else() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as http_:
        plain = http.client.HTTPConnection("127.0.0.1", http_.port, timeout=5)
        plain.request("GET", "/sessions")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
        assert http_.send("GET", "/sessions").status == 200


def test_a_made_certificate_is_valid_by_the_rules_of_another_library() -> None:
    for _ in range(20):  # its numbers are random, and some lose a leading zero
        check_by_another_library(make_certificates(["localhost", "127.0.0.1", "::1"]))


def check_by_another_library(made: Certificates) -> None:
    server = x509.load_pem_x509_certificate(made.server.encode())
    authority = x509.load_pem_x509_certificate(made.authority.encode())
    verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName("localhost"))
    assert verifier.verify(server, []) == [server, authority]
    key = load_pem_private_key(made.server.encode().partition(b"-----END CERTIFICATE-----\n")[2], None)
    assert key.public_key() == server.public_key()
    assert server.serial_number > 0
    lifetime = server.not_valid_after_utc - server.not_valid_before_utc
    assert lifetime < datetime.timedelta(days=398)
