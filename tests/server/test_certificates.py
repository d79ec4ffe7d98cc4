"""The local certificate is one that strict clients accept, and a given one is judged before anything starts."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from commerce.server import certificates
from commerce.server.certificates import (
    ServerCertificate,
    UnusableCertificate,
    load_certificate,
    local_certificate,
)

NOW = datetime.now(UTC)
HOST = "localhost"


@pytest.fixture
def own(tmp_path: Path) -> ServerCertificate:
    return local_certificate(tmp_path / "tls", host=HOST, at=NOW)


def handshake(certificate: ServerCertificate, name: str) -> str:
    """The common name that a strict client sees."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate.chain, certificate.key)
    client = ssl.create_default_context(cafile=certificate.authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with ours, suppress(ssl.SSLError):
            server.wrap_socket(ours, server_side=True).close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=name) as connection:
            found = connection.getpeercert()
    finally:
        theirs.close()
        thread.join(5)
    assert found is not None
    return dict(part[0] for part in found["subject"])["commonName"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_that_trusts_its_authority_accepts_it(
    own: ServerCertificate, name: str
) -> None:
    assert handshake(own, name) == "localhost"


def test_a_client_that_does_not_trust_it_refuses(own: ServerCertificate) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(ServerCertificate(own.chain, own.key, None, own.ends), "localhost")


def test_it_is_for_397_days_and_elliptic_and_its_key_is_its_owner_s_only(
    own: ServerCertificate,
) -> None:
    found = x509.load_pem_x509_certificate(own.chain.read_bytes())
    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    assert getattr(key, "curve").name == "secp256r1"  # noqa: B009 - only this kind of key has one
    assert found.not_valid_after_utc - NOW.replace(microsecond=0) == timedelta(days=397)
    assert own.key.stat().st_mode & 0o777 == 0o600
    assert own.key.parent.stat().st_mode & 0o077 == 0


def test_the_authority_s_key_is_kept_nowhere(own: ServerCertificate) -> None:
    assert own.authority is not None
    authority = x509.load_pem_x509_certificate(own.authority.read_bytes())
    assert {path.name for path in own.key.parent.iterdir()} == {
        "ca.pem",
        "server.key",
        "server.pem",
    }
    kept = serialization.load_pem_private_key(own.key.read_bytes(), None)
    assert kept.public_key() != authority.public_key()


def test_it_is_kept_and_made_anew_only_when_it_must_be(tmp_path: Path) -> None:
    first = local_certificate(tmp_path, host=HOST, at=NOW).chain.read_bytes()
    assert (
        local_certificate(tmp_path, host=HOST, at=NOW + timedelta(days=366)).chain.read_bytes()
        == first
    )
    second = local_certificate(tmp_path, host=HOST, at=NOW + timedelta(days=368)).chain.read_bytes()
    assert second != first
    third = local_certificate(tmp_path, host="billing.test", at=NOW + timedelta(days=368))
    assert third.chain.read_bytes() != second
    assert handshake_names(third) == {"localhost", "127.0.0.1", "::1", "billing.test"}
    (tmp_path / "server.key").write_text("broken")
    assert local_certificate(tmp_path, host=HOST, at=NOW).chain.read_bytes() != third.chain


def handshake_names(certificate: ServerCertificate) -> set[str]:
    return set(certificates._names(x509.load_pem_x509_certificate(certificate.chain.read_bytes())))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tls").touch()
    with pytest.raises(UnusableCertificate, match="cannot be written"):
        local_certificate(tmp_path / "tls", host=HOST, at=NOW)


def test_a_good_pair_is_taken(own: ServerCertificate) -> None:
    found = load_certificate(own.chain, own.key, host="127.0.0.1", at=NOW)
    assert found.warnings == []
    assert found.authority is None


def test_what_cannot_be_served_is_refused_with_the_reason(
    own: ServerCertificate, tmp_path: Path
) -> None:
    other = local_certificate(tmp_path / "other", host=HOST, at=NOW)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        serialization.load_pem_private_key(own.key.read_bytes(), None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("-----BEGIN RUBBISH-----")
    for chain, key, at, reason in (
        (tmp_path / "none.pem", own.key, NOW, "cannot be read: No such file"),
        (own.chain, tmp_path / "none.key", NOW, "cannot be read: No such file"),
        (tmp_path, own.key, NOW, "cannot be read: Is a directory"),
        (rubbish, own.key, NOW, "holds no certificate"),
        (own.key, own.key, NOW, "holds no certificate"),
        (own.chain, rubbish, NOW, "holds no private key"),
        (own.chain, own.chain, NOW, "holds no private key"),
        (own.chain, locked, NOW, "has a passphrase"),
        (own.chain, other.key, NOW, "does not belong to"),
        (own.chain, own.key, NOW + timedelta(days=400), "expired on"),
        (own.chain, own.key, NOW - timedelta(days=2), "valid only from"),
    ):
        with pytest.raises(UnusableCertificate, match=reason):
            load_certificate(chain, key, host=HOST, at=at)


def test_what_will_soon_be_wrong_is_said(own: ServerCertificate) -> None:
    found = load_certificate(own.chain, own.key, host="billing.test", at=NOW + timedelta(days=390))
    assert [text.partition(" ")[0] for text in found.warnings] == ["The", "The"]
    assert "expires on" in found.warnings[0]
    assert "is not for billing.test" in found.warnings[1]
