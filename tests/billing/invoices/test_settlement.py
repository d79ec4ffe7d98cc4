"""Settlement, voiding and refunds: the amount due is the total less all entries, from 0 to total (M8, M9)."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.billing.invoices.actions.corrections import refund_to_gateway, void_invoice
from commerce.billing.invoices.actions.settlement import PaymentAllocation, receive_payment, settle
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=20)


def pay(invoice: Invoice, amount: int, *, kind: str = "payment", source: str = "payment:1") -> None:
    ctx = Context(LATER, SYSTEM)
    entry = settle(invoice=invoice, kind=kind, source=source, amount=amount, ctx=ctx)
    assert (entry.kind, entry.source, entry.amount) == (kind, source, amount)


def consistent(invoice: Invoice) -> None:
    entries = SettlementEntry.objects.filter(invoice=invoice).values_list("amount", flat=True)
    invoice.refresh_from_db()
    assert invoice.amount_due == invoice.total - sum(entries)


def test_a_part_lowers_what_is_due_and_the_rest_settles() -> None:
    invoice = make.make_invoice()
    pay(invoice, 500)
    assert (invoice.status, invoice.amount_due, invoice.paid_at) == ("unpaid", 700, None)
    pay(invoice, 700, source="payment:2")
    assert (invoice.status, invoice.amount_due, invoice.paid_at) == ("paid", 0, LATER)
    consistent(invoice)


def test_credit_is_told_apart() -> None:
    invoice = make.make_invoice()
    pay(invoice, 200, kind="credit", source="credit:1")
    pay(invoice, 1000)
    assert (invoice.status, invoice.credit_applied) == ("paid", 200)
    consistent(invoice)


def test_an_overdue_invoice_can_be_paid() -> None:
    invoice = make.make_invoice(status="overdue")
    pay(invoice, 1200)
    assert invoice.status == "paid"


@pytest.mark.parametrize("amount", [1201, 0, -1])
def test_no_more_than_is_due_and_no_less_than_something(amount: int) -> None:
    invoice = make.make_invoice()
    with pytest.raises(BusinessError) as refused:
        pay(invoice, amount)
    if amount <= 0:
        assert refused.value.field == "amount"
    consistent(invoice)
    assert not SettlementEntry.objects.exists()


def came(
    invoice: Invoice,
    amount: int,
    *,
    source: str = "payment:1",
    kind: str = "payment",
    at: datetime = LATER,
) -> PaymentAllocation:
    ctx = Context(at, SYSTEM)
    return receive_payment(invoice=invoice, amount=amount, source=source, kind=kind, ctx=ctx)


@pytest.mark.parametrize("amount", [0, -1])
def test_money_that_came_is_more_than_nothing(amount: int) -> None:
    with pytest.raises(BusinessError, match="above 0") as refused:
        came(make.make_invoice(), amount)
    assert refused.value.field == "amount"
    assert not SettlementEntry.objects.exists()
    assert not CreditEntry.objects.exists()


def test_money_for_a_draft_is_refused() -> None:
    with pytest.raises(StateConflict, match="Issue the draft first"):
        came(make.make_invoice(status="draft"), 1)
    assert not CreditEntry.objects.exists()


def test_each_cent_that_came_is_settled_or_credit_and_said() -> None:
    invoice = make.make_invoice()
    assert came(invoice, 500) == PaymentAllocation(500, 0)
    assert came(invoice, 1000, source="payment:2") == PaymentAllocation(700, 300)
    assert came(invoice, 40, source="payment:3") == PaymentAllocation(0, 40)
    kept = CreditEntry.objects.order_by("pk").values_list("reason", "source", "amount", "note")
    assert list(kept) == [
        ("overpayment", "payment:2", 300, str(invoice)),
        ("late_payment", "payment:3", 40, str(invoice)),
    ]
    consistent(invoice)
    told = AuditEntry.objects.filter(action="invoice.settled", record_id=invoice.pk).order_by("pk")
    assert [(one.before, one.after) for one in told] == [
        ({"amount_due": 1200}, {"amount_due": 700, "kind": "payment", "source": "payment:1"}),
        ({"amount_due": 700}, {"amount_due": 0, "kind": "payment", "source": "payment:2"}),
        ({"amount_due": 700}, {"to_credit": 300, "source": "payment:2"}),
        ({"amount_due": 0}, {"to_credit": 40, "source": "payment:3"}),
    ]
    assert {(one.record_kind, one.record_name, one.client_id) for one in told} == {
        ("invoice", str(invoice), invoice.client_id)
    }


def test_credit_that_came_is_told_apart_from_a_payment_of_the_same_name() -> None:
    invoice = make.make_invoice()
    assert came(invoice, 1300, source="note:1", kind="credit") == PaymentAllocation(1200, 100)
    assert SettlementEntry.objects.get().kind == "credit"
    assert CreditEntry.objects.get().source == "credit:note:1"
    invoice.refresh_from_db()
    assert invoice.credit_applied == 1200


def test_the_invoice_changed_when_money_came_and_no_other_did() -> None:
    """Callers of the API ask for what changed since."""
    other, invoice = make.make_invoice(), make.make_invoice()
    before = Invoice.objects.filter(pk=other.pk).values().get()
    for n, amount in enumerate((500, 700, 5)):
        at = LATER + timedelta(hours=n)
        came(invoice, amount, source=f"payment:{n}", at=at)
        assert Invoice.objects.get(pk=invoice.pk).changed_at == at
    assert Invoice.objects.filter(pk=other.pk).values().get() == before


@pytest.mark.parametrize("status", ["draft", "paid", "cancelled", "refunded"])
def test_only_open_invoices_are_settled(status: str) -> None:
    with pytest.raises(StateConflict):
        pay(make.make_invoice(status=status), 1, source="payment:77")


@pytest.mark.parametrize("kind", ["credit_note", "refund", "to_credit", "reversal", "nonsense"])
def test_only_payments_and_credit_settle(kind: str) -> None:
    with pytest.raises(BusinessError):
        pay(make.make_invoice(), 1, kind=kind)


def test_one_source_counts_once() -> None:
    """U6."""
    invoice = make.make_invoice()
    pay(invoice, 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        pay(invoice, 100)
    consistent(invoice)


def test_late_is_after_the_due_date() -> None:
    invoice = make.make_invoice()
    assert invoice.due_date is not None
    on_time = make.AT + timedelta(days=14)
    with pytest.raises(BusinessError, match="This invoice isn't overdue yet"):
        mark_overdue(invoice=invoice, ctx=Context(on_time, SYSTEM))
    mark_overdue(invoice=invoice, ctx=Context(on_time + timedelta(days=1), SYSTEM))
    assert invoice.status == "overdue"


def test_a_voided_invoice_is_taken_back_as_a_whole() -> None:
    invoice = make.make_invoice()
    void_invoice(invoice=invoice, reason="mistake", ctx=Context(LATER, SYSTEM))
    assert (invoice.status, invoice.amount_due, invoice.total) == ("cancelled", 0, 1200)
    entry = SettlementEntry.objects.get()
    assert (entry.kind, entry.amount) == ("credit_note", 1200)
    consistent(invoice)


def test_what_was_paid_on_a_voided_invoice_goes_back_to_credit() -> None:
    invoice = make.make_invoice()
    pay(invoice, 300)
    void_invoice(invoice=invoice, reason="mistake", ctx=Context(LATER, SYSTEM))
    assert (invoice.status, invoice.amount_due) == ("cancelled", 0)
    assert credit_balance(invoice.client_id, "EUR") == 300
    consistent(invoice)


@pytest.mark.parametrize("status", ["draft", "paid", "cancelled", "refunded"])
def test_only_open_invoices_are_voided(status: str) -> None:
    with pytest.raises(StateConflict):
        void_invoice(
            invoice=make.make_invoice(status=status), reason="mistake", ctx=Context(LATER, SYSTEM)
        )


def test_a_refund_takes_the_claim_back_too() -> None:
    invoice = make.make_invoice(status="paid")
    refund_to_gateway(
        invoice=invoice,
        source="payment:1",
        amount=1200,
        reason="asked",
        ctx=Context(LATER, SYSTEM),
    )
    assert (invoice.status, invoice.amount_due) == ("refunded", 0)
    assert set(SettlementEntry.objects.values_list("kind", "amount")) == {
        ("payment", 1200),
        ("refund", -1200),
        ("credit_note", 1200),
    }
    consistent(invoice)
