"""Texts that mail servers read, looked through for mistakes: SPF, DKIM and DMARC (RFC 7208, 6376, 7489).

Nothing here refuses a record: it may be meant so.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commerce.dns.rules import DnsRecord

MAX_SPF_LOOKUPS = 10

_SPF_TERM = re.compile(
    r"[+?~-]?(all|a|mx|ptr|include:\S+|exists:\S+|ip[46]:\S+|(a|mx|ptr)[:/]\S+)|redirect=\S+|exp=\S+",
    re.IGNORECASE,
)
_SPF_LOOKUP = re.compile(r"[+?~-]?(a|mx|ptr|include|exists)([:/]|$)|redirect=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RecordWarning:
    """What looks wrong with a record: ``code`` names the text, ``part`` what it is about."""

    code: str
    name: str
    part: str = ""


def mail_warnings(records: Sequence[DnsRecord]) -> list[RecordWarning]:
    """What looks wrong with the SPF, DKIM and DMARC records of a zone, each told once."""
    texts = [record for record in records if record.type == "TXT"]
    found: list[RecordWarning] = []
    for kind, check in (("v=spf1", _spf), ("v=dmarc1", _dmarc)):
        those = [record for record in texts if _is(record, kind)]
        for record in those:
            found += check(record)
        names = [record.name for record in those]
        found += [
            RecordWarning(f"zone.{kind[2:]}_twice", name)
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
    for record in texts:
        if "._domainkey" in f".{record.name}" and "=" in record.value:
            found += _dkim(record)
    return list(dict.fromkeys(found))


def _is(record: DnsRecord, kind: str) -> bool:
    return record.value.lower().split(";")[0].strip().split(" ")[0] == kind


def _spf(record: DnsRecord) -> Iterator[RecordWarning]:
    terms = record.value.split()[1:]
    for term in terms:
        if not _SPF_TERM.fullmatch(term):
            yield RecordWarning("zone.spf_term_unknown", record.name, term)
    if sum(bool(_SPF_LOOKUP.match(term)) for term in terms) > MAX_SPF_LOOKUPS:
        yield RecordWarning("zone.spf_too_many_lookups", record.name)
    if any(term.lower() in ("all", "+all") for term in terms):
        yield RecordWarning("zone.spf_allows_all", record.name)
    ends = [term.lower().lstrip("+?~-") == "all" for term in terms]
    if not any(ends) and not any(term.lower().startswith("redirect=") for term in terms):
        yield RecordWarning("zone.spf_without_all", record.name)
    elif any(ends) and not ends[-1]:
        yield RecordWarning("zone.spf_after_all", record.name)


def _tags(record: DnsRecord) -> dict[str, str]:
    parts = (part.partition("=") for part in record.value.split(";") if part.strip())
    return {name.strip().lower(): value.strip() for name, _, value in parts}


def _dmarc(record: DnsRecord) -> Iterator[RecordWarning]:
    tags = _tags(record)
    if record.name.split(".")[0] != "_dmarc":
        yield RecordWarning("zone.dmarc_wrong_name", record.name)
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        yield RecordWarning("zone.dmarc_policy_missing", record.name)
    for tag in ("rua", "ruf"):
        addresses = [part.strip() for part in tags.get(tag, "").split(",") if part.strip()]
        if not all(address.lower().startswith("mailto:") for address in addresses):
            yield RecordWarning("zone.dmarc_address_not_valid", record.name, tag)


def _dkim(record: DnsRecord) -> Iterator[RecordWarning]:
    tags = _tags(record)
    if "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        yield RecordWarning("zone.dkim_incomplete", record.name)
        return
    try:
        base64.b64decode("".join(tags["p"].split()), validate=True)
    except binascii.Error:
        yield RecordWarning("zone.dkim_key_not_valid", record.name)
