"""Whether an answer has the keys that delegation signers vouch for: without them a signed name is found no more."""

from collections.abc import Collection

import dns.dnssec
import dns.message
import dns.name
import dns.rdatatype
from dns.dnssectypes import DSDigest

from commerce.domains.registrars.contract import DsRecord


def has_keys(answer: dns.message.Message, name: str, ds_records: Collection[DsRecord]) -> bool:
    """Whether it has a key for each of them."""
    full = dns.name.from_text(name)
    keys = [
        key
        for rrset in answer.answer
        if rrset.rdtype == dns.rdatatype.DNSKEY and rrset.name == full
        for key in rrset
    ]
    digests = {
        dns.dnssec.make_ds(full, key, DSDigest(each.digest_type)).digest.hex().upper()
        for key in keys
        for each in ds_records
    }
    return all(each.digest in digests for each in ds_records)
