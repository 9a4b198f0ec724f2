"""A private certificate authority and certificates that are and are not to be trusted."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """What servers of a test show, and the bundle that a client needs in order to trust the first of them."""

    bundle: Path
    trusted: ssl.SSLContext  # for 127.0.0.1 and localhost
    wrong_host: ssl.SSLContext
    unknown_authority: ssl.SSLContext
    self_signed: ssl.SSLContext


def make_certificates(folder: Path) -> Certificates:
    authority, stranger = trustme.CA(), trustme.CA()
    bundle, own = folder / "authority.pem", folder / "self-signed.pem"
    authority.cert_pem.write_to_path(str(bundle))
    own.write_bytes(stranger.private_key_pem.bytes() + stranger.cert_pem.bytes())
    trusted, wrong_host, unknown_authority, self_signed = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(4))
    for context, issuer, names in (
        (trusted, authority, ("127.0.0.1", "localhost")),
        (wrong_host, authority, ("somebody-else.example",)),
        (unknown_authority, stranger, ("127.0.0.1", "localhost")),
    ):
        issuer.issue_cert(*names).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    self_signed.load_cert_chain(own)
    return Certificates(bundle, trusted, wrong_host, unknown_authority, self_signed)
