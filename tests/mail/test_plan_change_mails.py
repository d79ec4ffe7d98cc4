"""A plan change is told of in one mail for each step, whatever documents it makes (notifications.md 3)."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.core import mail

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.models import PaymentShare
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT, make_client, make_member, make_user
from tests.make.plan_changes import ask, bought, pay_request, plan, rate_from, wish
from tests.make.records import make_group, make_payment, make_service
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
ALICE, BILLS, BOB, TESS, STAFF = (
    f"{name}@example.com" for name in ("alice", "bills", "bob", "tess", "staff")
)


@pytest.fixture
def service() -> Service:
    """Middle at 30.00 with 20 % tax, paid today by a client whose Alice owns, Bob pays and Tess keeps machines."""
    rate_from(date(2020, 1, 1), 20_000)
    set_setting(key="company.email", value=STAFF, ctx=CTX)
    set_setting(key="tax.accounting_currency", value="EUR", ctx=CTX)
    switch_on_bank_transfer()
    group = make_group()
    small, middle, large = (plan(group, price) for price in (1000, 3000, 6000))
    for product, name in ((small, "Small"), (middle, "Middle"), (large, "Large")):
        Product.objects.filter(pk=product.pk).update(name=name)
    alice = make_user(ALICE)
    client = make_client(owner=alice, email=BILLS)
    make_member(client, BOB, "billing")
    make_member(client, TESS, "technical")
    [service] = bought(wish(Product.objects.get(name="Middle")), client=client)
    run_jobs()
    OutgoingMail.objects.all().delete()
    mail.outbox.clear()
    return service


def run_jobs() -> None:
    """All that waits, as workers would, and the mails of it."""
    run_all_jobs(AT + timedelta(days=60), failing=True)  # packages change by hand here
    deliver_all(AT)


def told() -> Counter[tuple[str, str]]:
    """How many mails of which event went to whom."""
    run_jobs()
    rows = OutgoingMail.objects.filter(status="sent").exclude(event="task_to_do")
    return Counter(rows.values_list("event", "recipient"))


def the_mail(event: str, to: str) -> OutgoingMail:
    return OutgoingMail.objects.get(event=event, recipient=to)


def product(name: str) -> Product:
    return Product.objects.get(name=name)


def test_an_upgrade_asks_once_and_tells_once(service: Service) -> None:
    label = service.label
    change = ask(service, product("Large"))
    assert told() == {("plan_change_to_pay", BILLS): 1}
    asked = the_mail("plan_change_to_pay", BILLS)
    assert asked.subject == f"Pay €36.00 to change {label} to Large"
    assert change.reference in asked.text
    [message] = mail.outbox
    [(name, content, kind)] = message.attachments
    assert (name, kind) == (f"payment-request-{change.reference}.pdf", "application/pdf")
    assert content.startswith(b"%PDF")

    pay_request(change, change.total or 0)
    assert told() == {
        ("plan_change_to_pay", BILLS): 1,
        ("plan_change_applied", BILLS): 1,
        **{("plan_change_applied", to): 1 for to in (ALICE, BOB, TESS)},
    }
    bill = the_mail("plan_change_applied", BILLS)
    [note], invoice = CreditNote.objects.all(), Invoice.objects.get(kind="plan_change")
    for words in (
        f"We changed {label}",
        "from Middle to Large",
        "New plan, incl. tax: €72.00",
        "Unused time, incl. tax: −€36.00",
        "Paid: €36.00",
        "Paid with: Bank transfer",
        f"Attached documents: {invoice.number}, {note.number}\nYour receipt is attached.",
    ):
        assert words in bill.text, words
    receipt = ["share_receipt", PaymentShare.objects.get(invoice=invoice).pk]
    assert bill.attachments == [["invoice", invoice.pk], ["credit_note", note.pk], receipt]
    assert "credit balance" not in bill.text
    plain = the_mail("plan_change_applied", TESS)
    assert "€" not in plain.text
    assert plain.attachments == []
    assert f"We changed {label}" in plain.text
    invoice.refresh_from_db()
    assert invoice.sent_at is not None


def test_who_gets_the_bills_and_sees_services_is_told_once(service: Service) -> None:
    service.client.email = ALICE
    service.client.save(update_fields=["email"])
    pay_request(change := ask(service, product("Large")), change.total or 0)
    assert told()["plan_change_applied", ALICE] == 1
    assert "Paid: €36.00" in the_mail("plan_change_applied", ALICE).text


def test_a_downgrade_is_one_mail_with_what_became_credit(service: Service) -> None:
    ask(service, product("Small"))
    assert told() == {("plan_change_applied", to): 1 for to in (BILLS, ALICE, BOB, TESS)}
    bill = the_mail("plan_change_applied", BILLS).text
    for words in ("€12.00", "−€36.00", "Added to your credit balance: €24.00"):
        assert words in bill
    assert "Paid" not in bill


def test_what_was_paid_elsewhere_is_in_the_mail_of_the_change(service: Service) -> None:
    service = make_service(service.client, product=product("Middle"), amount=3000)
    run_jobs()
    OutgoingMail.objects.all().delete()
    state_paid_elsewhere(
        service=service,
        amount=3000,
        first_day=AT.date(),
        last_day=AT.date() + timedelta(days=29),
        reason="Paid at the old host",
        ctx=CTX,
    )
    ask(service, product("Small"))
    assert {event for event, _to in told()} == {"plan_change_applied"}


def test_credit_that_pays_is_said(service: Service) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=5000, ctx=CTX)
    run_jobs()
    OutgoingMail.objects.all().delete()
    ask(service, product("Large"), use_credit=True)
    assert {event for event, _to in told()} == {"plan_change_applied"}
    bill = the_mail("plan_change_applied", BILLS)
    assert "Paid with: Credit balance" in bill.text
    assert "receipt" not in bill.text


def test_more_than_is_due_is_in_the_mail_of_the_change(service: Service) -> None:
    pay_request(ask(service, product("Large")), 4000)
    assert {event for event, _to in told()} == {"plan_change_applied"}
    assert "Added to your credit balance: €4.00" in the_mail("plan_change_applied", BILLS).text


def test_on_account_the_mail_says_what_is_due_and_being_paid_has_one_of_its_own(
    service: Service,
) -> None:
    change = ask(service, product("Large"))
    actions.carry_out_on_account(change=change, ctx=CTX)
    run_jobs()
    bill = the_mail("plan_change_applied", BILLS).text
    assert "Amount due: €36.00" in bill
    assert "Due date: Apr 22, 2026" in bill
    invoice = Invoice.objects.get(kind="plan_change")
    make_payment(invoice, at=AT + timedelta(days=2))
    counted = told()
    assert counted["invoice_paid", BILLS] == 1
    assert not any(event == "invoice_created" for event, _to in counted)


def test_one_that_lapses_is_one_mail(service: Service) -> None:
    change = ask(service, product("Large"))
    run_jobs()
    day = AT.date() + timedelta(days=20)
    assert actions.lapse_plan_change(
        change=change, day=day, ctx=Context(AT + timedelta(days=20), SYSTEM)
    )
    expected = {("plan_change_lapsed", to): 1 for to in (BILLS, ALICE, BOB, TESS)}
    assert told() == {("plan_change_to_pay", BILLS): 1, **expected}
    text = the_mail("plan_change_lapsed", BILLS).text
    assert "The plan change wasn't paid in time. Your service stays on Middle." in text
    assert "credit balance" not in text


def test_money_with_which_it_lapses_is_said_and_staff_hear_of_it(service: Service) -> None:
    change = ask(service, product("Large"))
    set_price(
        product=product("Large"),
        currency_code="EUR",
        billing_cycle="monthly",
        price=7000,
        setup_fee=0,
        ctx=CTX,
    )
    pay_request(change, change.total or 0)
    counted = told()
    assert counted["plan_change_not_carried_out", STAFF] == 1
    assert {event for event, _to in counted} == {
        *("plan_change_lapsed", "plan_change_not_carried_out")
    }
    assert "We added the €36.00 that you paid" in the_mail("plan_change_lapsed", BILLS).text
    assert "€36.00" not in the_mail("plan_change_lapsed", TESS).text


def test_the_mail_of_a_lapse_offers_the_renewal_that_is_open(service: Service) -> None:
    ask(service, product("Large"))
    run_jobs()
    at = AT + timedelta(days=24)
    [number] = renew_services_of(service.client, at=at).invoices
    run_jobs()
    renewal = Invoice.objects.get(pk=number)
    assert PlanChange.objects.get().status == "lapsed"
    text = the_mail("plan_change_lapsed", BILLS).text
    assert f"Renewal invoice {renewal.number} is open." in text
    assert "Renewal invoice" not in the_mail("plan_change_lapsed", TESS).text


def test_a_request_that_is_done_is_not_asked_for_any_more(service: Service) -> None:
    change = ask(service, product("Large"))
    actions.withdraw_plan_change(change=change, ctx=CTX)
    run_jobs()
    row = OutgoingMail.objects.get(event="plan_change_to_pay")
    assert (row.status, row.outcome) == ("skipped", "The plan change is withdrawn.")


def test_where_staff_decide_the_request_is_confirmed_and_staff_hear_of_it(
    service: Service,
) -> None:
    set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    change = ask(service, product("Large"))
    received = {("plan_change_received", to): 1 for to in (ALICE, BOB, TESS)}
    assert told() == {**received, ("plan_change_requested", STAFF): 1}
    actions.approve_plan_change(change=change, note="Welcome to Large", ctx=CTX)
    assert told()["plan_change_to_pay", BILLS] == 1
    assert "Welcome to Large" in the_mail("plan_change_to_pay", BILLS).text


def test_a_change_of_the_cycle_alone_names_the_cycles(service: Service) -> None:
    """It read "from Starter hosting to Starter hosting", and "Starter hosting is now on Starter hosting"."""
    middle = product("Middle")
    price = {"product": middle, "currency_code": "EUR", "billing_cycle": "annually"}
    set_price(price=30_000, setup_fee=0, ctx=CTX, **price)
    change = ask(service, middle, cycle="annually")
    run_jobs()
    asked = the_mail("plan_change_to_pay", BILLS)
    assert asked.subject == "Pay €324.00 to change Middle to Middle, yearly"
    assert "from Middle, monthly to Middle, yearly is ready" in asked.text
    assert "your service stays on Middle, monthly" in asked.text
    pay_request(change, change.total or 0)
    run_jobs()
    done = the_mail("plan_change_applied", BILLS)
    assert done.subject == "Plan changed: Middle to Middle, yearly"
    assert "We changed Middle from Middle, monthly to Middle, yearly." in done.text
    note = CreditNote.objects.get()
    assert note.reason == "Plan change to Middle, yearly."
