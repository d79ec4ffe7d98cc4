"""The certificates of a registry and its registrars, made when they are needed."""

import ipaddress
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.make.until_the_end import UNTIL_THE_END


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: of the authority, of the server, and of a registrar."""

    authority: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


@cache
def certificates() -> Certificates:
    """Made once for all tests of a process."""
    folder = UNTIL_THE_END.enter_context(tempfile.TemporaryDirectory(prefix="epp-certificates-"))
    return make_certificates(Path(folder))


def make_certificates(folder: Path) -> Certificates:
    """An authority of this registry's own, and what it signed; for ``localhost`` and 127.0.0.1."""
    now = datetime.now(UTC)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]

    def sign(name: str, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test registry")])
        made = x509.CertificateBuilder(issuer, subject, key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=400)).not_valid_after(
            now + timedelta(days=4000)
        )
        made = made.add_extension(x509.BasicConstraints(authority, None), critical=True)
        signer = authority_key.public_key()
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False
        )
        made = made.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        if authority:
            made = made.add_extension(
                x509.KeyUsage(False, False, False, False, False, True, True, False, False),
                critical=True,
            )
        else:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(authority_key, hashes.SHA256())

    folder.mkdir(parents=True, exist_ok=True)
    paths = Certificates(*(folder / f"{name}.pem" for name in Certificates.__slots__))
    paths.authority.write_bytes(pem(sign("Test registry", authority_key, authority=True)))
    for name, certificate, key_path in (
        ("localhost", paths.server, paths.server_key),
        ("registrar-1", paths.client, paths.client_key),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate.write_bytes(pem(sign(name, key, authority=False)))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return paths


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)
