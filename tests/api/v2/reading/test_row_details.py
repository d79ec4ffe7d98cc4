"""What single rows of version 2 say of other records: what was asked for, usage, deadlines, contacts, autopay."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.billing.changes.cancellations.actions import (
    request_cancellation,
    withdraw_cancellation,
)
from commerce.dns.models import Zone
from commerce.domains.actions.editing import change_domain_price
from commerce.domains.actions.tlds import set_tld
from commerce.domains.deadlines import last_renewable_day, last_restorable_day
from commerce.domains.models import Domain
from commerce.hosting.actions.usage import record_usage_of_days
from commerce.hosting.models import AccountInfo, Service
from commerce.hosting.modules.contract import UsageFigure
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.payments.client_view.next_payment import NextPayments
from commerce.site_settings.current import business_date
from tests.doubles.gateway import fake_gateway_on
from tests.make import (
    AT,
    make_client,
    make_domain,
    make_invoice,
    make_server,
    make_service,
    make_token,
)
from tests.make.api import call_api
from tests.make.cards import CTX, keep
from tests.make.plan_changes import make_open_plan_change
from tests.make.repricing import make_tld
from tests.make.zones import make_stored_zone


def detail(kind: str, pk: int, token: str, query: str = "") -> Any:
    answer = call_api(f"/api/v2/{kind}/{pk}{query}", token)
    assert answer.status == 200, answer.body
    return answer.json["data"]


def test_a_service_says_that_it_is_to_be_canceled_until_that_is_taken_back(
    alice: Client, token: str
) -> None:
    service, other = make_service(alice), make_service(alice)
    path = f"/api/v2/services/{service.pk}"
    first = call_api(path, token)
    assert first.json["data"]["cancellation"] is None
    asked = request_cancellation(service=service, kind="end_of_period", reason="", ctx=CTX)
    changed = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    told = changed.json["data"]["cancellation"]
    assert (told["kind"], told["created_at"]) == ("end_of_period", AT.strftime("%Y-%m-%dT%XZ"))
    assert detail("services", other.pk, token)["cancellation"] is None
    withdraw_cancellation(request=asked, ctx=CTX)
    assert detail("services", service.pk, token)["cancellation"] is None


def test_a_service_has_addresses_and_panel_while_it_runs(alice: Client, token: str) -> None:
    server = make_server(panel_url="https://panel.example:8443")
    service = make_service(alice, "active", server=server)
    AccountInfo.objects.create(
        service=service,
        state="on",
        details={"ipv4": "192.0.2.44", "ipv6": "2001:db8::44", "console_user": "root"},
        checked_at=AT,
    )
    told = detail("services", service.pk, token)
    assert told["access_url"] == "https://panel.example:8443"
    assert told["ip_addresses"] == ["192.0.2.44", "2001:db8::44"]
    Service.objects.filter(pk=service.pk).update(
        status="terminated", terminated_at=AT, next_due_date=None
    )
    told = detail("services", service.pk, token)
    assert (told["access_url"], told["ip_addresses"]) == (None, [])


def test_usage_has_thirty_days_and_thirteen_months(alice: Client, token: str) -> None:
    service = make_service(alice)
    today = AT.date()
    record_usage_of_days(
        service=service,
        usage={
            today - timedelta(days=n): [
                UsageFigure("disk", 1000 - n, 2000),
                UsageFigure("mailboxes", 3, None),
            ]
            for n in range(500)
        },
    )
    told = detail("services", service.pk, token, "/usage")
    disk, mailboxes = told["usage"]
    assert (told["id"], disk["kind"], disk["unit"]) == (service.pk, "disk", "bytes")
    assert [one["day"] for one in disk["days"]] == [
        str(today - timedelta(days=n)) for n in range(29, -1, -1)
    ]
    assert disk["days"][-1] == {"day": str(today), "used": 1000, "limit": 2000}
    assert len(disk["months"]) == 13
    assert disk["months"][-2]["day"] == str(today.replace(day=1) - timedelta(days=1))
    assert (mailboxes["unit"], mailboxes["days"][0]["limit"]) == ("number", None)


def test_usage_is_of_ones_own_services(alice: Client, token: str) -> None:
    theirs = make_service(make_client(owner="charlie@example.com"))
    record_usage_of_days(service=theirs, usage={AT.date(): [UsageFigure("disk", 1, None)]})
    assert call_api(f"/api/v2/services/{theirs.pk}/usage", token).status == 404
    assert call_api("/api/v2/services/x/usage", token).status == 404
    assert call_api("/api/v2/domains/1/usage", token).status == 404
    mine = make_service(alice)
    path = f"/api/v2/services/{mine.pk}/usage"
    first = call_api(path, token)
    assert first.json["data"] == {"id": mine.pk, "usage": []}
    assert call_api(path, token, method="POST").headers["allow"] == "GET, HEAD"
    bound = make_token(alice, scopes=["domains:read"])[1]
    assert call_api(path, bound).json["code"] == "token.scope_missing"
    record_usage_of_days(service=mine, usage={AT.date(): [UsageFigure("disk", 1, None)]})
    tag = {"If-None-Match": first.headers["etag"]}
    assert call_api(path, token, headers=tag).status == 200


def test_a_domain_tells_what_was_done_with_it(alice: Client, token: str) -> None:
    domain, other = make_domain(alice), make_domain(alice)
    member = Actor("member", 7, "alice@example.com", "203.0.113.9", "r")
    staff = Actor("staff", 8, "Sam Staff", "203.0.113.9", "r")

    def write(action: str, seconds: int, actor: Actor = SYSTEM, **more: Any) -> None:
        write_audit_entry(
            ctx=Context(AT + timedelta(seconds=seconds), actor),
            action=action,
            record=("domain", domain.pk),
            name=domain.domain_name,
            client_id=alice.pk,
            **more,
        )

    for number, actor in enumerate([member, staff, SYSTEM] * 35):
        write("domain.lock_set" if number else "domain.created", number, actor)
    write("domain.registrar_chosen", 200)
    write("domain.lock_set", 201, staff_only=True)
    told = detail("domains", domain.pk, token, "/history")["history"]
    assert len(told) == 100
    assert [(one["actor"], one["actor_name"]) for one in told[-3:]] == [
        ("member", "alice@example.com"),
        ("staff", None),
        ("system", None),
    ]
    assert told[-1]["at"] == f"{AT + timedelta(seconds=104):%Y-%m-%dT%H:%M:%SZ}"
    assert (told[0]["action"], told[0]["title"]) == ("domain.lock_set", "Transfer lock changed")
    assert "203.0.113.9" not in str(told)
    theirs = detail("domains", other.pk, token, "/history")["history"]
    assert {one["id"] for one in theirs}.isdisjoint(one["id"] for one in told)
    foreign = make_domain(make_client(owner="charlie@example.com"))
    assert call_api(f"/api/v2/domains/{foreign.pk}/history", token).status == 404


def test_a_domain_says_whether_its_zone_is_signed(alice: Client, token: str) -> None:
    domain = make_domain(alice)
    assert detail("domains", domain.pk, token)["dnssec"] is None
    zone = make_stored_zone(alice, domain.domain_name)
    Zone.objects.filter(pk=zone.pk).update(domain=domain, dnssec="signed")
    assert detail("domains", domain.pk, token)["dnssec"] == "signed"
    Zone.objects.filter(pk=zone.pk).update(status="ended", ended_at=AT)
    assert detail("domains", domain.pk, token)["dnssec"] is None


def test_a_service_says_whether_a_card_pays_its_renewal(alice: Client, token: str) -> None:
    with fake_gateway_on():
        service, other = make_service(alice), make_service(alice, "terminated")
        assert detail("services", service.pk, token)["auto_pay"] is False
        keep(alice)
        assert detail("services", service.pk, token)["auto_pay"] is True
        assert detail("services", other.pk, token)["auto_pay"] is False


@pytest.mark.parametrize("status", ["active", "expired", "redemption", "pending_transfer"])
def test_a_domain_says_until_when_it_can_be_saved(alice: Client, token: str, status: str) -> None:
    domain = make_domain(alice, status)
    for _ in range(2):
        told = detail("domains", domain.pk, token)
        ends = (told["grace_ends_on"], told["redemption_ends_on"])
        if status == "pending_transfer":
            assert ends == (None, None)
            return
        row = Domain.objects.get(pk=domain.pk)
        assert ends == (str(last_renewable_day(row)), str(last_restorable_day(row)))
        make_tld("example")
        set_tld(tld="example", grace_days=7, redemption_days=3, ctx=CTX)


def test_a_domain_has_its_renewal_price_and_contacts_in_its_version(
    alice: Client, token: str
) -> None:
    domain = make_domain(alice)
    first = detail("domains", domain.pk, token)
    assert (first["renewal_price"], first["contacts"]) == (1200, None)
    change_domain_price(domain=domain, recurring_amount=1500, ctx=CTX)
    second = detail("domains", domain.pk, token)
    assert (second["renewal_price"], second["version"]) == (1500, first["version"] + 1)
    holder = {"first_name": "Jane", "last_name": "Smith", "country": "DE"}
    Domain.objects.filter(pk=domain.pk).update(
        contacts={"registrant": holder, "tech": holder | {"first_name": "Tom"}}
    )
    third = detail("domains", domain.pk, token)
    assert third["version"] == second["version"] + 1
    contacts = third["contacts"]
    assert contacts["registrant"] == contacts["admin"] == contacts["billing"]
    assert contacts["registrant"]["first_name"] == "Jane"
    assert (contacts["tech"]["first_name"], contacts["tech"]["company"]) == ("Tom", "")
    assert "contacts" not in call_api("/api/v2/domains", token).json["data"][0]


def test_autopay_is_told_to_those_who_ask(alice: Client, token: str) -> None:
    now = clock.now()
    invoice, paid = make_invoice(alice, at=now), make_invoice(alice, "paid", at=now)
    path = f"/api/v2/invoices/{invoice.pk}?include=autopay_on"
    assert "autopay_on" not in detail("invoices", invoice.pk, token)
    first = call_api(path, token)
    assert first.json["data"]["autopay_on"] is None
    with fake_gateway_on():
        keep(alice)
        rows = call_api("/api/v2/invoices?include=autopay_on", token).json["data"]
        days = {row["id"]: row["autopay_on"] for row in rows}
        promised = NextPayments(alice, business_date(now)).of_invoices([invoice])[invoice.pk].on
        assert promised is not None
        assert days == {invoice.pk: str(promised), paid.pk: None}
        again = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
        assert again.json["data"]["autopay_on"] == str(promised)


def test_a_service_says_which_plan_was_asked_for(alice: Client, token: str) -> None:
    change = make_open_plan_change(alice)
    told = detail("services", change.service_id, token)["plan_change"]
    assert told == {
        "id": change.pk,
        "status": "awaiting_payment",
        "product_id": change.product_id,
        "billing_cycle": "monthly",
        "amount": 900,
        "difference": change.total,
        "pay_until": str(change.last_day),
        "payment_reference": change.reference,
    }
