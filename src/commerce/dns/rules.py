"""States of zones, what a zone as a whole must be, serials, and how two versions differ (dns.md 1 to 3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from commerce.kit.errors import BusinessError

MIN_TTL, DEFAULT_TTL, MAX_TTL = 60, 3_600, 86_400
MAX_FILE_BYTES = 256 * 1024
"""Of a zone file."""
MAX_RECORDS = 500
VERSIONS_KEPT = 20
END_DAYS = 30
"""How long a zone lasts after its domain has left us."""
NOTICE_DAYS = 7
"""How many days before its end its owner gets the zone by mail, at least."""
MAX_ELSEWHERE = 50
"""Zones of names registered elsewhere that a client has at most."""
APEX = "@"


class ZoneStatus(StrEnum):
    """Whether a zone is kept at the server."""

    LIVE = "live"
    ENDED = "ended"


ZONE_MOVES = {ZoneStatus.LIVE: frozenset({ZoneStatus.ENDED})}


class DnssecStatus(StrEnum):
    """Whether a zone is signed. It is ``unsigning`` until its delegation signers are gone from the parent, and nobody
    remembers them any more: without signatures it would be taken for forged.
    """

    UNSIGNED = "unsigned"
    SIGNED = "signed"
    UNSIGNING = "unsigning"


DNSSEC_MOVES = {
    DnssecStatus.UNSIGNED: frozenset({DnssecStatus.SIGNED}),
    DnssecStatus.SIGNED: frozenset({DnssecStatus.UNSIGNING}),
    DnssecStatus.UNSIGNING: frozenset({DnssecStatus.SIGNED, DnssecStatus.UNSIGNED}),
}


class VersionCause(StrEnum):
    """What made a version of a zone."""

    TEMPLATE = "template"
    EDIT = "edit"
    IMPORT = "import"
    RESTORE = "restore"


RECORD_TYPES = tuple("A AAAA CNAME ALIAS MX TXT SRV NS PTR CAA TLSA SSHFP DS HTTPS SVCB".split())
"""Types of records that a member can write (dns.md 2), in the order in which they are offered."""


@dataclass(frozen=True, slots=True, order=True)
class DnsRecord:
    """One record: its name relative to the zone (``@`` for the apex), and its value as zone files say it.

    The value of a TXT record is its plain text.
    """

    name: str
    type: str
    ttl: int
    value: str

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """A record as a version keeps it."""
        return cls(kept["name"], kept["type"], kept["ttl"], kept["value"])

    def kept(self) -> dict[str, str | int]:
        """As a version keeps it."""
        return {"name": self.name, "type": self.type, "ttl": self.ttl, "value": self.value}

    def __str__(self) -> str:
        return f"{self.name} {self.ttl} {self.type} {self.value}"


class RecordError(BusinessError):
    """A record that breaks a rule: the text of each names its line, and the reason."""

    def __init__(self, code: str, /, *, line: int, **values: Any) -> None:
        super().__init__(code, line=line, **values)
        self.line = line


type NumberedRecord = tuple[int, DnsRecord]
"""A record with the line on which it was typed."""


def sort_records(records: Iterable[DnsRecord]) -> list[DnsRecord]:
    """Those of the apex first, its name servers at the top; then by name, from the right, and type."""

    def place(record: DnsRecord) -> tuple[object, ...]:
        labels = [] if record.name == APEX else record.name.split(".")[::-1]
        kind = RECORD_TYPES.index(record.type)
        return (bool(labels), not labels and record.type != "NS", labels, kind, record.value)

    return sorted(records, key=place)


def check_whole_zone(
    records: Sequence[NumberedRecord], *, end: int | None = None
) -> list[RecordError]:
    """What no single record shows: duplicates, a CNAME beside others, a missing name server, TTLs that differ.

    What is missing is told at the line ``end``, or at that after the last one.
    """
    problems: list[RecordError] = []
    if len(records) > MAX_RECORDS:
        line = records[MAX_RECORDS][0]
        return [RecordError("zone.too_many_records", line=line, maximum=MAX_RECORDS)]
    by_name: dict[str, list[NumberedRecord]] = defaultdict(list)
    ttls: dict[tuple[str, str], int] = {}
    seen: set[tuple[str, str, str]] = set()
    for line, record in records:
        by_name[record.name].append((line, record))
        one = (record.name, record.type, record.value)
        if one in seen:
            problems.append(RecordError("zone.record_twice", line=line))
        seen.add(one)
        if ttls.setdefault(one[:2], record.ttl) != record.ttl:
            problems.append(
                RecordError(
                    "zone.ttls_differ",
                    line=line,
                    type=record.type,
                    name=record.name,
                    ttl=ttls[one[:2]],
                )
            )
    for name, those in by_name.items():
        problems += _clashes(name, those)
    if not any(record.type == "NS" for _, record in by_name[APEX]):
        after = records[-1][0] + 1 if records else 1
        problems.append(RecordError("zone.no_nameserver", line=end or after))
    return sorted(problems, key=lambda problem: problem.line)


def _clashes(name: str, those: Sequence[NumberedRecord]) -> Iterable[RecordError]:
    """Records of one name that cannot stand side by side."""
    counts = Counter(record.type for _, record in those)
    for line, record in those:
        if record.type == "CNAME" and name != APEX and len(those) > 1:
            yield RecordError("zone.cname_beside_others", line=line, name=name)
        if record.type == "ALIAS" and (counts["ALIAS"] > 1 or counts["A"] or counts["AAAA"]):
            yield RecordError("zone.alias_beside_addresses", line=line)
        if record.type == "DS" and not counts["NS"]:
            yield RecordError("zone.ds_without_ns", line=line, name=name)


def next_serial(former: int, day: date) -> int:
    """The serial of a new version: the day with two digits behind it, or one more than the former one."""
    return max(former + 1, int(f"{day:%Y%m%d}00"))


def has_reached(serial: int | None, wanted: int) -> bool:
    """Whether a server's serial is the wanted one, or a later one, as serials are compared (RFC 1982)."""
    return serial is not None and (serial - wanted) % 2**32 < 2**31


def host_and_port(address: str) -> tuple[str, int]:
    """``192.0.2.53``, ``192.0.2.53:5353`` or ``[2001:db8::53]:5353`` in its parts; the port of DNS where none is."""
    host, colon, port = address.strip().rpartition(":")
    if colon and (host.startswith("[") or ":" not in host):
        return host.strip("[]"), int(port)
    return address.strip().strip("[]"), 53


@dataclass(frozen=True, slots=True)
class ZoneDifference:
    """What a new version takes away and adds; a changed record is among both."""

    removed: list[DnsRecord]
    added: list[DnsRecord]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


def zone_difference(old: Sequence[DnsRecord], new: Sequence[DnsRecord]) -> ZoneDifference:
    """How two versions differ, in the order of a zone."""
    return ZoneDifference(sort_records(set(old) - set(new)), sort_records(set(new) - set(old)))
