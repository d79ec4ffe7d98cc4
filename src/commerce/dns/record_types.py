"""One record as people type it, checked as its RFC says, and as zone files and servers have it (dns.md 2)."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.ANY.TXT import TXT

from commerce.dns import alias_type
from commerce.dns.rules import (
    APEX,
    DEFAULT_TTL,
    MAX_RECORDS,
    MAX_TTL,
    MIN_TTL,
    RECORD_TYPES,
    DnsRecord,
    NumberedRecord,
    RecordError,
    check_whole_zone,
    sort_records,
)
from commerce.presentation.idn import ascii_name

MAX_TEXT = 4_000
MAX_NAME = 253
MAX_TYPED_NAME = 255
"""Letters of a name that is looked at: turning a long one into ASCII takes ever longer."""

MAX_EDITED_VALUES = 2 * MAX_RECORDS
"""Of all edits of a zone that are made together: as many as put a full zone in the place of another."""

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")

alias_type.register()


@dataclass(frozen=True, slots=True)
class TypedRecord:
    """A record as it was typed, and where."""

    line: int
    name: str
    type: str
    ttl: str
    value: str


@dataclass(frozen=True, slots=True)
class CheckedRecords:
    """What was typed as a zone has it, and why it cannot be one; without problems it can."""

    records: list[DnsRecord]
    problems: list[RecordError]


def check_records(zone: str, typed: Iterable[TypedRecord], *, takes_alias: bool) -> CheckedRecords:
    """All records of a zone, each by itself and then together; every problem is told, in the order of the lines."""
    found: list[NumberedRecord] = []
    problems: list[RecordError] = []
    for each in typed:
        try:
            found.append((each.line, read_record(zone, each, takes_alias=takes_alias)))
        except RecordError as problem:
            problems.append(problem)
    whole = check_whole_zone(found)
    if problems:  # a name server that could not be read is not missing
        whole = [problem for problem in whole if problem.code != "zone.no_nameserver"]
    problems = sorted([*problems, *whole], key=lambda problem: problem.line)
    return CheckedRecords(sort_records(record for _, record in found), problems)


@dataclass(frozen=True, slots=True)
class RecordSetEdit:
    """What becomes of the records of one name and type: ``values`` are added (``add``), put in the place of all
    (``replace``) or taken away (``remove``; without any, all are). An empty ``ttl`` is that of those there are.
    """

    line: int
    op: str
    name: str
    type: str
    ttl: str
    values: Sequence[str]


type _RecordSets = dict[tuple[str, str], list[DnsRecord]]
"""Records by name and type."""


def edit_records(
    zone: str, records: Iterable[DnsRecord], edits: Sequence[RecordSetEdit], *, takes_alias: bool
) -> CheckedRecords:
    """The records of a zone after all edits, in their order; each problem has the line of the edit that makes it."""
    sets: _RecordSets = {}
    for one in records:
        sets.setdefault((one.name, one.type), []).append(one)
    problems, lines, values = list[RecordError](), dict[str, int](), 0
    for each in edits:
        values += len(each.values)
        if values > MAX_EDITED_VALUES:
            problem = RecordError("zone.too_many_records", line=each.line, maximum=MAX_RECORDS)
            return CheckedRecords([], [*problems, problem])
        try:
            lines[_edit(zone, sets, each, takes_alias=takes_alias)] = each.line
        except RecordError as problem:
            problems.append(problem)
    found, last = [one for those in sets.values() for one in those], len(edits)
    numbered = [(lines.get(one.name, last), one) for one in found]
    whole = check_whole_zone(numbered, end=lines.get(APEX, last))
    problems = sorted([*problems, *whole], key=lambda problem: problem.line)
    return CheckedRecords(sort_records(found), problems)


def _edit(zone: str, sets: _RecordSets, edit: RecordSetEdit, *, takes_alias: bool) -> str:
    """Do one edit; the name that it was about."""
    line, kind, name = edit.line, edit.type.strip().upper(), _owner(zone, edit.name, edit.line)
    there = sets.get((name, kind), [])
    ttl = edit.ttl or (str(there[0].ttl) if there else "")
    given = [
        read_record(zone, TypedRecord(line, edit.name, kind, ttl, value), takes_alias=takes_alias)
        for value in edit.values
    ]
    if edit.op == "remove":
        gone = {one.value for one in given or there}
        if not gone or gone - {one.value for one in there}:
            raise RecordError("zone.record_unknown", line=line, type=kind, name=name)
        left = [one for one in there if one.value not in gone]
    elif given:
        left = [*(there if edit.op == "add" else []), *given]
    else:
        raise RecordError("zone.no_value", line=line)
    sets[name, kind] = left
    return name


def read_record(zone: str, typed: TypedRecord, *, takes_alias: bool) -> DnsRecord:
    """One record in its one form. Raises ``RecordError`` with the line and the reason."""
    line, kind = typed.line, typed.type.strip().upper()
    if kind not in RECORD_TYPES:
        raise RecordError("zone.type_unknown", line=line, type=kind or "?")
    name = _owner(zone, typed.name, line)
    if name == APEX and kind == "CNAME":
        raise RecordError("zone.cname_at_apex", line=line)
    if name == APEX and kind == "DS":
        raise RecordError("zone.ds_at_apex", line=line)
    if kind == "ALIAS" and not takes_alias:
        raise RecordError("zone.alias_not_supported", line=line)
    if kind == "ALIAS" and name != APEX:
        raise RecordError("zone.alias_below_apex", line=line)
    return DnsRecord(name, kind, _ttl(typed.ttl, line), _value(zone, kind, typed.value, line))


def _ttl(typed: str, line: int) -> int:
    text = typed.strip()
    if not text:
        return DEFAULT_TTL
    if not re.fullmatch(r"[0-9]{1,9}", text) or not MIN_TTL <= int(text) <= MAX_TTL:
        raise RecordError("zone.ttl_not_valid", line=line, least=MIN_TTL, most=MAX_TTL)
    return int(text)


def _owner(zone: str, typed: str, line: int) -> str:
    """A name relative to the zone; one that was typed whole loses the zone."""
    text = typed.strip().lower()
    if len(text) > MAX_TYPED_NAME:
        raise RecordError("zone.name_not_valid", line=line, name=_short(text))
    is_absolute = text.endswith(".")
    name = ".".join(ascii_name(label) for label in text.removesuffix(".").split("."))
    if name == zone or (name in ("", APEX) and not is_absolute):
        return APEX
    if name.endswith(f".{zone}"):
        name = name.removesuffix(f".{zone}")
    elif is_absolute:
        raise RecordError("zone.name_outside", line=line, name=typed.strip(), zone=zone)
    labels = name.removeprefix("*.").split(".") if name != "*" else []
    if len(f"{name}.{zone}") > MAX_NAME or not all(_LABEL.match(label) for label in labels):
        raise RecordError("zone.name_not_valid", line=line, name=typed.strip())
    return name


def _host(
    zone: str, typed: str, line: int, *, may_be_root: bool = False, plain: bool = True
) -> str:
    """A host as zone files say it, with its final dot; one label alone is a name of the zone.

    ``plain`` hosts have no underscores: mail and name servers.
    """
    text = typed.strip().lower()
    if text == "." and may_be_root:
        return text
    if len(text) > MAX_TYPED_NAME:
        raise RecordError("zone.host_not_valid", line=line, host=_short(text))
    name = ".".join(ascii_name(label) for label in text.removesuffix(".").split("."))
    if name == APEX:
        return f"{zone}."
    if "." not in name and not text.endswith("."):
        name = f"{name}.{zone}"
    labels = name.split(".")
    form = _HOST_LABEL if plain else _LABEL
    wrong = len(name) > MAX_NAME or not all(form.match(label) for label in labels)
    if wrong or labels[-1].isdecimal():  # an address: no TLD is a number
        raise RecordError("zone.host_not_valid", line=line, host=typed.strip())
    return f"{name}."


def _short(name: str) -> str:
    """The beginning of a name that is too long to be said."""
    return f"{name[:60]}…"


def _value(zone: str, kind: str, typed: str, line: int) -> str:
    text = typed.strip()
    if not text:
        raise RecordError("zone.no_value", line=line)
    if read := _READERS.get(kind):
        return read(zone, text, line)
    if kind in ("HTTPS", "SVCB"):
        return _service_binding(zone, kind, text, line)
    return _as_rfc_says(kind, text, line)


def _ipv4(_zone: str, text: str, line: int) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as error:
        raise RecordError("zone.a_not_valid", line=line, value=text) from error


def _ipv6(_zone: str, text: str, line: int) -> str:
    """One that is no IPv4 address in disguise, and none of a network card (``fe80::1%eth0``)."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError as error:
        raise RecordError("zone.aaaa_not_valid", line=line, value=text) from error
    if address.scope_id is not None or address.ipv4_mapped is not None:
        raise RecordError("zone.aaaa_not_valid", line=line, value=text)
    return str(address)


def _any_host(zone: str, text: str, line: int) -> str:
    return _host(zone, text, line, plain=False)


def _mail_server(zone: str, text: str, line: int) -> str:
    """``10 mail.example.com``; ``0 .`` says that there is none."""
    found = _numbers_and_host(text, 1)
    if found is None:
        raise RecordError("zone.mx_not_valid", line=line)
    return f"{found[0]} {_host(zone, found[1], line, may_be_root=True)}"


def _service(zone: str, text: str, line: int) -> str:
    """``10 5 5060 sip.example.com``."""
    found = _numbers_and_host(text, 3)
    if found is None:
        raise RecordError("zone.srv_not_valid", line=line)
    return f"{found[0]} {_host(zone, found[1], line, may_be_root=True, plain=False)}"


def _numbers_and_host(text: str, count: int) -> tuple[str, str] | None:
    *numbers, host = text.split()
    if len(numbers) != count:
        return None
    if not all(re.fullmatch(r"[0-9]{1,5}", each) and int(each) < 2**16 for each in numbers):
        return None
    return " ".join(str(int(each)) for each in numbers), host


def _plain_text(_zone: str, text: str, line: int) -> str:
    """Any text; one that is written as zone files do, in quotes, is what it says."""
    if text.startswith('"'):
        try:
            text = _unquoted(text)
        except (dns.exception.DNSException, UnicodeDecodeError) as error:
            raise RecordError("zone.quotes_not_closed", line=line) from error
    if not text or len(text.encode()) > MAX_TEXT:
        raise RecordError("zone.text_too_long", line=line, maximum=MAX_TEXT)
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise RecordError("zone.text_not_printable", line=line)
    return text


def _unquoted(text: str) -> str:
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, text)
    assert isinstance(rdata, TXT)
    return b"".join(rdata.strings).decode()


def _service_binding(zone: str, kind: str, text: str, line: int) -> str:
    """Priority, host (``.``: the name itself) and parameters."""
    priority, _, rest = text.partition(" ")
    host, _, params = rest.strip().partition(" ")
    target = _host(zone, host or "?", line, may_be_root=True, plain=False)
    value = _as_rfc_says(kind, f"{priority} {target} {params}".strip(), line)
    return re.sub(r'="([^"\\\s;()]+)"', r"=\1", value)  # servers take no quotes that are not needed


def _as_rfc_says(kind: str, text: str, line: int) -> str:
    """Values of the form that dnspython knows, in its one form."""
    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, text, dns.name.root, relativize=False)
        value: str = rdata.to_text()
    except (dns.exception.DNSException, ValueError, LookupError, OSError) as error:
        raise RecordError(
            "zone.value_not_valid", line=line, type=kind, example=EXAMPLES[kind]
        ) from error
    if isinstance(rdata, CAA) and rdata.tag not in (b"issue", b"issuewild", b"issuemail", b"iodef"):
        raise RecordError("zone.caa_tag_unknown", line=line)
    if numbers := _HEX_KINDS.get(kind):  # dnspython shows long ones in groups
        words = value.split()
        value = " ".join([*words[:numbers], "".join(words[numbers:])])
    return value


_HEX_KINDS = {"DS": 3, "TLSA": 3, "SSHFP": 2}
"""How many numbers stand before the hexadecimal digits, which have no blanks between them here."""

_READERS: Mapping[str, Callable[[str, str, int], str]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CNAME": _any_host,
    "ALIAS": _any_host,
    "PTR": _any_host,
    "NS": _host,
    "MX": _mail_server,
    "SRV": _service,
    "TXT": _plain_text,
}
"""Values whose form we say ourselves."""

EXAMPLES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CNAME": "www.example.com",
    "ALIAS": "app.example.net",
    "MX": "10 mail.example.com",
    "TXT": "v=spf1 mx -all",
    "SRV": "10 5 5060 sip.example.com",
    "NS": "ns1.example.com",
    "PTR": "host.example.com",
    "CAA": '0 issue "letsencrypt.org"',
    "TLSA": "3 1 1 0123…",
    "SSHFP": "4 2 0123…",
    "DS": "12345 13 2 0123…",
    "HTTPS": "1 . alpn=h2",
    "SVCB": "1 svc.example.com port=8443",
}
"""A value of each type as it is typed."""


def typed_value(record: DnsRecord) -> str:
    """The value as it can be typed again: a text that begins with a quote would be taken for a quoted one."""
    is_quoted = record.type == "TXT" and record.value.startswith('"')
    return zone_file_value(record) if is_quoted else record.value


def zone_file_value(record: DnsRecord) -> str:
    """The value as zone files and servers have it: a text in quoted strings of 255 octets at most."""
    if record.type != "TXT":
        return record.value
    octets = record.value.encode()
    return " ".join(
        f'"{_escaped(octets[start : start + 255])}"' for start in range(0, len(octets), 255)
    )


def _escaped(octets: bytes) -> str:
    return "".join(
        f"\\{chr(octet)}"
        if octet in b'"\\'
        else chr(octet)
        if 0x20 <= octet < 0x7F
        else f"\\{octet:03}"
        for octet in octets
    )


def absolute_name(zone: str, name: str) -> str:
    """A record's whole name, with its final dot."""
    return f"{zone}." if name == APEX else f"{name}.{zone}."


def same_form(kind: str, value: str) -> str:
    """A value of a zone file in one form, so that two that mean the same are equal."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, value, dns.name.root, relativize=False)
    text: str = rdata.to_text()
    return text.lower() if kind not in ("TXT", "CAA") else text
