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


def make_certificates(folder: Path) -> Certificates:
    authority, bundle = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(3)]
    rows = ((authority, "127.0.0.1"), (authority, "somebody-else.example"), (trustme.CA(), "127.0.0.1"))
    for context, (issuer, host) in zip(contexts, rows, strict=True):
        issuer.issue_cert(host, "localhost").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return Certificates(bundle, *contexts)
