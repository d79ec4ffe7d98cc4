"""Credit: an append-only ledger, applied at issue and by hand, never below 0 (billing.md 6, M10)."""

from typing import Any

import pytest
from django.db.models import Sum

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit, apply_credit, pay_out_credit, remove_credit
from commerce.billing.invoices.actions.reversals import book_won_reversal, reverse_settlement
from commerce.billing.invoices.actions.settlement import receive_payment
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import CreditAccount, CreditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def with_credit(amount: int) -> Client:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=amount, ctx=CTX)
    return client


def consistent() -> None:
    for account in CreditAccount.objects.all():
        assert account.balance == account.entries.aggregate(sum=Sum("amount"))["sum"]


def test_issuing_applies_what_there_is() -> None:
    client = with_credit(1000)
    first, second = make.make_invoice(client), make.make_invoice(client)
    assert (first.status, first.credit_applied, first.amount_due) == ("unpaid", 1000, 200)
    assert (second.credit_applied, credit_balance(client.pk, "EUR")) == (0, 0)
    consistent()


def test_credit_that_covers_all_pays_at_once() -> None:
    invoice = make.make_invoice(with_credit(5000))
    assert (invoice.status, invoice.amount_due, invoice.paid_at) == ("paid", 0, make.AT)
    assert credit_balance(invoice.client_id, "EUR") == 3800


def test_currencies_never_mix() -> None:
    assert make.make_invoice(with_credit(5000), currency_code="USD").credit_applied == 0


def test_by_hand_when_it_is_not_applied_by_itself() -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    invoice = make.make_invoice(with_credit(500))
    assert invoice.credit_applied == 0
    with pytest.raises(BusinessError):
        apply_credit(invoice=invoice, amount=501, ctx=CTX)
    assert apply_credit(invoice=invoice, amount=100, ctx=CTX) == 100
    assert apply_credit(invoice=invoice, ctx=CTX) == 400
    assert (invoice.credit_applied, invoice.amount_due) == (500, 700)
    with pytest.raises(BusinessError):
        apply_credit(invoice=invoice, ctx=CTX)
    with pytest.raises(StateConflict):
        apply_credit(invoice=make.make_invoice(status="paid"), ctx=CTX)
    consistent()


def test_staff_add_remove_and_pay_out() -> None:
    client = with_credit(1000)
    remove_credit(client=client, currency_code="EUR", amount=300, ctx=CTX)
    pay_out_credit(client=client, currency_code="EUR", amount=700, reference="SEPA-1", ctx=CTX)
    pay_out_credit(client=client, currency_code="EUR", amount=700, reference="SEPA-1", ctx=CTX)
    assert credit_balance(client.pk, "EUR") == 0
    with pytest.raises(BusinessError, match="The credit balance is too low for this amount"):
        remove_credit(client=client, currency_code="EUR", amount=1, ctx=CTX)
    with pytest.raises(BusinessError, match="above 0"):
        add_credit(client=client, currency_code="EUR", amount=0, ctx=CTX)
    consistent()


def test_a_form_that_is_sent_twice_gives_once() -> None:
    client = make.make_client()
    for _ in range(2):
        add_credit(client=client, currency_code="EUR", amount=5, idempotency_key="form-1", ctx=CTX)
    assert credit_balance(client.pk, "EUR") == 5
    with pytest.raises(
        BusinessError,
        match="This reference was already used for another client, currency, or amount",
    ):
        add_credit(
            client=make.make_client(),
            currency_code="EUR",
            amount=5,
            idempotency_key="form-1",
            ctx=CTX,
        )


@pytest.mark.parametrize("other", [{"amount": 6}, {"currency_code": "USD"}])
def test_a_reference_of_another_amount_or_currency_is_refused(other: dict[str, Any]) -> None:
    """The second payout under one reference was left out without a word, and printed as done."""
    client = make.make_client()
    for code in ("EUR", "USD"):
        add_credit(client=client, currency_code=code, amount=100, ctx=CTX)
    paid: dict[str, Any] = {"client": client, "currency_code": "EUR", "amount": 5, "ctx": CTX}
    first = pay_out_credit(reference="SEPA 1", **paid)
    assert pay_out_credit(reference="SEPA 1", **paid) == first
    with pytest.raises(
        BusinessError,
        match="This reference was already used for another client, currency, or amount",
    ):
        pay_out_credit(reference="SEPA 1", **paid | other)
    assert credit_balance(client.pk, "EUR") == 95


def test_a_note_that_is_too_long_is_refused() -> None:
    with pytest.raises(BusinessError, match="255"):
        add_credit(
            client=make.make_client(), currency_code="EUR", amount=5, note="x" * 256, ctx=CTX
        )


def test_more_than_is_due_becomes_credit() -> None:
    invoice = make.make_invoice()
    got = receive_payment(invoice=invoice, source="payment:1", amount=2000, ctx=CTX)
    assert (got.settled, got.to_credit, invoice.status) == (1200, 800, "paid")
    assert CreditEntry.objects.get().reason == "overpayment"


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_money_for_a_closed_invoice_becomes_credit(status: str) -> None:
    invoice = make.make_invoice(status=status)
    got = receive_payment(invoice=invoice, source="payment:99", amount=500, ctx=CTX)
    assert (got.settled, got.to_credit, invoice.status) == (0, 500, status)
    assert CreditEntry.objects.get().reason == "late_payment"


def test_a_draft_takes_no_money() -> None:
    with pytest.raises(BusinessError):
        receive_payment(invoice=make.make_draft(), source="payment:1", amount=5, ctx=CTX)


def test_a_payment_that_is_charged_back_opens_the_invoice_and_takes_its_credit() -> None:
    invoice = make.make_invoice()
    receive_payment(invoice=invoice, source="payment:1", amount=1500, ctx=CTX)
    remove_credit(client=invoice.client, currency_code="EUR", amount=100, ctx=CTX)
    taken = reverse_settlement(invoice=invoice, source="payment:1", amount=1500, ctx=CTX)
    assert (taken.reopened, taken.from_credit, taken.short) == (1200, 200, 100)
    assert (invoice.status, invoice.amount_due, invoice.paid_at) == ("unpaid", 1200, None)
    assert invoice.dunning_hold_until is not None
    book_won_reversal(invoice=invoice, source="payment:1", amount=1500, ctx=CTX)
    # What was short is not given back: staff had taken it before.
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("paid", 200)
    consistent()


@pytest.mark.parametrize("reference", ["", "  ", "x" * 61])
def test_a_payout_has_a_reference_of_up_to_60_characters(reference: str) -> None:
    client = with_credit(100)
    say: dict[str, Any] = {"client": client, "currency_code": "EUR", "ctx": CTX}
    with pytest.raises(BusinessError) as caught:
        pay_out_credit(amount=5, reference=reference, **say)
    assert caught.value.field == "reference"
    for fine in ("x", f" {'y' * 60} "):
        entry = pay_out_credit(amount=5, reference=fine, **say)
        assert (entry.note, entry.source) == (fine.strip(), f"staff:{fine.strip()}")
    assert (entry.amount, entry.reason, entry.balance) == (-5, "payout", 90)
    with pytest.raises(BusinessError) as caught:
        pay_out_credit(amount=6, reference="x", **say)
    assert caught.value.field == "reference"


def test_credit_is_given_and_taken_by_the_unit_with_a_note_of_255_characters() -> None:
    client = make.make_client()
    say: dict[str, Any] = {"client": client, "currency_code": "EUR", "ctx": CTX}
    entry = add_credit(amount=1, note="x" * 255, **say)
    assert (entry.amount, entry.note, entry.account.client) == (1, "x" * 255, client)
    for wrong in (0, -1):
        for act in (add_credit, remove_credit):
            with pytest.raises(BusinessError) as caught:
                act(amount=wrong, **say)
            assert caught.value.field == "amount"
    assert remove_credit(amount=1, **say).balance == 0
    assert CreditEntry.objects.count() == 2


def test_credit_pays_one_unit_at_least_and_what_is_due_at_most() -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    invoice = make.make_invoice(with_credit(5000))
    for wrong in (0, -1, 1201):
        with pytest.raises(BusinessError) as caught:
            apply_credit(invoice=invoice, amount=wrong, ctx=CTX)
        assert caught.value.field == "amount"
    assert apply_credit(invoice=invoice, amount=1, ctx=CTX) == 1
    assert apply_credit(invoice=invoice, ctx=CTX) == 1199
    assert [one.amount for one in CreditEntry.objects.filter(reason="applied").order_by("pk")] == [
        -1,
        -1199,
    ]
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("paid", 3800)
