"""What the pages of a service and its invoice, the dashboard and the mail promise of the next payment, and what the
days bring: it is the same, with and without card, autopay and credit (portal.md 4, billing.md 8).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from commerce.accounts.actions.client_flags import set_autopay
from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.payments.models import Payment
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import business_date
from tests.doubles.gateway import FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.cards import CTX, keep
from tests.make.people import AT
from tests.make.records import make_service
from tests.make.repricing import announce_price_change, make_service_with_dearer_product
from tests.make.simulation import Simulation
from tests.portal.conftest import PortalCast
from tests.portal.domains import acts

TODAY = AT.date()
DUE = date(2026, 5, 8)
"""When the service of 5.00 renews; its invoice comes a week before, and is due two weeks later."""
CHARGED = re.compile(r"charged (?:the rest |to .{5,20} )?on (\w{3} \d+, \d{4})")


@dataclass(frozen=True, slots=True)
class Case:
    """What the client has, and what is promised: of what comes, and of what is open."""

    card: bool = True
    autopay: bool = True
    credit: int = 0
    declined: bool = False
    uses_credit: bool = True
    says: str = ""
    says_when_open: str = ""


CASES = {
    "a card": Case(
        says="On. Visa •••• 4242 is charged on May 8, 2026.",
        says_when_open="On. Visa •••• 4242 is charged on May 8, 2026.",
    ),
    "a card and some credit": Case(
        credit=200,
        says="Your credit balance (€2.00) is used first. The rest is charged to Visa •••• 4242 on May 8, 2026.",
        says_when_open="On. Visa •••• 4242 is charged on May 8, 2026.",
    ),
    "a card and credit for all of it": Case(
        credit=900,
        says="Your credit balance (€9.00) is used first.",
    ),
    "a card and credit that waits for its owner": Case(
        credit=900,
        uses_credit=False,
        says="On. Visa •••• 4242 is charged on May 8, 2026.",
        says_when_open="On. Visa •••• 4242 is charged on May 8, 2026.",
    ),
    "autopay is off": Case(
        autopay=False,
        says="Off. You pay each invoice yourself. Turn on autopay",
        says_when_open="Off. You pay each invoice yourself. Turn on autopay",
    ),
    "autopay is off, and some credit": Case(
        autopay=False,
        credit=200,
        says="Your credit balance (€2.00) is used first. Autopay is off, so you pay the rest yourself.",
        says_when_open="Off. You pay each invoice yourself. Turn on autopay",
    ),
    "nothing": Case(
        card=False,
        says="Off. You pay each invoice yourself.",
        says_when_open="Off. You pay each invoice yourself.",
    ),
    "credit alone": Case(card=False, credit=900, says="Your credit balance (€9.00) is used first."),
    "a card that was stopped": Case(
        declined=True,
        says="Visa •••• 4242 was declined. You pay the invoice yourself. Update payment method",
        says_when_open="Visa •••• 4242 was declined. You pay the invoice yourself.",
    ),
}


def read(web: HttpsTestClient, path: str) -> str:
    """A page as it is read, amounts and days without the blanks around their tags."""
    return acts.read(web, path).replace(" .", ".").replace("( ", "(").replace(" )", ")")


def day_in(text: str) -> date | None:
    """The day on which a text says that a card is charged."""
    found = CHARGED.search(text)
    return datetime.strptime(found[1], "%b %d, %Y").date() if found else None  # noqa: DTZ007 - a day


@pytest.mark.parametrize("name", CASES)
def test_what_was_promised_happens(cast: PortalCast, provider: FakeProvider, name: str) -> None:
    case = CASES[name]
    service = make_service(cast.client)
    if case.card:
        card = keep(cast.client)
        if case.declined:
            type(card).objects.update(stopped_at=AT, failure="Your bank declined the payment.")
    set_autopay(client=cast.client, on=case.autopay, ctx=CTX)
    set_setting(key="billing.auto_apply_credit", value="on" if case.uses_credit else "off", ctx=CTX)
    if case.credit:
        add_credit(client=cast.client, currency_code="EUR", amount=case.credit, ctx=CTX)
    page = f"/client/services/{service.pk}"

    promised = read(cast.browse(cast.alice), page)
    assert case.says in promised
    town = Simulation(TODAY)
    town.sleep(DUE - timedelta(days=7))
    invoice = Invoice.objects.get()
    used = min(case.credit, 500) if case.uses_credit else 0
    assert (invoice.credit_applied, invoice.amount_due) == (used, 500 - used)
    day = day_in(promised)
    if case.says_when_open:
        with clock.freeze_time(town.at):
            texts = [
                read(cast.browse(cast.alice), path)
                for path in (page, f"/client/invoices/{invoice.pk}")
            ]
            assert all(case.says_when_open in text for text in texts)
            dashboard = read(cast.browse(cast.alice), "/client/dashboard")
        mail = OutgoingMail.objects.get(event="invoice_created", recipient=cast.client.email)
        told = {day_in(text) for text in (*texts, dashboard)}
        assert told == {day}
        assert mail.values["autopay_date"] == (day and {"date": str(day)})
    happened = None
    while town.today < DUE + timedelta(days=12) and happened is None:
        town.sleep(DUE + timedelta(days=12))
        happened = Payment.objects.first() and town.today
    assert happened == day
    invoice.refresh_from_db()
    assert (invoice.status == "paid") is (day is not None or not invoice.amount_due)
    assert credit_balance(cast.client.pk, "EUR") == case.credit - used
    moved = Service.objects.get().next_due_date
    assert moved == (date(2026, 6, 8) if invoice.status == "paid" else DUE)


def test_credit_is_held_against_the_price_that_was_announced(
    cast: PortalCast, provider: FakeProvider
) -> None:
    service = make_service_with_dearer_product(client=cast.client)
    add_credit(client=cast.client, currency_code="EUR", amount=service.amount, ctx=CTX)
    page = f"/client/services/{service.pk}"
    covered = "Your credit balance (€5.00) is used first."
    assert f"{covered} Autopay" not in read(cast.browse(cast.alice), page)
    change = announce_price_change(service)
    assert (change.amount > service.amount, change.from_date) == (True, DUE)
    assert f"{covered} Autopay is off, so" in read(cast.browse(cast.alice), page)


def test_a_charge_that_is_under_way_and_one_that_is_tried_no_more_are_said(
    cast: PortalCast, provider: FakeProvider
) -> None:
    service = make_service(cast.client)
    keep(cast.client)
    provider.declined["card-1"] = "There isn't enough money on the card."
    town = Simulation(TODAY)
    town.sleep(DUE - timedelta(days=7))
    page, days = f"/client/services/{service.pk}", []
    while town.today < DUE + timedelta(days=9):
        with clock.freeze_time(town.at):
            days.append(day_in(read(cast.browse(cast.alice), page)))
        town.night(town.today + timedelta(days=1))
    tries = [DUE + timedelta(days=n) for n in (0, 1, 3, 5, 7)]
    assert sorted({day for day in days if day}) == tries
    with clock.freeze_time(town.at):
        text = read(cast.browse(cast.alice), page)
    assert "Visa •••• 4242 was declined. You pay the invoice yourself." in text


def test_an_end_at_the_end_of_the_period_needs_nobody_and_nothing_more_is_charged(
    cast: PortalCast, provider: FakeProvider
) -> None:
    service = make_service(cast.client)
    keep(cast.client)
    web, page = cast.browse(cast.alice), f"/client/services/{service.pk}"
    form = read(web, f"{page}/cancel")
    assert "the service runs until May 8, 2026 and doesn't renew" in form
    assert "Cancel on May 8, 2026" in form
    assert "Request immediate cancellation" in form
    assert "We reply to requests within 2 business days." in form
    web.post(f"{page}/cancel", {"kind": CancellationKind.END_OF_PERIOD})
    told = [mail.event for mail in OutgoingMail.objects.all()]
    assert told == ["cancellation_approved"] * len(told)
    promised = read(web, page)
    assert "This service ends on May 8, 2026" in promised
    assert "is charged on" not in promised
    town = Simulation(business_date(AT))
    while town.today < DUE + timedelta(days=2):
        town.night(town.today + timedelta(days=1))
        status = Service.objects.get().status
        assert (status == "cancelled") is (town.today >= DUE)
    assert not Invoice.objects.exists()
    assert not Payment.objects.exists()
