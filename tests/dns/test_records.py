"""Each type of record as it is typed, what is refused with which reason, and a zone as a whole (dns.md 2)."""

import time

import pytest

from commerce.dns.mail_policies import mail_warnings
from commerce.dns.record_types import (
    TypedRecord,
    check_records,
    read_record,
    typed_value,
    zone_file_value,
)
from commerce.dns.rules import (
    DnsRecord,
    RecordError,
    has_reached,
    host_and_port,
    next_serial,
    zone_difference,
)
from tests import make

ZONE = "example.com"


def read(name: str, kind: str, value: str, ttl: str = "") -> DnsRecord:
    return read_record(ZONE, TypedRecord(7, name, kind, ttl, value), takes_alias=True)


@pytest.mark.parametrize(
    ("name", "kind", "value", "expected"),
    [
        ("", "a", "192.0.2.1", "@ 3600 A 192.0.2.1"),
        ("example.com.", "AAAA", "2001:DB8:0:0::1", "@ 3600 AAAA 2001:db8::1"),
        ("www.example.com", "CNAME", "@", "www 3600 CNAME example.com."),
        ("WWW", "CNAME", "other", "www 3600 CNAME other.example.com."),
        (
            "s1._domainkey",
            "CNAME",
            "s1._domainkey.mail.net",
            "s1._domainkey 3600 CNAME s1._domainkey.mail.net.",
        ),
        ("*.shop", "A", "192.0.2.1", "*.shop 3600 A 192.0.2.1"),
        ("*", "A", "192.0.2.1", "* 3600 A 192.0.2.1"),
        ("bücher", "A", "192.0.2.1", "xn--bcher-kva 3600 A 192.0.2.1"),
        ("@", "ALIAS", "app.example.net", "@ 3600 ALIAS app.example.net."),
        ("@", "MX", "010 mail", "@ 3600 MX 10 mail.example.com."),
        ("@", "MX", "0 .", "@ 3600 MX 0 ."),
        (
            "_sip._tcp",
            "SRV",
            "1 2 5060 SIP.Example.net.",
            "_sip._tcp 3600 SRV 1 2 5060 sip.example.net.",
        ),
        ("@", "TXT", "v=spf1 -all", "@ 3600 TXT v=spf1 -all"),
        ("@", "TXT", '"one " "two"', "@ 3600 TXT one two"),
        ("@", "CAA", "0 issue letsencrypt.org", '@ 3600 CAA 0 issue "letsencrypt.org"'),
        ("@", "HTTPS", '1 . alpn="h2,h3"', "@ 3600 HTTPS 1 . alpn=h2,h3"),
        ("@", "SVCB", "0 bücher.example", "@ 3600 SVCB 0 xn--bcher-kva.example."),
        ("a", "DS", f"1 13 2 {'AB' * 32}", f"a 3600 DS 1 13 2 {'ab' * 32}"),
        ("a", "DS", f"1 13 4 {'AB' * 24} {'CD' * 24}", f"a 3600 DS 1 13 4 {'ab' * 24}{'cd' * 24}"),
        ("a", "TLSA", f"3 0 0 {'ab' * 300}", f"a 3600 TLSA 3 0 0 {'ab' * 300}"),
        ("a", "SSHFP", f"4 2 {'ab ' * 32}", f"a 3600 SSHFP 4 2 {'ab' * 32}"),
    ],
)
def test_a_record_has_one_form(name: str, kind: str, value: str, expected: str) -> None:
    record = read(name, kind, value)
    assert str(record) == expected
    assert read(record.name, record.type, typed_value(record), str(record.ttl)) == record


@pytest.mark.parametrize(
    ("name", "kind", "value", "reason"),
    [
        ("@", "A", "192.0.2.256", "192.0.2.256 isn't an IPv4 address"),
        ("@", "A", "2001:db8::1", "isn't an IPv4 address"),
        ("@", "AAAA", "192.0.2.1", "isn't an IPv6 address"),
        ("@", "AAAA", "fe80::1%eth0", "isn't an IPv6 address"),
        ("@", "AAAA", "fe80::1%\n@", "fe80"),
        ("@", "AAAA", "::ffff:192.0.2.1", "isn't an IPv6 address"),
        ("@", "CNAME", "a.net", "can't have a CNAME"),
        ("www", "ALIAS", "a.net", "only work for the domain itself"),
        ("www", "CNAME", "192.0.2.1", "192.0.2.1 isn't a host name"),
        ("@", "MX", "mail.example.com", "enter a priority and a host"),
        ("@", "MX", "70000 mail", "enter a priority and a host"),
        ("@", "MX", "10 my_mail", "my_mail isn't a host name"),
        ("@", "SRV", "1 2 sip", "enter priority, weight, port"),
        ("@", "NS", "-x.net", "isn't a host name"),
        ("@", "TXT", "", "enter a value"),
        ("@", "TXT", '"open', "quotation mark"),
        ("@", "TXT", "x" * 4001, "1 to 4000 bytes"),
        ("@", "TXT", "a\x07b", "control characters"),
        ("@", "CAA", '0 buy "x"', "needs? the tag"),
        ("@", "CAA", "nonsense", "isn't a valid value for CAA"),
        ("@", "DS", f"1 13 2 {'ab' * 32}", "belong to subdomains"),
        ("a", "DS", "1 13 2 ab", "isn't a valid value for DS"),
        ("a", "TLSA", "3 1 1 abcd", "isn't a valid value for TLSA"),
        ("a", "SSHFP", "4 2 abcd", "isn't a valid value for SSHFP"),
        ("a", "HTTPS", "one . alpn=h2", "isn't a valid value for HTTPS"),
        ("a", "WKS", "1", "WKS isn't a supported record type"),
        ("a.example.org.", "A", "192.0.2.1", "isn't part of example.com"),
        ("a b", "A", "192.0.2.1", "a b isn't a valid name"),
        ("a.*", "A", "192.0.2.1", "isn't a valid name"),
        ("a..b", "A", "192.0.2.1", "isn't a valid name"),
        ("x" * 64, "A", "192.0.2.1", "isn't a valid name"),
        (".".join(["x" * 60] * 4), "A", "192.0.2.1", "isn't a valid name"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_line_and_the_reason(
    name: str, kind: str, value: str, reason: str
) -> None:
    with pytest.raises(RecordError, match=f"^Line 7: .*{reason}"):
        read(name, kind, value)


def test_a_name_of_any_length_is_judged_at_once() -> None:
    long = ".".join(["ü" * 1_000] * 250)
    began = time.thread_time()
    for name, kind, value in (
        (long, "A", "192.0.2.1"),
        ("a", "CNAME", long),
        ("a", "MX", f"1 {long}"),
    ):
        with pytest.raises(RecordError, match=r"(name|host)"):
            read(name, kind, value)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("ttl", ["59", "86401", "1h", "-5", "६०"])
def test_a_ttl_lies_between_a_minute_and_a_day(ttl: str) -> None:
    with pytest.raises(RecordError, match="from 60 to 86400"):
        read("@", "A", "192.0.2.1", ttl)
    assert [read("@", "A", "192.0.2.1", each).ttl for each in ("60", "86400", " ")] == [
        60,
        86400,
        3600,
    ]


def test_alias_needs_a_server_that_has_it() -> None:
    typed = TypedRecord(1, "@", "ALIAS", "", "a.net")
    with pytest.raises(RecordError, match="aren't supported"):
        read_record(ZONE, typed, takes_alias=False)


def test_a_long_text_is_split_into_strings_of_255_octets() -> None:
    record = read("@", "TXT", "é" * 200)
    first, second = zone_file_value(record).split(" ")
    assert (first.count("\\"), second.count("\\")) == (255, 145)


def problems(*rows: tuple[str, str, str, str]) -> list[tuple[int, str]]:
    typed = [TypedRecord(n, *row) for n, row in enumerate(rows, start=1)]
    return [
        (problem.line, problem.code)
        for problem in check_records(ZONE, typed, takes_alias=True).problems
    ]


NS = ("@", "NS", "", "ns1.example.net")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([NS], []),
        ([], [(1, "zone.no_nameserver")]),
        ([("a", "A", "", "192.0.2.1")], [(2, "zone.no_nameserver")]),
        ([NS, NS], [(2, "zone.record_twice")]),
        ([NS, ("@", "NS", "300", "ns2.example.net")], [(2, "zone.ttls_differ")]),
        (
            [NS, ("a", "CNAME", "", "b"), ("a", "TXT", "", "x")],
            [(2, "zone.cname_beside_others")],
        ),
        (
            [NS, ("a", "CNAME", "", "b"), ("a", "CNAME", "", "c")],
            [(2, "zone.cname_beside_others"), (3, "zone.cname_beside_others")],
        ),
        (
            [NS, ("@", "ALIAS", "", "a.net"), ("@", "AAAA", "", "::1")],
            [(2, "zone.alias_beside_addresses")],
        ),
        ([NS, ("a", "DS", "", f"1 13 2 {'ab' * 32}")], [(2, "zone.ds_without_ns")]),
        (
            [NS, ("a", "A", "", "x"), ("b", "A", "", "y")],
            [(2, "zone.a_not_valid"), (3, "zone.a_not_valid")],
        ),
        ([("@", "NS", "", "-")], [(1, "zone.host_not_valid")]),
    ],
)
def test_a_zone_is_looked_at_as_a_whole(
    rows: list[tuple[str, str, str, str]], expected: list[tuple[int, str]]
) -> None:
    assert problems(*rows) == expected


def test_a_zone_has_at_most_500_records() -> None:
    many = [(f"h{n}", "A", "", "192.0.2.1") for n in range(499)]
    assert problems(NS, *many) == []
    assert problems(NS, *many, ("one-more", "A", "", "192.0.2.1")) == [
        (501, "zone.too_many_records")
    ]


def test_serials_rise_and_name_their_day() -> None:
    today = make.AT.date()
    assert next_serial(0, today) == 2026040800
    assert next_serial(2026040800, today) == 2026040801
    assert next_serial(2026040899, today) == 2026040900
    assert next_serial(2027010100, today) == 2027010101
    assert [has_reached(serial, 10) for serial in (None, 9, 10, 11, 2**31 + 11)] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_an_address_is_read_with_its_port_or_without() -> None:
    assert [
        host_and_port(text)
        for text in ("192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353")
    ] == [("192.0.2.53", 53), ("192.0.2.53", 5353), ("2001:db8::53", 53), ("2001:db8::53", 5353)]


def test_a_changed_record_is_taken_away_and_added() -> None:
    old = [read("a", "A", "192.0.2.1"), read("b", "A", "192.0.2.1")]
    new = [read("a", "A", "192.0.2.2"), read("b", "A", "192.0.2.1")]
    change = zone_difference(old, new)
    assert ([str(r) for r in change.removed], [str(r) for r in change.added]) == (
        ["a 3600 A 192.0.2.1"],
        ["a 3600 A 192.0.2.2"],
    )
    assert not zone_difference(old, old[::-1])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("@", "v=spf1 mx include:_spf.example.net ip4:192.0.2.0/24 ~all", []),
        ("@", "v=spf1 redirect=_spf.example.net", []),
        ("@", "v=spf1 mx", ["zone.spf_without_all"]),
        ("@", "v=spf1 +all", ["zone.spf_allows_all"]),
        ("@", "v=spf1 ip:192.0.2.1 -all", ["zone.spf_term_unknown"]),
        ("@", "v=spf1 -all mx", ["zone.spf_after_all"]),
        (
            "@",
            f"v=spf1 {' '.join(f'include:s{n}.net' for n in range(11))} -all",
            ["zone.spf_too_many_lookups"],
        ),
        ("_dmarc", "v=DMARC1; p=quarantine; rua=mailto:a@example.com", []),
        (
            "_dmarc",
            "v=DMARC1; rua=a@example.com",
            ["zone.dmarc_policy_missing", "zone.dmarc_address_not_valid"],
        ),
        ("dmarc", "v=DMARC1; p=none", ["zone.dmarc_wrong_name"]),
        ("s1._domainkey", "v=DKIM1; k=rsa; p=MIGf", []),
        ("s1._domainkey", "v=DKIM1; p=", []),
        ("s1._domainkey", "k=rsa", ["zone.dkim_incomplete"]),
        ("s1._domainkey", "v=DKIM1; p=MIG", ["zone.dkim_key_not_valid"]),
        ("@", "google-site-verification=abc", []),
    ],
)
def test_texts_for_mail_are_warned_about(name: str, text: str, expected: list[str]) -> None:
    assert [warning.code for warning in mail_warnings([read(name, "TXT", text)])] == expected


def test_two_policies_for_one_name_are_warned_about() -> None:
    both = [read("@", "TXT", "v=spf1 -all"), read("@", "TXT", "v=spf1 mx -all")]
    assert [warning.code for warning in mail_warnings(both)] == ["zone.spf1_twice"]
