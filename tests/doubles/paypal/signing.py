"""How PayPal signs its messages: a key, its certificate, those who vouch for that, and forgeries of all of it."""

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from commerce.kit import clock
from tests.make.people import AT

type AuthorityKey = ec.EllipticCurvePrivateKey
NAME = "messageverificationcerts.paypal.com"
WEBHOOK_ID = "1JE4291016473214C"
CERTIFICATE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Who vouches for certificates."""

    certificate: x509.Certificate
    key: AuthorityKey


def make_authority(name: str, by: Authority | None = None) -> Authority:
    """A root, or one ``by`` whom somebody vouches."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, by.certificate.subject if by else _called(name), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    signer = by or Authority(None, key)  # type: ignore[arg-type]  # a root signs itself
    return Authority(_signed(builder, signer.key), key)


@cache
def root() -> Authority:
    """Whom the tests trust."""
    return make_authority("Public Root")


@cache
def intermediate() -> Authority:
    return make_authority("Public Issuer", root())


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """PayPal's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def other_key() -> rsa.RSAPrivateKey:
    """A forger's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_for(
    key: rsa.RSAPrivateKey | AuthorityKey,
    name: str = NAME,
    by: Authority | None = None,
    ends: datetime = AT + 60 * DAY,
) -> bytes:
    """A chain as PayPal serves it: the certificate of a key, and the one that vouches for it."""
    issuer = by or intermediate()
    builder = (
        _builder(name, issuer.certificate.subject, key.public_key(), ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    made = _signed(builder, issuer.key)
    return made.public_bytes(Encoding.PEM) + issuer.certificate.public_bytes(Encoding.PEM)


def _builder(
    name: str,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    ends: datetime = AT + 3650 * DAY,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - 30 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: AuthorityKey) -> x509.Certificate:
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(by, critical=False).sign(key, SHA256())


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def sign_message(
    body: bytes,
    *,
    webhook_id: str = WEBHOOK_ID,
    at: int | None = None,
    key: rsa.RSAPrivateKey | None = None,
    url: str = CERTIFICATE_URL,
) -> dict[str, str]:
    """The headers of a message."""
    instant = int(clock.now().timestamp()) if at is None else at
    stamp = datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"69cd13f0-{zlib.crc32(body):x}"
    said = f"{name}|{stamp}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = (key or signing_key()).sign(said, PKCS1v15(), SHA256())
    return {
        "PAYPAL-TRANSMISSION-ID": name,
        "PAYPAL-TRANSMISSION-TIME": stamp,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
        "PAYPAL-CERT-URL": url,
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }
