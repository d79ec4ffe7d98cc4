"""payments.md 3: a saved card is a way to pay one invoice or several, charged at once when its client says so."""

from typing import Any

import pytest
from django.db import connection

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.models import Client
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import stop_invoice
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.card_charges import try_saved_card
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.actions.shared_attempts import charge_card_for_invoices
from commerce.payments.models import Attempt, AutopayTry, Payment, PaymentShare, SavedCard
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once
from tests.make.cards import CTX, FIRST, TODAY, at, keep, run, status, told, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]


def charge(
    *invoices: Invoice, amount: int = 1200, card: SavedCard | None = None, ctx: Context = CTX
) -> Attempt:
    return charge_card_for_invoices(
        invoices=[Invoice.objects.get(pk=one.pk) for one in invoices],
        card=card or SavedCard.objects.get(),
        amount=amount,
        created_by=None,
        ctx=ctx,
    )


def fate(attempt: Attempt) -> str:
    return Attempt.objects.get(pk=attempt.pk).status


def test_it_is_charged_once_however_often_it_is_asked_for(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """Autopay may be off, and it is none of its tries."""
    set_autopay(client=client, on=False, ctx=CTX)
    attempt = charge(invoice)
    assert charge(invoice) == attempt
    work(TODAY)
    assert (fate(attempt), status(invoice)) == ("succeeded", "paid")
    assert (provider.calls.count("charge_saved"), AutopayTry.objects.count()) == (1, 0)
    with pytest.raises(StateConflict):
        charge(invoice)


def test_of_several_invoices_each_has_its_share_of_the_card_that_was_chosen(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    other = keep(client, "card-2")
    assert not other.is_default
    attempt = charge(invoice, make.make_invoice(client), amount=2400, card=other)
    work(TODAY)
    assert (fate(attempt), attempt.saved_card, attempt.purpose) == ("succeeded", other, "invoices")
    assert list(PaymentShare.objects.values_list("amount", flat=True)) == [1200, 1200]


def test_another_amount_than_was_shown_is_refused(invoice: Invoice) -> None:
    with pytest.raises(StateConflict, match="The amount has changed"):
        charge(invoice, amount=1100)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("what", ["removed", "of another client", "under review"])
def test_what_cannot_be_charged_is_refused(client: Client, invoice: Invoice, what: str) -> None:
    card = SavedCard.objects.get()
    match what:
        case "removed":
            remove_card(card=card, ctx=CTX)
        case "of another client":
            card = keep(make.make_client(), "card-9")
        case "under review":
            stop_invoice(invoice=invoice, ctx=CTX)
    with pytest.raises(BusinessError):
        charge(invoice, card=card)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("what", ["paid", "card removed", "paid in part"])
def test_what_is_not_due_any_more_never_goes_out(
    invoice: Invoice, provider: FakeProvider, what: str
) -> None:
    attempt = charge(invoice)
    if what == "card removed":
        remove_card(card=SavedCard.objects.get(), ctx=CTX)
    else:
        make.make_payment(invoice, amount=1200 if what == "paid" else 400)
    work(TODAY)
    assert (fate(attempt), "charge_saved" in provider.calls) == ("failed", False)


def test_a_charge_of_two_that_is_late_for_one_is_not_sent_for_the_other(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """A try by itself follows what is due; a client agreed to one sum."""
    attempt = charge(invoice, make.make_invoice(client), amount=2400)
    make.make_payment(invoice)
    work(TODAY)
    assert (fate(attempt), "charge_saved" in provider.calls) == ("failed", False)


def test_a_lost_answer_is_no_second_charge(invoice: Invoice, provider: FakeProvider) -> None:
    provider.lost.append("charge_saved")
    attempt = charge(invoice)
    for minutes in (0, 5, 10):
        work(TODAY, minutes=minutes)
    assert (fate(attempt), status(invoice)) == ("succeeded", "paid")
    assert len(provider.sessions) == 1


def test_a_decline_is_said_on_the_page_and_in_no_mail(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.declined["card-1"] = "Not enough funds."
    attempt = charge(invoice)
    work(TODAY)
    assert Attempt.objects.get(pk=attempt.pk).failure == "Not enough funds."
    assert (status(invoice), told("payment_failed")) == ("unpaid", [])


def test_a_try_that_is_under_way_is_given_back_and_keeps_others_away(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    provider.silent.append("charge_saved")
    run(FIRST)
    work(FIRST)
    [attempt] = Attempt.objects.all()
    assert charge(invoice) == attempt
    with pytest.raises(StateConflict, match="being processed"):
        charge(invoice, make.make_invoice(client), amount=2400)


def test_the_run_makes_no_try_while_a_client_pays(invoice: Invoice) -> None:
    charge(invoice)
    run(FIRST)
    assert (Attempt.objects.count(), AutopayTry.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_clients_and_the_run_at_once_pay_once(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    second, now = make.make_invoice(client), at(FIRST)

    def by_client() -> Any:
        return charge(invoice, ctx=now)

    def by_run() -> Any:
        row = Invoice.objects.get(pk=invoice.pk)
        return try_saved_card(invoice=row, day=FIRST, ctx=now)

    acts = [by_client, by_run, lambda: charge(invoice, second, amount=2400, ctx=now)]
    results = at_once(acts * (WORKERS // 3))
    errors = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, StateConflict) for one in errors), errors
    assert Attempt.objects.count() == 1
    work(FIRST)
    assert (Payment.objects.count(), credit_balance(client.pk, "EUR")) == (1, 0)
    assert status(invoice) == "paid"
