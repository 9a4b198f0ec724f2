"""TLS of a sandbox: its certificate, made on the spot or given, and clients that trust it."""

import os
import shutil
import ssl
import tempfile
import weakref
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import requests

from payrix_sessions.sandbox.certificate import make_certificates

PathLike = str | os.PathLike[str]


class Tls:
    """The certificate of a running sandbox.

    Args:
        files: PEM files of a certificate and its key; None makes a certificate.
        ca_file: With `files` the certificate that clients are to trust, by default the first of them; without, where
            to write it, by default into a temporary file that `close` removes.
        names: The host names and addresses in a certificate made here.

    Raises:
        OSError: If a file cannot be used.
    """

    def __init__(self, files: tuple[PathLike, PathLike] | None, ca_file: PathLike | None, names: Iterable[str]) -> None:
        self.context: ssl.SSLContext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        self._closing = ExitStack()
        if files is None:
            self.ca_file: str = self._make(ca_file, names)
            return
        certificate, key = os.fspath(files[0]), os.fspath(files[1])
        try:
            self.context.load_cert_chain(certificate, key)
        except OSError as error:
            unfit = isinstance(error, ssl.SSLError)
            reason = "they are not the PEM files of a certificate and its key" if unfit else error.strerror
            raise OSError(error.errno, f"cannot use {certificate} and {key} for TLS: {reason}") from error
        self.ca_file = os.fspath(ca_file or certificate)

    def trusting_session(self) -> requests.Session:
        """Return a session for `Client` that trusts the certificate; `close` closes it."""
        session = self._closing.enter_context(requests.Session())
        session.trust_env = False  # a proxy in the environment would come in between
        session.verify = self.ca_file
        return session

    def close(self) -> None:
        """Close the sessions and remove temporary files."""
        self._closing.close()

    def _make(self, ca_file: PathLike | None, names: Iterable[str]) -> str:
        made = make_certificates(names)
        with tempfile.TemporaryDirectory(prefix="payrix-sandbox-") as directory:
            server = Path(directory) / "server.pem"
            server.write_text(made.server)
            self.context.load_cert_chain(server)  # which takes files only
        if ca_file is None:
            directory = tempfile.mkdtemp(prefix="payrix-sandbox-")
            self._closing.callback(weakref.finalize(self, _remove, directory, os.getpid()))
            ca_file = Path(directory) / "ca.pem"
        Path(ca_file).write_text(made.authority)
        return os.fspath(ca_file)


def _remove(directory: str, owner: int) -> None:
    # A forked process ends like the one that made it, which still uses the files.
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)
