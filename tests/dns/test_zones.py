"""Zones: begun from the template, changed as versions, taken to a real PowerDNS and answered by it (dns.md)."""

from datetime import timedelta

import dns.dnssec
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import pytest

from commerce.dns.actions.records import change_records, reset_zone, restore_version
from commerce.dns.actions.signing import finish_unsigning, sign_zone, unsign_zone
from commerce.dns.actions.zones import end_zone, open_zone
from commerce.dns.models import Zone
from commerce.dns.record_types import TypedRecord, check_records
from commerce.dns.rules import DnsRecord, RecordError
from commerce.dns.servers.registry import required_dns_server
from commerce.domains.actions.states import cancel_domain
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import reset_setting, set_setting
from tests import make
from tests.dns.asking import ask
from tests.doubles.dns_tree import DnsTree
from tests.make.jobs import run_all_jobs
from tests.make.mails import commit_and_deliver, mails_to
from tools.servers import PowerDns

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
ALICE = Context(make.AT, Actor("member", 1, "Alice"))


def make_zone(name: str, **over: object) -> Zone:
    client = make.make_client()
    make.make_domain(client, domain_name=name, **over)
    run_all_jobs(make.AT)
    found = Zone.objects.live().filter(name=name).first()
    return found or open_zone(client=client, name=name, ctx=CTX)


def put(zone: Zone, *records: tuple[str, str, str], ctx: Context = ALICE) -> None:
    """Records beside its name servers."""
    typed = [("@", "NS", "ns1.example.net."), *records]
    checked = check_records(
        zone.name,
        [TypedRecord(n, name, kind, "", value) for n, (name, kind, value) in enumerate(typed, 1)],
        takes_alias=False,
    )
    assert not checked.problems
    change_records(zone=zone, records=checked.records, seen_number=zone.newest.number, ctx=ctx)


def test_a_name_that_becomes_active_with_our_name_servers_gets_its_zone(
    name_server: PowerDns,
) -> None:
    client = make.make_client()
    server = make.make_server(ipv4="192.0.2.10", ipv6="2001:db8::10", hostname="web.example.net")
    make.make_service(client, server=server, domain="first.example")
    domain = make.make_domain(client, domain_name="first.example")
    other = make.make_domain(client, nameservers=("ns1.elsewhere.net", "ns2.elsewhere.net"))
    run_all_jobs(make.AT)
    zone = Zone.objects.get(domain=domain)
    assert not Zone.objects.filter(name=other.domain_name).exists()
    assert zone.newest.live_at == make.AT
    assert ask(name_server, "first.example", "NS") == ["ns1.example.net.", "ns2.example.net."]
    assert ask(name_server, "first.example", "A") == ["192.0.2.10"]
    assert ask(name_server, "www.first.example", "AAAA") == ["2001:db8::10"]
    assert ask(name_server, "first.example", "MX") == ["10 web.example.net."]
    assert ask(name_server, "first.example", "TXT") == ['"v=spf1 mx a:web.example.net ~all"']
    assert ask(name_server, "_dmarc.first.example", "TXT") == ['"v=DMARC1; p=none"']
    serial = ask(name_server, "first.example", "SOA")[0].split()[2]
    assert int(serial) == zone.newest.serial == int(f"{make.AT:%Y%m%d}00")


def test_a_change_is_one_version_and_live_once_the_server_answers_with_its_serial(
    name_server: PowerDns,
) -> None:
    zone = make_zone("change.example")
    run_all_jobs(make.AT)
    put(zone, ("@", "A", "192.0.2.1"), ("www", "CNAME", "@"), ("*.sub", "TXT", 'say "é" ' * 50))
    version = zone.newest
    assert (version.number, version.made_by, version.live_at) == (2, "Alice", None)
    run_all_jobs(make.AT + timedelta(seconds=1))
    version.refresh_from_db()
    assert version.live_at is not None
    assert ask(name_server, "www.change.example", "CNAME") == ["change.example."]
    assert ask(name_server, "_dmarc.change.example", "TXT") == ["NXDOMAIN"]
    [text] = ask(name_server, "x.sub.change.example", "TXT")
    assert text.count('" "') == 1
    put(zone, ("@", "A", "192.0.2.2"))
    put(zone, ("@", "A", "192.0.2.3"))
    ran = run_all_jobs(make.AT + timedelta(seconds=2))
    assert len(ran) == 2
    assert ask(name_server, "change.example", "A") == ["192.0.2.3"]
    assert ask(name_server, "change.example", "NS") == ["ns1.example.net."]
    assert int(ask(name_server, "change.example", "SOA")[0].split()[2]) == zone.newest.serial


TYPES = [
    ("@", "A", "192.0.2.1"),
    ("@", "AAAA", "2001:db8::1"),
    ("cname", "CNAME", "a.example.net."),
    ("@", "MX", "10 mail"),
    ("null", "MX", "0 ."),
    ("@", "TXT", "v=spf1 -all"),
    ("semi", "TXT", 'a;b\\"c" (d)'),
    ("_sip._tcp", "SRV", "10 5 5060 sip.example.net"),
    ("child", "NS", "ns1.child"),
    ("ns1.child", "A", "192.0.2.7"),
    ("child", "DS", f"12345 13 2 {'ab' * 32}"),
    ("ptr", "PTR", "host.example.net"),
    ("@", "CAA", '0 issue "letsencrypt.org; validationmethods=dns-01"'),
    ("_443._tcp", "TLSA", f"3 1 1 {'cd' * 32}"),
    ("host", "SSHFP", f"4 2 {'ef' * 32}"),
    ("@", "HTTPS", '1 . alpn="h2,h3" ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'),
    ("_dns", "SVCB", "1 svc port=853 alpn=dot mandatory=alpn,port"),
    ("*", "A", "192.0.2.9"),
    ("bücher", "A", "192.0.2.8"),
]


def test_every_type_of_record_is_taken_and_answered(name_server: PowerDns) -> None:
    zone = make_zone("types.example")
    put(zone, *TYPES)
    run_all_jobs(make.AT)
    assert zone.newest.live_at is not None
    for record in zone.newest.record_list():
        if "child" in record.name:
            continue  # what is delegated is asked elsewhere
        name = "types.example" if record.name == "@" else f"{record.name}.types.example"
        assert ask(name_server, name, record.type) != [], record
    assert ask(name_server, "semi.types.example", "TXT") == ['"a;b\\\\\\"c\\" (d)"']
    assert ask(name_server, "xn--bcher-kva.types.example", "A") == ["192.0.2.8"]
    assert ask(name_server, "anything.types.example", "A") == ["192.0.2.9"]


def test_a_zone_is_changed_from_its_newest_version_only(name_server: PowerDns) -> None:
    zone = make_zone("two.example")
    seen = zone.newest
    put(zone, ("@", "A", "192.0.2.1"))
    with pytest.raises(StateConflict, match="changed in the meantime"):
        change_records(zone=zone, records=seen.record_list(), seen_number=seen.number, ctx=ALICE)


def test_no_version_is_made_of_what_is_refused_or_the_same(name_server: PowerDns) -> None:
    zone = make_zone("same.example")
    newest = zone.newest
    records = newest.record_list()
    assert change_records(zone=zone, records=records, seen_number=newest.number, ctx=ALICE) is None
    with pytest.raises(StateConflict, match="no earlier versions"):
        restore_version(zone=zone, number=newest.number, ctx=ALICE)
    assert reset_zone(zone=zone, ctx=ALICE) is None
    wrong = [
        *records,
        DnsRecord("x", "CNAME", 300, "a.net."),
        DnsRecord("x", "A", 300, "192.0.2.1"),
    ]
    with pytest.raises(RecordError, match=r"Line \d+: x has a CNAME record"):
        change_records(zone=zone, records=wrong, seen_number=newest.number, ctx=ALICE)
    assert zone.newest == newest


def test_the_last_twenty_versions_can_be_restored(name_server: PowerDns) -> None:
    zone = make_zone("many.example")
    for n in range(1, 25):
        put(zone, ("@", "A", f"192.0.2.{n}"))
    assert zone.versions.count() == 20
    oldest = zone.versions.earliest("number")
    restore_version(zone=zone, number=oldest.number, ctx=ALICE)
    assert zone.newest.record_list() == oldest.record_list()
    with pytest.raises(BusinessError, match="no longer available"):
        restore_version(zone=zone, number=1, ctx=ALICE)
    reset_zone(zone=zone, ctx=ALICE)
    run_all_jobs(make.AT)
    assert ask(name_server, "many.example", "A") == []
    serials = list(zone.versions.order_by("number").values_list("serial", flat=True))
    assert serials == sorted(set(serials))


def test_a_signed_zone_validates_and_unsigned_it_has_no_signature(
    name_server: PowerDns, tree: DnsTree
) -> None:
    zone = make_zone("signed.example")
    put(zone, ("@", "A", "192.0.2.1"))
    run_all_jobs(make.AT)
    sign_zone(zone=zone, ctx=ALICE)
    run_all_jobs(make.AT, failing=True)
    todo = Job.objects.get(action="zone.send_ds", status="parked")
    finish_manually(job=todo, reason="Done at the registry.", ctx=CTX)
    zone.refresh_from_db()
    [ds] = zone.ds_records
    assert validates(name_server, "signed.example", ds["digest"])
    put(zone, ("@", "A", "192.0.2.2"), ("new", "A", "192.0.2.3"))
    run_all_jobs(make.AT)
    assert validates(name_server, "signed.example", ds["digest"])
    assert required_dns_server().ds_records(zone.name)[0].digest == ds["digest"]
    zone.refresh_from_db()
    assert zone.ds_at_registrar == [ds]
    unsign_zone(zone=zone, ctx=ALICE)
    assert validates(name_server, "signed.example", ds["digest"])
    finish_unsigning(zone=zone, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert ask(name_server, "signed.example", "DNSKEY", dnssec=True) == []
    assert ask(name_server, "signed.example", "A", dnssec=True) == ["192.0.2.2"]


def validates(server: PowerDns, name: str, digest: str) -> bool:
    """Whether the address of a name is signed by keys that a delegation signer vouches for."""
    full, sets = dns.name.from_text(name), {}
    for kind in ("DNSKEY", "A"):
        question = dns.message.make_query(full, kind, want_dnssec=True)
        answer = dns.query.tcp(question, "127.0.0.1", port=server.dns_port, timeout=5)
        for rrset in answer.answer:
            sets[kind, rrset.rdtype] = rrset
    keys = {full: sets["DNSKEY", dns.rdatatype.DNSKEY]}
    for kind in ("DNSKEY", "A"):
        rrset = sets[kind, dns.rdatatype.from_text(kind)]
        dns.dnssec.validate(rrset, sets[kind, dns.rdatatype.RRSIG], keys)
    digests = {dns.dnssec.make_ds(full, key, "SHA256").digest.hex().upper() for key in keys[full]}
    return digest in digests


def test_an_ended_zone_is_gone_from_the_server(name_server: PowerDns) -> None:
    zone = make_zone("over.example")
    run_all_jobs(make.AT)
    assert ask(name_server, "over.example", "SOA") != ["REFUSED"]
    end_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    assert ask(name_server, "over.example", "SOA") == ["REFUSED"]
    with pytest.raises(StateConflict, match="has ended"):
        put(zone, ("@", "A", "192.0.2.1"))


def test_whoever_registers_a_name_here_has_its_zone(name_server: PowerDns) -> None:
    former = make_zone("moved.example")
    run_all_jobs(make.AT)
    domain = former.domain
    assert domain is not None
    cancel_domain(domain=domain, ctx=CTX)
    run_all_jobs(make.AT)
    client = make.make_client()
    make.make_domain(client, domain_name="moved.example")
    run_all_jobs(make.AT)
    zone = Zone.objects.live().get(name="moved.example")
    former.refresh_from_db()
    assert (zone.client, former.status) == (client, "ended")
    assert zone.newest.live_at is not None
    assert ask(name_server, "moved.example", "NS") != ["REFUSED"]


def test_nobody_has_a_zone_around_the_name_of_another(name_server: PowerDns) -> None:
    make_zone("victim.example")
    stranger = make.make_client()
    make.make_service(stranger)
    for name in ("victim.example", "www.victim.example", "example"):
        with pytest.raises(BusinessError):
            open_zone(client=stranger, name=name, ctx=CTX)
    open_zone(client=stranger, name="mine.elsewhere.net", ctx=CTX)
    other = make.make_client()
    make.make_service(other)
    for name in ("mine.elsewhere.net", "a.mine.elsewhere.net", "elsewhere.net"):
        with pytest.raises(BusinessError, match="can't have a zone here"):
            open_zone(client=other, name=name, ctx=CTX)


def test_a_name_registered_elsewhere_needs_an_active_service(name_server: PowerDns) -> None:
    client = make.make_client()
    with pytest.raises(BusinessError, match="active service"):
        open_zone(client=client, name="foreign.net", ctx=CTX)
    make.make_service(client)
    zone = open_zone(client=client, name="Bücher.net.", ctx=CTX)
    assert (zone.name, zone.domain, zone.is_delegated) == ("xn--bcher-kva.net", None, None)
    with pytest.raises(BusinessError, match="already has a zone"):
        open_zone(client=client, name="bücher.net", ctx=CTX)


def test_without_a_server_there_are_no_zones() -> None:
    client = make.make_client()
    make.make_domain(client, domain_name="plain.example")
    run_all_jobs(make.AT)
    assert not Zone.objects.exists()
    with pytest.raises(BusinessError, match="isn't available"):
        open_zone(client=client, name="plain.example", ctx=CTX)
    with pytest.raises(BusinessError, match="at least two nameservers"):
        set_setting(key="dns.server", value="powerdns", ctx=CTX)


def test_a_silent_server_holds_up_no_change_and_takes_the_newest_when_it_is_back(
    name_server: PowerDns,
) -> None:
    zones = [make_zone(f"wait{n}.example") for n in range(3)]
    run_all_jobs(make.AT)
    set_setting(key="dns.powerdns.api_url", value="http://127.0.0.1:9", ctx=CTX)
    for zone in zones:
        put(zone, ("@", "A", "192.0.2.1"))
        put(zone, ("@", "A", "192.0.2.2"))
    run_all_jobs(make.AT, failing=True)
    texts = list(Job.objects.filter(status="waiting").values_list("error", flat=True))
    assert sum(text.startswith("The DNS server doesn't answer") for text in texts) == 1
    assert len(texts) == 3
    set_setting(key="company.email", value="staff@host.example", ctx=CTX)
    at = make.AT + timedelta(minutes=20)
    with commit_and_deliver():
        run_all_jobs(at, failing=True)
    with commit_and_deliver():
        run_all_jobs(at + timedelta(seconds=70), failing=True)
    [message] = mails_to("staff@host.example")
    assert message.subject == "PowerDNS isn't answering"
    assert not Job.objects.filter(status="parked").exists()
    set_setting(key="dns.powerdns.api_url", value=name_server.api_url, ctx=CTX)
    set_setting(key="dns.powerdns.api_key", value=name_server.api_key, ctx=CTX)
    run_all_jobs(at + timedelta(minutes=4))
    run_all_jobs(at + timedelta(minutes=6))
    assert not Job.objects.filter(status__in=["waiting", "queued"]).exists()
    assert [ask(name_server, zone.name, "A") for zone in zones] == [["192.0.2.2"]] * 3


def test_a_wrong_key_is_found_before_the_server_is_chosen(name_server: PowerDns) -> None:
    reset_setting(key="dns.server", ctx=CTX)
    set_setting(key="dns.powerdns.api_key", value="wrong", ctx=CTX)
    with pytest.raises(BusinessError, match="isn't answering: GET was answered with 401"):
        set_setting(key="dns.server", value="powerdns", ctx=CTX)


def test_a_change_waits_until_it_is_answered_over_dns(
    name_server: PowerDns,
) -> None:
    set_setting(key="company.email", value="staff@host.example", ctx=CTX)
    zone = make_zone("behind.example")
    address = f"{name_server.dns_address.rpartition(':')[0]}:9"
    set_setting(key="dns.powerdns.dns_address", value=address, ctx=CTX)
    put(zone, ("@", "A", "192.0.2.1"))
    run_all_jobs(make.AT, failing=True)
    assert zone.newest.live_at is None
    with commit_and_deliver():
        run_all_jobs(make.AT + timedelta(minutes=15), failing=True)
    assert [mail.subject for mail in mails_to("staff@host.example")] == ["PowerDNS isn't answering"]
    set_setting(key="dns.powerdns.dns_address", value=name_server.dns_address, ctx=CTX)
    run_all_jobs(make.AT + timedelta(minutes=17))
    assert zone.newest.live_at is not None


def test_without_an_address_the_first_nameserver_says_whether_a_change_is_live(
    name_server: PowerDns, tree: DnsTree
) -> None:
    """The API's word counted, though nobody was answered so."""
    zone = make_zone("public.example")
    set_setting(key="dns.powerdns.dns_address", value="", ctx=CTX)
    put(zone, ("@", "A", "192.0.2.1"))
    run_all_jobs(make.AT, failing=True)
    assert zone.newest.live_at is None
    tree.serials["public.example"] = zone.newest.serial
    run_all_jobs(make.AT + timedelta(minutes=2))
    assert zone.newest.live_at is not None
    assert ("ns1.example.net", "A") in tree.asked


def test_a_new_zone_of_a_name_goes_on_from_the_last_serial(name_server: PowerDns) -> None:
    former = make_zone("serial.example")
    put(former, ("@", "A", "192.0.2.1"))
    put(former, ("@", "A", "192.0.2.2"))
    run_all_jobs(make.AT)
    end_zone(zone=former, ctx=CTX)
    run_all_jobs(make.AT)
    again = open_zone(client=former.client, name="serial.example", ctx=CTX)
    assert again.newest.serial == former.newest.serial + 1
