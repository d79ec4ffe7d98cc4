"""The server's certificate: a given one, checked before anything starts, or one of our own for this machine.

Our own is signed by an authority that exists only while it signs: its key is never written, so that whoever trusts
``ca.pem`` trusts this one certificate and nothing that could be made later.
"""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from commerce.config.env import ConfigurationError
from commerce.kit import files

VALID_DAYS = 397
"""The longest that browsers accept."""
RENEW_BEFORE = timedelta(days=30)
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class UnusableCertificate(ConfigurationError):
    """The certificate cannot be served with; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Two files for the server, what a caller must trust if the world does not, and when it ends."""

    chain: Path
    key: Path
    authority: Path | None
    ends: datetime
    warnings: Sequence[str] = ()


def load_certificate(chain: Path, key: Path, *, host: str, at: datetime) -> ServerCertificate:
    """The certificate in these PEM files. Raises ``UnusableCertificate``: unreadable, not a pair, expired, not valid
    yet.
    """
    found = _first(_read(chain), chain)
    secret = _secret(_read(key), key)
    if secret.public_key() != found.public_key():
        raise UnusableCertificate(f"The key {key} does not belong to the certificate {chain}.")
    if found.not_valid_after_utc <= at:
        raise UnusableCertificate(
            f"The certificate {chain} expired on {found.not_valid_after_utc:%Y-%m-%d}."
        )
    if found.not_valid_before_utc > at:
        raise UnusableCertificate(
            f"The certificate {chain} is valid only from {found.not_valid_before_utc:%Y-%m-%d %H:%M} UTC."
        )
    try:
        # What the server itself will do: it refuses keys that are too small, and chains in a wrong form.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
    except (ssl.SSLError, OSError) as error:
        raise UnusableCertificate(f"The certificate {chain} cannot be served: {error}.") from error
    warnings = []
    if found.not_valid_after_utc - at < timedelta(days=14):
        warnings.append(f"The certificate expires on {found.not_valid_after_utc:%Y-%m-%d}.")
    if not _covers(found, host):
        warnings.append(f"The certificate {chain} is not for {host}, the host of COMMERCE_URL.")
    return ServerCertificate(chain, key, None, found.not_valid_after_utc, warnings)


def copy_certificate(
    certificate: ServerCertificate, folder: Path, name: str, *, host: str, at: datetime
) -> ServerCertificate:
    """A copy in ``folder`` that only a later call changes: what is written over the files meanwhile is not served.

    A worker that starts at any time can serve with it. Raises ``UnusableCertificate`` when the files changed as they
    were read.
    """
    drafts = folder / f".{name}.pem", folder / f".{name}.key"
    try:
        files.make_private_folder(folder)
        for source, draft in zip((certificate.chain, certificate.key), drafts, strict=True):
            _write(draft, source.read_bytes())
        load_certificate(*drafts, host=host, at=at)
        kept = [draft.replace(folder / draft.name[1:]) for draft in drafts]
    except OSError as error:
        raise UnusableCertificate(
            f"The certificate cannot be copied to {folder}: {error}."
        ) from error
    return replace(certificate, chain=kept[0], key=kept[1])


def local_certificate(folder: Path, *, host: str, at: datetime) -> ServerCertificate:
    """Our own certificate for this machine and ``host``; made anew when it is missing, broken or soon to expire."""
    names = tuple(dict.fromkeys((*LOCAL_NAMES, host.lower())))
    chain, key, authority = folder / "server.pem", folder / "server.key", folder / "ca.pem"
    try:
        kept = load_certificate(chain, key, host=host, at=at)
        complete = authority.exists() and all(
            _covers(_first(chain.read_bytes(), chain), name) for name in names
        )
        if complete and kept.ends - at > RENEW_BEFORE:
            return ServerCertificate(chain, key, authority, kept.ends)
    except UnusableCertificate:
        pass
    try:
        return _make(folder, names, at=at)
    except OSError as error:
        raise UnusableCertificate(f"The local certificate cannot be written: {error}.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableCertificate(f"{path} cannot be read: {error.strerror}.") from error


def _first(pem: bytes, path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise UnusableCertificate(f"{path} holds no certificate in PEM form.") from error


def _secret(pem: bytes, path: Path) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise UnusableCertificate(f"The key {path} has a passphrase; give one without.") from error
    except ValueError as error:
        raise UnusableCertificate(f"{path} holds no private key in PEM form.") from error


def _names(found: x509.Certificate) -> list[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value).lower() for name in names]


def _covers(found: x509.Certificate, host: str) -> bool:
    names = _names(found)
    return host.lower() in names or f"*.{host.lower().partition('.')[2]}" in names


def _make(folder: Path, names: Sequence[str], *, at: datetime) -> ServerCertificate:
    files.make_private_folder(folder)
    at = at.replace(microsecond=0)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    title = f"Commerce on this machine, {at:%Y-%m-%d %H:%M:%S}"
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    root = _signed(root_name, root_name, root_key, root_key, _authority_extensions(root_key), at=at)
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = _signed(
        leaf_name, root_name, key, root_key, _server_extensions(names, key, root_key), at=at
    )
    pem = serialization.Encoding.PEM
    _write(
        folder / "server.key",
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    _write(folder / "server.pem", leaf.public_bytes(pem))
    _write(folder / "ca.pem", root.public_bytes(pem))
    return ServerCertificate(
        folder / "server.pem", folder / "server.key", folder / "ca.pem", leaf.not_valid_after_utc
    )


type CertificateExtensions = Sequence[tuple[x509.ExtensionType, bool]]


def _signed(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extensions: CertificateExtensions,
    *,
    at: datetime,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))  # clocks differ
        .not_valid_after(at + timedelta(days=VALID_DAYS))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_extensions(key: ec.EllipticCurvePrivateKey) -> CertificateExtensions:
    return (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(signs_certificates=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )


def _server_extensions(
    names: Sequence[str], key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> CertificateExtensions:
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs_certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_alternative(name) for name in names]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes) -> None:
    """For the owner only, and whole or not at all: a server that starts meanwhile must not read half a key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        files.chown_to_folder_owner(path.parent, descriptor)
        file.write(content)
    draft.replace(path)
