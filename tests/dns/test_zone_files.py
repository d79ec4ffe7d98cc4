"""Zone files read and written, and the template of new zones (dns.md 1 and 3)."""

import time

import dns.zone
import pytest

from commerce.dns.record_types import check_records
from commerce.dns.rules import DnsRecord
from commerce.dns.template import fill_template, validate_template
from commerce.dns.zone_files import MAX_PROBLEMS, read_zone_file, write_zone_file
from commerce.kit.errors import BusinessError
from commerce.site_settings.definitions import DEFAULT_ZONE_TEMPLATE

ZONE = "example.com"
FILE = """\
$TTL 1h
$ORIGIN example.com.
@   IN SOA ns1.example.net. hostmaster (
        2026010101 ; serial
        10800 3600 604800 3600 )
    IN NS ns1.example.net.
    IN NS ns2
ns2 IN 1d A 192.0.2.2
www 300 IN A 192.0.2.1
@   MX 10 mail
@   TXT "v=spf1 mx; -all" and more
_dmarc TXT ( "v=DMARC1; "
             "p=none" )
@   HTTPS 1 . alpn="h2,h3"
$ORIGIN sub.example.com.
x   CNAME y
@   RRSIG A 13 2 3600 20270101000000 20260101000000 1 example.com. AAAA
"""


def test_a_file_of_bind_is_read_as_bind_reads_it() -> None:
    found = read_zone_file(ZONE, FILE)
    checked = check_records(ZONE, found.records, takes_alias=False)
    assert (found.problems, checked.problems, found.left_out) == ([], [], {"RRSIG"})
    assert [str(record) for record in checked.records] == [
        "@ 3600 NS ns1.example.net.",
        "@ 3600 NS ns2.example.com.",
        "@ 3600 MX 10 mail.example.com.",
        "@ 3600 TXT v=spf1 mx; -allandmore",
        "@ 3600 HTTPS 1 . alpn=h2,h3",
        "_dmarc 3600 TXT v=DMARC1; p=none",
        "ns2 86400 A 192.0.2.2",
        "x.sub 3600 CNAME y.sub.example.com.",
        "www 300 A 192.0.2.1",
    ]


def test_each_line_that_cannot_be_taken_is_named() -> None:
    text = (
        "@ NS ns1.example.net.\n$GENERATE 1-99999999 h$ A 192.0.2.1\n$INCLUDE /etc/passwd\n"
        "a A 192.0.2\n\n; nothing\nb CH TXT x\nc.example.org. A 192.0.2.1\n"
        'd TXT "open\n'
    )
    found = read_zone_file(ZONE, text)
    checked = check_records(ZONE, found.records, takes_alias=False)
    lines = sorted((each.line, each.code) for each in [*found.problems, *checked.problems])
    assert lines == [
        (2, "zone.directive_unknown"),
        (3, "zone.directive_unknown"),
        (4, "zone.a_not_valid"),
        (7, "zone.type_unknown"),
        (8, "zone.name_outside"),
        (9, "zone.line_unreadable"),
    ]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "   \n", ")", "(", "\\", '"', "a\n", "$", "\x00", "@ IN", "$TTL"]
)
def test_nonsense_is_no_crash(text: str) -> None:
    found = read_zone_file(ZONE, text)
    assert found.records == []


@pytest.mark.parametrize(
    "text",
    [
        f"a {'1' * 40}x A 192.0.2.1\n",
        f"$TTL {'1' * 40}x\n",
        f"a {'1s' * 40}x A 192.0.2.1\n",
        "$ORIGIN " + "a." * 200 + "\n" + "b A 192.0.2.1\n" * 400,
        f"a {'IN ' * 60_000}A 192.0.2.1\n",
        "$X\n" * 60_000,
    ],
    ids=["ttl", "default-ttl", "units", "origin", "classes", "problems"],
)
def test_no_file_takes_long(text: str) -> None:
    began = time.thread_time()
    found = read_zone_file(ZONE, text)
    assert time.thread_time() - began < 2
    assert len(found.problems) <= MAX_PROBLEMS
    assert len(found.records) <= 1


def test_times_are_read_with_their_units() -> None:
    text = "$TTL 1H30m\na A 192.0.2.1\nb 2d IN A 192.0.2.1\nc IN 600 A 192.0.2.1\n"
    assert [each.ttl for each in read_zone_file(ZONE, text).records] == ["5400", "172800", "600"]


def test_a_file_that_we_write_is_read_by_others_and_by_us() -> None:
    found = read_zone_file(ZONE, FILE)
    records = check_records(ZONE, found.records, takes_alias=False).records
    records.append(DnsRecord("quote", "TXT", 60, 'say "hi"; \\ (é)'))
    text = write_zone_file(ZONE, records, soa="ns1.example.net. hostmaster.example.com. 7 1 2 3 4")
    zone = dns.zone.from_text(text, origin="example.com.", relativize=False)
    assert zone.get_rdataset("example.com.", "SOA")[0].serial == 7
    assert sum(len(rdataset) for _, rdataset in zone.iterate_rdatasets()) == len(records) + 1
    again = check_records(ZONE, read_zone_file(ZONE, text).records, takes_alias=False)
    assert (again.problems, set(again.records)) == ([], set(records))


HOSTS = {"ns1": ["ns1.example.net"], "nameserver": ["ns1.example.net", "ns2.example.net"]}


def test_lines_of_a_template_whose_value_is_not_known_are_left_out() -> None:
    filled = fill_template(DEFAULT_ZONE_TEMPLATE, "shop.example", HOSTS, takes_alias=False)
    assert [str(record) for record in filled.records] == [
        "@ 3600 NS ns1.example.net.",
        "@ 3600 NS ns2.example.net.",
        "_dmarc 3600 TXT v=DMARC1; p=none",
    ]
    assert filled.soa == "ns1.example.net. hostmaster.shop.example. 10800 3600 604800 3600"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("@ A {ipv4}\n", "needs at least one NS record"),
        ("@ NS {nameserver}.\nwww A {address}", "{address} isn't a placeholder"),
        ("@ NS {nameserver}.\nwww A {server}", "web.example.net isn't an IPv4 address"),
        ("@ SOA {ns1}. x 1\n@ NS {nameserver}.", "four times"),
        ("@ NS {nameserver}.\n@ CNAME {server}.", "can't have a CNAME"),
    ],
)
def test_a_template_that_fits_no_name_is_refused(template: str, reason: str) -> None:
    with pytest.raises(BusinessError, match=reason):
        validate_template(template)
    validate_template(DEFAULT_ZONE_TEMPLATE)
