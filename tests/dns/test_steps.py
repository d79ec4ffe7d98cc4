"""What the daily run does with zones: the end with notice, and the comparison with the server (dns.md 1 and 4)."""

from datetime import timedelta

import httpx
import pytest
from django.core import mail

from commerce.dns import emails, steps
from commerce.dns.emails import zone_attachment
from commerce.dns.models import Zone
from commerce.domains.actions.states import mark_domain_transferred_away
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.dns.asking import ask
from tests.make.jobs import run_all_jobs
from tests.make.mails import commit_and_deliver, mails_to
from tools.servers import PowerDns

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = make.AT.date()


def run_day(days: int) -> RunDay:
    at = make.AT + timedelta(days=days)
    return RunDay(at.date(), at)


def make_zone(name: str) -> Zone:
    client = make.make_client(owner=f"owner@{name}")
    make.make_domain(client, domain_name=name)
    run_all_jobs(make.AT)
    return Zone.objects.live().get(name=name)


def end_zones(days: int) -> list[dict[str, int]]:
    day = run_day(days)
    done = [dict(steps.end_zone_daily(zone.pk, day)) for zone in steps.find_ending_zones(day).all()]
    run_all_jobs(day.at)
    return done


def test_a_zone_ends_30_days_after_its_name_left_and_is_mailed_a_week_before(
    name_server: PowerDns,
) -> None:
    zone = make_zone("leaves.example")
    assert zone.domain is not None
    mark_domain_transferred_away(domain=zone.domain, ctx=CTX)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    assert zone.ends_on == TODAY + timedelta(days=30)
    assert end_zones(22) == []
    with commit_and_deliver():
        assert end_zones(23) == [{"told": 1}]
    [message] = [each for each in mail.outbox if "ends on" in each.subject]
    assert message.to == ["owner@leaves.example"]
    [(name, content, _)] = message.attachments
    assert (name, "NS\tns1.example.net." in str(content)) == ("leaves.example.txt", True)
    assert end_zones(29) == []
    assert ask(name_server, zone.name, "SOA") != ["REFUSED"]
    assert end_zones(30) == [{"ended": 1}]
    assert ask(name_server, zone.name, "SOA") == ["REFUSED"]
    assert end_zones(31) == []


def test_after_days_without_a_run_the_owner_still_has_a_week(name_server: PowerDns) -> None:
    zone = make_zone("late.example")
    assert zone.domain is not None
    mark_domain_transferred_away(domain=zone.domain, ctx=CTX)
    run_all_jobs(make.AT)
    assert end_zones(40) == [{"told": 1}]
    assert end_zones(46) == []
    assert end_zones(47) == [{"ended": 1}]


def test_a_zone_whose_name_came_back_does_not_end(name_server: PowerDns) -> None:
    zone = make_zone("back.example")
    former = zone.domain
    assert former is not None
    mark_domain_transferred_away(domain=former, ctx=CTX)
    run_all_jobs(make.AT)
    hosts = ("ns1.else.net", "ns2.else.net")
    domain = make.make_domain(zone.client, domain_name="back.example", nameservers=hosts)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    assert (zone.domain, zone.ends_on) == (domain, None)
    Zone.objects.filter(pk=zone.pk).update(
        domain=former, ends_on=TODAY, end_told_on=TODAY - timedelta(days=7)
    )
    assert end_zones(0) == [{"kept": 1}]
    zone.refresh_from_db()
    assert (zone.status, zone.domain, zone.ends_on) == ("live", domain, None)


def compare(days: int = 0) -> StepReport:
    report = StepReport("compare-zones", "compares zones")
    steps.compare_zones_daily(run_day(days), report)
    return report


def test_zones_that_the_server_has_otherwise_are_told_once(name_server: PowerDns) -> None:
    set_setting(key="company.email", value="staff@host.example", ctx=CTX)
    for name in ("same.example", "other.example", "gone.example"):
        make_zone(name)
    assert compare().outcome == "no differences"
    address = f"{name_server.api_url}/api/v1/servers/localhost/zones"
    record = {"content": "192.0.2.66", "disabled": False}
    rrset = {
        "name": "other.example.",
        "type": "A",
        "ttl": 60,
        "changetype": "REPLACE",
        "records": [record],
    }
    with httpx.Client(headers={"X-API-Key": name_server.api_key}) as api:
        api.patch(f"{address}/other.example.", json={"rrsets": [rrset]}).raise_for_status()
        api.delete(f"{address}/gone.example.").raise_for_status()
    with commit_and_deliver():
        report = compare()
    assert (report.rows, report.outcome) == (3, "2 differences")
    [message] = mails_to("staff@host.example")
    assert "gone.example: missing on the DNS server" in message.body
    assert "other.example: + @ 60 A 192.0.2.66" in message.body
    with commit_and_deliver():
        compare(days=1)
    assert len(mails_to("staff@host.example")) == 1


def test_a_silent_server_fails_the_comparison_and_no_zone(name_server: PowerDns) -> None:
    make_zone("one.example")
    set_setting(key="dns.powerdns.api_url", value="http://127.0.0.1:9", ctx=CTX)
    [error] = compare().errors
    assert error["id"] == "powerdns"


def test_one_zone_that_cannot_be_compared_stops_no_other(
    name_server: PowerDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_setting(key="company.email", value="staff@host.example", ctx=CTX)
    for name in ("odd.example", "right.example", "zz.example"):
        make_zone(name)
    record = {"content": 'A ";return 1"', "disabled": False}
    odd = {"name": "odd.example.", "type": "LUA", "ttl": 60, "changetype": "REPLACE"}
    address = f"{name_server.api_url}/api/v1/servers/localhost/zones"
    with httpx.Client(headers={"X-API-Key": name_server.api_key}) as api:
        body = {"rrsets": [odd | {"records": [record]}]}
        api.patch(f"{address}/odd.example.", json=body).raise_for_status()
        api.delete(f"{address}/zz.example.").raise_for_status()
    monkeypatch.setattr(emails, "MAX_LISTED", 1)
    with commit_and_deliver():
        report = compare()
    assert (report.rows, report.outcome) == (3, "2 differences")
    [message] = mails_to("staff@host.example")
    assert "odd.example: can't be compared" in message.body
    assert "zz.example" not in message.body


def test_without_a_server_the_steps_do_nothing() -> None:
    assert compare().outcome == "zones are off"
    assert not steps.find_zones_to_check(run_day(0)).exists()


def test_the_attached_file_is_the_newest_version(name_server: PowerDns) -> None:
    zone = make_zone("file.example")
    name, content = zone_attachment(zone.pk)
    assert name == "file.example.txt"
    assert f"hostmaster.file.example. {zone.newest.serial} " in content.decode()
