"""Charges of saved cards with threads on PostgreSQL: runs and workers at once, and what their client does meanwhile."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.models import Client
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import BilledPeriod, Invoice
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.card_charges import try_saved_card
from commerce.payments.actions.saved_cards import (
    MAX_SAVED_CARDS,
    CardConsent,
    remove_card,
    save_card,
)
from commerce.payments.gateways.contract import PaymentCard
from commerce.payments.models import Attempt, AutopayTry, Payment, SavedCard
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once
from tests.make.cards import CTX, DAY, FIRST, STEP, at, keep, run, work
from tests.make.jobs import run_jobs_but_documents
from tests.make.renewals import RENEWED_AT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def test_two_runs_at_once_make_one_try_and_one_charge(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    day = RunDay(FIRST, at(FIRST).at)
    reports = at_once([lambda: run_daily(STEP, day=day, started_by="test", wait_seconds=60)] * 4)
    assert [one.failed for one in reports if isinstance(one, RunReport)] == [False] * 4
    work(FIRST)
    assert (AutopayTry.objects.count(), len(provider.sessions)) == (1, 1)
    assert (fresh(invoice).status, Payment.objects.count()) == ("paid", 1)


def test_a_try_that_20_make_at_once_is_one(client: Client, invoice: Invoice) -> None:
    """As if the lock of the run had failed; the two invoices are one charge."""
    second = make.make_invoice(client)
    rows = [invoice, second] * (WORKERS // 2)
    made = at_once(
        [
            lambda row=row: try_saved_card(invoice=fresh(row), day=FIRST, ctx=at(FIRST))
            for row in rows
        ]
    )
    assert [one for one in made if one is not None] == [Attempt.objects.get()]
    assert AutopayTry.objects.count() == 2


def test_workers_at_once_charge_once(invoice: Invoice, provider: FakeProvider) -> None:
    run(FIRST)
    at_once([lambda: work(FIRST)] * 4)
    work(FIRST, minutes=1)
    assert (provider.calls.count("charge_saved"), Payment.objects.count()) == (1, 1)
    assert fresh(invoice).status == "paid"


def test_r19_a_client_pays_by_hand_while_the_card_is_charged(
    client: Client, provider: FakeProvider
) -> None:
    """One pays the invoice; the other is not made, or is credit."""
    for n in range(6):
        before = credit_balance(client.pk, "EUR")  # the run may take from it
        invoice = make.make_invoice(client)
        run(FIRST + n * DAY)

        def by_hand(invoice: Invoice = invoice, n: int = n) -> Payment:
            return make.make_payment(
                fresh(invoice), transaction_id=f"by hand {n}", amount=1200, at=at(FIRST).at
            )

        def by_card(n: int = n) -> None:
            run_jobs_but_documents(at=at(FIRST + n * DAY).at)

        at_once([by_hand, by_card] if n % 2 else [by_card, by_hand])
        by_card()
        paid = sum(Payment.objects.filter(invoice=invoice).values_list("amount", flat=True))
        assert fresh(invoice).status == "paid"
        assert paid - 1200 == credit_balance(client.pk, "EUR") - before
        assert paid in (1200, 2400)
    assert not Attempt.objects.live().exists()


def test_a_renewal_that_runs_and_workers_charge_at_once_is_one_of_each(
    client: Client, provider: FakeProvider
) -> None:
    """One renewal, one payment, one next due date, one mail of each kind."""
    service = make.make_service(client)
    steps = tuple(step for step in DAILY_STEPS if step.name in ("renew", "autopay", "remind"))
    for days in (0, 7, 8):  # issued, charged, and the day after
        now = RENEWED_AT + timedelta(days=days)
        day = RunDay(now.date(), now)

        def nightly(day: RunDay = day) -> RunReport:
            return run_daily(steps, day=day, started_by="test", wait_seconds=60)

        def worker(day: RunDay = day) -> None:
            run_jobs_but_documents(at=day.at)

        reports = at_once([nightly, worker, nightly, worker])
        assert not any(one.failed for one in reports if isinstance(one, RunReport))
        worker()
    service.refresh_from_db()
    assert str(service.next_due_date) == "2026-06-08"
    assert (BilledPeriod.objects.count(), Payment.objects.count()) == (1, 1)
    assert (Invoice.objects.get().status, len(provider.sessions)) == ("paid", 1)
    mails = Counter(OutgoingMail.objects.values_list("event", flat=True))
    assert (mails["invoice_created"], mails["invoice_paid"]) == (1, 1)


def autopay_off(client: Client) -> None:
    set_autopay(client=client, on=False, ctx=at(FIRST))


def card_removed(client: Client) -> None:
    remove_card(card=SavedCard.objects.kept().get(client=client), ctx=at(FIRST))


@pytest.mark.parametrize("change", [autopay_off, card_removed])
def test_what_the_client_switches_off_while_the_charge_goes_out_stops_it_or_comes_after_it(
    provider: FakeProvider, change: Callable[[Client], None]
) -> None:
    for n in range(6):
        client = make.make_client()
        keep(client, f"card-{n}")
        invoice = make.make_invoice(client)
        charges, payments = len(provider.sessions), Payment.objects.count()
        run(FIRST)
        acts = [lambda c=client: change(c), lambda: work(FIRST)]
        assert not any(isinstance(one, BusinessError) for one in at_once(acts[:: (-1) ** n]))
        work(FIRST, minutes=2)
        made = len(provider.sessions) - charges
        assert (Payment.objects.count() - payments, made) in ((0, 0), (1, 1))
        assert fresh(invoice).status == ("paid" if made else "unpaid")
        assert AutopayTry.objects.filter(invoice=invoice).count() == made
    assert not Attempt.objects.live().exists()


def save(client: Client, name: str) -> SavedCard | None:
    return save_card(
        client_id=client.pk,
        gateway="fake",
        card=PaymentCard("visa", "4242", name, 12, 2030),
        consent=CardConsent("Charge it.", make.AT),
        ctx=CTX,
    )


def test_cards_saved_at_once_are_ten_with_one_default() -> None:
    client = make.make_client()
    for n in range(MAX_SAVED_CARDS - 2):
        keep(client, f"card-{n}")
    at_once([lambda n=n: save(client, f"late-{n}") for n in range(8)])
    cards = SavedCard.objects.for_client(client).kept()
    assert (cards.count(), cards.filter(is_default=True).count()) == (MAX_SAVED_CARDS, 1)
