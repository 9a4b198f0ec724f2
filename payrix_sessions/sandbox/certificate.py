"""Certificates made on the spot for TLS, with the standard library alone: an authority and a server it vouches for.

X.509 in DER over ECDSA with P-256 and SHA-256. The arithmetic does not run in constant time, which is good enough for
a key that protects fake data for the life of one sandbox, and for nothing else.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address

# The curve P-256 (FIPS 186-4): its prime, its order and its base point.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

# Less than the 398 days that some platforms allow a server's certificate.
_LIFETIME = timedelta(days=397)

_Point = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM texts: what clients are to trust, and the server's certificate with its private key."""

    authority: str
    server: str


def make_certificates(names: Iterable[str]) -> Certificates:
    """Make a new authority, whose key is thrown away at once, and a certificate of a server with these names.

    Args:
        names: Host names in ASCII, and IP addresses.
    """
    now = datetime.now(timezone.utc)
    authority, server = _Key(), _Key()
    issuer = _name("payrix-sandbox authority")
    sites = [_alternative_name(name) for name in names]
    authority_certificate = _certificate(
        authority, issuer, issuer, authority, now,
        _extension("2.5.29.19", _sequence(_der(0x01, b"\xff")), critical=True),  # basicConstraints: CA
        _extension("2.5.29.15", _bits(b"\x06", unused=1), critical=True),  # keyUsage: keyCertSign, cRLSign
        _extension("2.5.29.14", _der(0x04, authority.identifier)),  # subjectKeyIdentifier
    )  # fmt: skip
    server_certificate = _certificate(
        authority, issuer, _name("payrix-sandbox"), server, now,
        _extension("2.5.29.19", _sequence(), critical=True),  # basicConstraints: no CA
        _extension("2.5.29.15", _bits(b"\x80", unused=7), critical=True),  # keyUsage: digitalSignature
        _extension("2.5.29.37", _sequence(_oid("1.3.6.1.5.5.7.3.1"))),  # extendedKeyUsage: serverAuth
        _extension("2.5.29.14", _der(0x04, server.identifier)),
        _extension("2.5.29.35", _sequence(_der(0x80, authority.identifier))),  # authorityKeyIdentifier
        _extension("2.5.29.17", _sequence(*sites)),  # subjectAltName
    )  # fmt: skip
    return Certificates(
        authority=_pem("CERTIFICATE", authority_certificate),
        server=_pem("CERTIFICATE", server_certificate) + _pem("EC PRIVATE KEY", server.private_der()),
    )


class _Key:
    """A new key on P-256."""

    def __init__(self) -> None:
        self._secret = secrets.randbelow(_N - 1) + 1
        public = _multiply(self._secret, _G)
        assert public is not None  # noqa: S101 - the secret is below the order of the base point
        self._public = b"\x04" + b"".join(each.to_bytes(32, "big") for each in public)
        self.identifier: bytes = hashlib.sha1(self._public, usedforsecurity=False).digest()  # RFC 5280, 4.2.1.2

    def sign(self, message: bytes) -> bytes:
        """Return the ECDSA signature of a message."""
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        nonce = secrets.randbelow(_N - 1) + 1
        point = _multiply(nonce, _G)
        assert point is not None  # noqa: S101 - like the public key
        r = point[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * self._secret) % _N
        return _sequence(_integer(r), _integer(s))

    def public_der(self) -> bytes:
        """Return the SubjectPublicKeyInfo."""
        algorithm = _sequence(_oid("1.2.840.10045.2.1"), _oid("1.2.840.10045.3.1.7"))
        return _sequence(algorithm, _bits(self._public))

    def private_der(self) -> bytes:
        """Return the private key in the form of SEC 1."""
        return _sequence(
            _integer(1),
            _der(0x04, self._secret.to_bytes(32, "big")),
            _der(0xA0, _oid("1.2.840.10045.3.1.7")),
            _der(0xA1, _bits(self._public)),
        )


def _multiply(factor: int, point: _Point) -> _Point:
    product: _Point = None
    while factor:
        if factor & 1:
            product = _add(product, point)
        point = _add(point, point)
        factor >>= 1
    return product


def _add(a: _Point, b: _Point) -> _Point:
    # A point never meets its opposite here: that takes a factor as large as the order of the curve.
    if a is None or b is None:
        return a or b
    # A tangent, where the curve's own a is -3, or a line through both points.
    rise, run = (3 * (a[0] * a[0] - 1), 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, -1, _P)
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _certificate(
    issuer_key: _Key, issuer: bytes, subject: bytes, subject_key: _Key, now: datetime, *extensions: bytes
) -> bytes:
    algorithm = _sequence(_oid("1.2.840.10045.4.3.2"))  # ecdsa-with-SHA256
    body = _sequence(
        _der(0xA0, _integer(2)),  # version 3
        _integer(secrets.randbits(126) + 1),
        algorithm,
        issuer,
        _sequence(_time(now - timedelta(days=1)), _time(now + _LIFETIME - timedelta(days=1))),
        subject,
        subject_key.public_der(),
        _der(0xA3, _sequence(*extensions)),
    )
    return _sequence(body, algorithm, _bits(issuer_key.sign(body)))


def _name(common_name: str) -> bytes:
    return _sequence(_der(0x31, _sequence(_oid("2.5.4.3"), _der(0x0C, common_name.encode()))))


def _alternative_name(name: str) -> bytes:
    try:
        return _der(0x87, ip_address(name).packed)
    except ValueError:
        return _der(0x82, name.encode("ascii"))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return _sequence(_oid(oid), _der(0x01, b"\xff") if critical else b"", _der(0x04, value))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bits(content: bytes, unused: int = 0) -> bytes:
    return _der(0x03, bytes([unused]) + content)


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for number in (40 * first + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        content += bytes(reversed(digits))
    return _der(0x06, bytes(content))


def _time(moment: datetime) -> bytes:
    return _der(0x17, f"{moment:%y%m%d%H%M%SZ}".encode())  # UTCTime, which reaches to 2049


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
