"""Consumers read of their right to withdraw in the mail that confirms what they ordered (support-and-content.md 9): as
text and as a PDF. Companies, and renewals that nobody ordered, have nothing of it.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from commerce.accounts.models import Client, Membership
from commerce.billing.invoices.actions.sending import send_invoice_again
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_renewals import renew_domains
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.support.models import InstructionCopy
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.nameservers import give_nameservers
from tests.make.people import AT, as_member, make_client, make_member
from tests.make.plan_changes import ask, pay_request, plan
from tests.make.records import make_domain, make_group, make_payment, make_service
from tests.make.statements import switch_on_consumers

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
EXPIRES = AT.date() + timedelta(days=10)
TITLE = "Right of withdrawal"


@pytest.fixture
def consumer() -> Client:
    """A private person in Germany, whose Tess sees services and no bills."""
    switch_on_consumers()
    give_nameservers()
    tld = set_tld(tld="example", ctx=CTX)
    prices = {"register": 1000, "renew": 1200, "transfer": 1000, "restore": 8000}
    set_tld_price(tld=tld, currency_code="EUR", **prices, ctx=CTX)
    client = make_client(email="bills@example.com", country="DE")
    make_member(client, "tess@example.com", "technical")
    return client


@pytest.fixture
def company(consumer: Client) -> Client:
    Client.objects.filter(pk=consumer.pk).update(company="Muster GmbH")
    consumer.refresh_from_db()
    return consumer


def told_by() -> dict[str, set[str]]:
    """The mails that went out with text and instruction, and who got them; never one without the other."""
    send_all()
    found: dict[str, set[str]] = {}
    copies = dict(InstructionCopy.objects.values_list("pk", "text"))
    for one in OutgoingMail.objects.filter(status="sent"):
        attached = [pk for kind, pk in one.attachments if kind == "withdrawal_instruction"]
        assert bool(attached) == (TITLE in one.text), one.text
        for pk in attached:
            assert copies[pk] in one.text
            found.setdefault(one.event, set()).add(one.recipient)
    return found


def send_all() -> None:
    run_all_jobs(AT, failing=True)
    deliver_all(AT)


def change_plan(client: Client) -> None:
    group = make_group()
    service = make_service(client, product=plan(group, 500))
    change = ask(service, plan(group, 900), begin_at_once=True)
    pay_request(change, change.total or 0)


def by_owner(client: Client) -> Context:
    """Who acts for a client."""
    owner = Membership.objects.for_client(client).select_related("user").earliest("pk")
    return Context(AT, as_member(owner.user))


def renew(client: Client) -> Invoice:
    domain = make_domain(client, expiry_date=EXPIRES)
    return renew_domain_now(domain=domain, begin_at_once=True, ctx=by_owner(client))


def restore(client: Client) -> Invoice:
    expired = AT.date() - timedelta(days=40)
    domain = make_domain(client, "redemption", expiry_date=expired)
    return restore_domain(domain=domain, begin_at_once=True, ctx=by_owner(client))


def test_a_plan_change_tells_who_gets_the_bills(consumer: Client) -> None:
    change_plan(consumer)
    assert told_by() == {"plan_change_applied": {"bills@example.com"}}
    assert OutgoingMail.objects.get(event="plan_change_applied", recipient="tess@example.com")


@pytest.mark.parametrize("order", [renew, restore])
def test_what_is_ordered_for_a_domain_is_confirmed_by_its_invoice(
    consumer: Client, order: Callable[[Client], Invoice]
) -> None:
    order(consumer)
    assert told_by() == {"invoice_created": {"bills@example.com"}}


def test_an_invoice_that_is_paid_before_its_mail_left_tells_as_well(consumer: Client) -> None:
    make_payment(renew(consumer), at=AT)
    assert told_by() == {"invoice_paid": {"bills@example.com"}}


def test_one_that_is_paid_later_tells_once(consumer: Client) -> None:
    invoice = renew(consumer)
    send_all()
    invoice.refresh_from_db()
    send_invoice_again(invoice=invoice, ctx=CTX)
    send_all()
    make_payment(invoice, at=AT)
    assert told_by() == {"invoice_created": {"bills@example.com"}}
    assert OutgoingMail.objects.filter(event="invoice_paid", status="sent").exists()
    assert InstructionCopy.objects.count() == 1


def test_a_company_is_told_nothing(company: Client) -> None:
    change_plan(company)
    renew(company)
    restore(company)
    assert told_by() == {}
    assert not InstructionCopy.objects.exists()


def test_a_renewal_that_nobody_ordered_tells_nothing(consumer: Client) -> None:
    make_domain(consumer, expiry_date=EXPIRES)
    [_made] = renew_domains(client_id=consumer.pk, day=AT.date(), ctx=CTX)
    assert told_by() == {}
    assert OutgoingMail.objects.filter(event="invoice_created", status="sent").exists()
