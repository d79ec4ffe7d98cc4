"""Keys and signatures of the demo's zones, as a real server makes them (RFC 4033 to 4035, RFC 6605)."""

from datetime import datetime, timedelta

import dns.dnssec
import dns.name
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from dns.dnssectypes import Algorithm, DSDigest
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.dnskeybase import Flag

from commerce.domains.registrars.contract import DsRecord

SIGNATURE_LASTS = timedelta(days=14)


def new_key() -> bytes:
    """A key that signs everything, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ds_record(zone: str, pem: bytes) -> DsRecord:
    """The delegation signer of a key."""
    found = dns.dnssec.make_ds(dns.name.from_text(zone), _pair(pem)[1], DSDigest.SHA256)
    return DsRecord(
        key_tag=found.key_tag,
        algorithm=found.algorithm,
        digest_type=found.digest_type,
        digest=found.digest.hex().upper(),
    )


def signed_zone_file(text: str, pem: bytes, at: datetime) -> str:
    """The zone with its key, signatures and the proofs of what it does not have (NSEC)."""
    zone = dns.zone.from_text(text, relativize=False)
    dns.dnssec.sign_zone(
        zone, keys=[_pair(pem)], inception=at, lifetime=int(SIGNATURE_LASTS.total_seconds())
    )
    signed: str = zone.to_text(sorted=True, want_origin=True)
    return signed


def _pair(pem: bytes) -> tuple[ec.EllipticCurvePrivateKey, DNSKEY]:
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    flags = Flag.ZONE | Flag.SEP
    return key, dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags)
