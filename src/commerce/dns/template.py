"""What a new zone holds: a zone file of staff's with placeholders, filled for one name (dns.md 1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commerce.dns.rules import DnsRecord
from commerce.kit.errors import BusinessError

PLACEHOLDERS = ("domain", "ns1", "nameserver", "server", "ipv4", "ipv6")
"""``nameserver`` is each of ours: a line that names it comes once for each."""

SOA_TIMES = "10800 3600 604800 3600"
"""Refresh, retry, expire and the time for which "no such name" is remembered, unless the template says others."""

type TemplateValues = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """The records of a new zone, and the values of its SOA record but for the serial."""

    soa: str
    records: list[DnsRecord]


def fill_template(
    text: str, zone: str, values: TemplateValues, *, takes_alias: bool
) -> FilledTemplate:
    """The template for one name. Raises ``BusinessError`` with what is wrong with it."""
    from commerce.dns.record_types import check_records
    from commerce.dns.zone_files import read_zone_file

    found = read_zone_file(zone, _replace(text, {**values, "domain": [zone]}))
    checked = check_records(zone, found.records, takes_alias=takes_alias)
    if problems := [*found.problems, *checked.problems]:
        raise BusinessError("dns.template_not_valid", problem=problems[0])
    return FilledTemplate(_soa(zone, found.soa, values), checked.records)


def validate_template(text: str) -> None:
    """Raises ``BusinessError`` for a template that would not fit a name with all it can have, or with the least."""
    hosts = {"ns1": ["ns1.example.net"], "nameserver": ["ns1.example.net", "ns2.example.net"]}
    server = {"server": ["web.example.net"], "ipv4": ["192.0.2.1"], "ipv6": ["2001:db8::1"]}
    for values in (hosts, {**hosts, **server}):
        fill_template(text, "example.com", values, takes_alias=True)


def _replace(text: str, values: TemplateValues) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        names = re.findall(r"\{([^}]*)\}", line)
        for name in names:
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                raise BusinessError("dns.placeholder_unknown", name=f"{{{name}}}", known=known)
        lines += _filled(line, list(dict.fromkeys(names)), values)
    return "\n".join(lines) + "\n"


def _filled(line: str, names: Sequence[str], values: TemplateValues) -> list[str]:
    lines = [line]
    for name in names:
        lines = [
            each.replace(f"{{{name}}}", value) for each in lines for value in values.get(name, ())
        ]
    return lines


def _soa(zone: str, found: Sequence[str], values: TemplateValues) -> str:
    """Server, mailbox and times; the serial in the template says nothing."""
    if not found:
        return f"{values['ns1'][0]}. hostmaster.{zone}. {SOA_TIMES}"
    times = found[3:]
    if len(times) != 4 or not all(re.fullmatch("[0-9]{1,9}", each) for each in times):
        raise BusinessError("dns.soa_not_valid")
    return " ".join([*found[:2], *times])
