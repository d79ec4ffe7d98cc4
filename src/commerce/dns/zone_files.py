"""Zone files as BIND reads them (RFC 1035 5): the records of one, and the file of a zone's records."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import dns.exception
import dns.tokenizer
import dns.ttl

from commerce.dns.record_types import (
    MAX_TYPED_NAME,
    TypedRecord,
    absolute_name,
    zone_file_value,
)
from commerce.dns.rules import APEX, DEFAULT_TTL, MAX_RECORDS, DnsRecord, RecordError

MAX_PROBLEMS = 100
"""Problems after which no more of a file is read."""
MADE_BY_SERVERS = frozenset("RRSIG NSEC NSEC3 NSEC3PARAM DNSKEY CDS CDNSKEY TYPE65534".split())
"""What a signed zone has besides its records: the server makes its own."""

_HOST_PLACES = {"CNAME": 0, "ALIAS": 0, "NS": 0, "PTR": 0, "MX": 1, "SRV": 3, "HTTPS": 1, "SVCB": 1}
"""Where a value has a host, which is relative to the file's origin unless it ends with a dot."""


_TTL = re.compile(r"[0-9]{1,9}|([0-9]{1,9}[smhdw]){1,5}", re.IGNORECASE | re.ASCII)
"""Seconds, or numbers with their units. What it says is read in one go, however long the word is."""


@dataclass(slots=True)
class ZoneFile:
    """What a zone file holds: records as typed, the values of its SOA record, and the types that were left out."""

    records: list[TypedRecord] = field(default_factory=list)
    soa: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    problems: list[RecordError] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """One line of a zone file, which parentheses may carry over several."""

    line: int
    has_owner: bool
    words: list[str]


def read_zone_file(zone: str, text: str) -> ZoneFile:
    """The records of a zone file, each with its line; what cannot be read is among its problems.

    Hosts become absolute. ``$ORIGIN`` and ``$TTL`` are followed, other directives refused.
    """
    found = ZoneFile()
    origin, default_ttl, owner, last_ttl = f"{zone}.", "", "", ""
    for entry in _entries(text, found.problems):
        if len(found.records) > MAX_RECORDS or len(found.problems) >= MAX_PROBLEMS:
            break
        words = entry.words
        if words[0].startswith("$"):
            if len(words) < 2 or words[0].upper() not in ("$ORIGIN", "$TTL"):
                problem = RecordError("zone.directive_unknown", line=entry.line, name=words[0])
                found.problems.append(problem)
            elif words[0].upper() == "$ORIGIN":
                origin = _absolute(words[1], origin)
                if len(origin) > MAX_TYPED_NAME:
                    found.problems.append(RecordError("zone.line_unreadable", line=entry.line))
                    break
            else:
                default_ttl = _seconds(words[1]) or ""
            continue
        if entry.has_owner:
            owner, words = _absolute(words[0], origin), words[1:]
        ttl, words = _ttl_of(words)
        last_ttl = ttl or default_ttl or last_ttl
        if not words or not owner:
            found.problems.append(RecordError("zone.line_unreadable", line=entry.line))
            continue
        _add(found, entry.line, owner, last_ttl or str(DEFAULT_TTL), words, origin)
    return found


def _entries(text: str, problems: list[RecordError]) -> Iterator[_Entry]:
    """The lines that say something; the rest of one that cannot be read ends the file."""
    tokenizer, line = dns.tokenizer.Tokenizer(text), 1
    try:
        while True:
            token = tokenizer.get(want_leading=True)
            if token.is_eof():
                return
            line, has_owner = tokenizer.where()[1], not token.is_whitespace()
            words: list[str] = []
            while not token.is_eol_or_eof():
                if token.is_quoted_string() and words and words[-1].endswith("="):
                    words[-1] += f'"{token.value}"'  # a parameter such as alpn="h2,h3"
                elif token.is_quoted_string():
                    words.append(f'"{token.value}"')
                elif not token.is_whitespace():
                    words.append(token.value)
                token = tokenizer.get()
            if words:
                yield _Entry(line, has_owner, words)
            if token.is_eof():
                return
    except dns.exception.DNSException:
        problems.append(RecordError("zone.line_unreadable", line=line))


def _ttl_of(words: list[str]) -> tuple[str, list[str]]:
    """The TTL before a type, and the rest without it and without the class."""
    ttl, count = "", 0
    for word in words:
        if word.upper() != "IN":
            seconds = "" if ttl else _seconds(word)
            if not seconds:
                break
            ttl = seconds
        count += 1
    return ttl, words[count:]


def _seconds(word: str) -> str:
    if not _TTL.fullmatch(word):
        return ""
    try:
        return str(dns.ttl.from_text(word))
    except dns.exception.DNSException:
        return ""


def _absolute(name: str, origin: str) -> str:
    if name == APEX:
        return origin
    return name if name.endswith(".") else f"{name}.{origin}"


def _add(
    found: ZoneFile, line: int, owner: str, ttl: str, words: Sequence[str], origin: str
) -> None:
    kind, values = words[0].upper(), list(words[1:])
    if kind in MADE_BY_SERVERS:
        found.left_out.add(kind)
        return
    if kind == "SOA":
        hosts = [_absolute(value, origin) for value in values[:2]]
        found.soa = [*hosts, *values[2:]]
        return
    place = _HOST_PLACES.get(kind)
    if place is not None and place < len(values):
        values[place] = _absolute(values[place], origin)
    if kind == "TXT":
        values = [value if value.startswith('"') else f'"{value}"' for value in values]
    found.records.append(TypedRecord(line, owner, kind, ttl, " ".join(values)))


def write_zone_file(zone: str, records: Sequence[DnsRecord], *, soa: str = "") -> str:
    """A zone file that any name server reads; ``soa`` is the value of its SOA record."""
    lines = [f"$ORIGIN {zone}.", f"$TTL {DEFAULT_TTL}"]
    if soa:
        lines.append(f"@\t{DEFAULT_TTL}\tIN\tSOA\t{soa}")
    lines += [
        f"{each.name}\t{each.ttl}\tIN\t{each.type}\t{zone_file_value(each)}" for each in records
    ]
    return "\n".join(lines) + "\n"


def records_text(zone: str, records: Sequence[DnsRecord]) -> list[str]:
    """One line for each record, with its whole name: what a comparison or a preview shows."""
    return [
        f"{absolute_name(zone, each.name)} {each.ttl} {each.type} {zone_file_value(each)}"
        for each in records
    ]
