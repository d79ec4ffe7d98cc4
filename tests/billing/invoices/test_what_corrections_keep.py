"""billing.md 7: rows, states and money after each kind of correction, to the last column."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.credit.actions import add_credit, post_credit, remove_credit
from commerce.billing.invoices.actions.corrections import (
    credit_invoice,
    credit_open_period,
    refund_to_credit,
    refund_to_gateway,
    void_invoice,
)
from commerce.billing.invoices.actions.reversals import (
    book_failed_refund,
    book_won_reversal,
    reverse_settlement,
)
from commerce.billing.invoices.actions.settlement import receive_payment
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import CreditEntry, CreditNote, Invoice
from commerce.billing.periods.actions.dunning import add_late_fee
from commerce.catalog.models import Currency
from commerce.events.models import StoredEvent
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
LATER = Context(make.AT + timedelta(hours=1), SYSTEM)


def pay(invoice: Invoice, amount: int, source: str = "payment:1") -> None:
    receive_payment(invoice=invoice, source=source, amount=amount, ctx=CTX)


def with_credit(amount: int, code: str = "EUR") -> Any:
    client = make.make_client()
    add_credit(client=client, currency_code=code, amount=amount, ctx=CTX)
    return client


def entries(invoice: Invoice) -> list[tuple[str, int]]:
    return list(invoice.settlement_entries.order_by("pk").values_list("kind", "amount"))


def events() -> list[str]:
    return list(StoredEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_note_repeats_what_it_takes_back_as_a_whole() -> None:
    line = DraftLine("Work, hours", 333, make.NEW_YORK, 2500)
    invoice = make.make_invoice(lines=[line, DraftLine("Design", 500, make.REVERSE_CHARGE)])
    set_setting(key="invoices.footer_text", value="Thank you", ctx=CTX)
    note = void_invoice(invoice=invoice, reason=" mistake ", ctx=LATER)
    assert list(
        note.lines.order_by("position").values_list(
            "description", "quantity_milli", "unit_amount", "amount", "tax_amount", "line__position"
        )
    ) == [("Work, hours", 2500, 333, 833, 74, 1), ("Design", 1000, 500, 500, 0, 2)]
    assert set(
        note.tax_groups.values_list("category", "rate_milli", "net", "tax", "name", "note")
    ) == {
        ("S", 8875, 833, 74, "Sales tax", ""),
        ("AE", 0, 500, 0, "VAT", "Reverse charge"),
    }
    assert (note.reason, note.footer, note.issued_at) == ("mistake", "Thank you", LATER.at)
    assert (note.seller, note.buyer, note.exponent, note.currency_id) == (
        invoice.seller,
        invoice.buyer,
        invoice.exponent,
        "EUR",
    )
    assert (note.issue_date, note.client, note.total) == (make.AT.date(), invoice.client, 1407)


def test_a_part_of_a_line_has_its_amount_as_its_unit() -> None:
    invoice = make.make_invoice(lines=[DraftLine("Hours", 100, make.VAT, 3000)])
    note = credit_invoice(invoice=invoice, lines={1: 50}, reason="agreed", ctx=CTX)
    line = note.lines.get()
    assert (line.quantity_milli, line.unit_amount, line.amount, line.tax_amount) == (
        1000,
        50,
        50,
        10,
    )
    whole = credit_invoice(invoice=invoice, lines={1: 250}, reason="agreed", ctx=CTX).lines.get()
    assert (whole.quantity_milli, whole.unit_amount, whole.amount) == (1000, 250, 250)


@pytest.mark.parametrize("net", [0, -1, 101])
def test_a_part_of_a_line_is_above_nothing_and_at_most_the_line(net: int) -> None:
    invoice = make.make_invoice(
        lines=[DraftLine("a", 100, make.VAT), DraftLine("b", 900, make.VAT)]
    )
    with pytest.raises(BusinessError):
        credit_invoice(invoice=invoice, lines={1: net}, reason="agreed", ctx=CTX)
    assert credit_invoice(invoice=invoice, lines={1: 100}, reason="agreed", ctx=CTX).total == 120


def test_a_discount_alone_is_not_credited() -> None:
    invoice = make.make_invoice(
        lines=[DraftLine("a", 1000, make.VAT), DraftLine("less", -100, make.VAT)]
    )
    with pytest.raises(BusinessError) as caught:
        credit_invoice(invoice=invoice, lines={2: None}, reason="agreed", ctx=CTX)
    assert caught.value.field == "lines"
    note = credit_invoice(invoice=invoice, lines={1: None, 2: None}, reason="agreed", ctx=CTX)
    assert note.total == 1080


@pytest.mark.parametrize("length", [500, 501])
def test_a_reason_has_up_to_500_characters(length: int) -> None:
    invoice = make.make_invoice()
    if length > 500:
        with pytest.raises(BusinessError):
            void_invoice(invoice=invoice, reason="x" * length, ctx=CTX)
    else:
        assert len(void_invoice(invoice=invoice, reason="x" * length, ctx=CTX).reason) == 500


def test_a_note_takes_back_one_unit_at_least() -> None:
    invoice = make.make_invoice()
    assert credit_invoice(invoice=invoice, amount=1, reason="agreed", ctx=CTX).total == 1
    free = make.make_invoice(lines=[DraftLine("Free", 0, make.VAT)])
    with pytest.raises(BusinessError):
        credit_invoice(invoice=free, reason="agreed", ctx=CTX)


def test_what_leaves_an_invoice_is_credit_that_was_applied_first() -> None:
    invoice = make.make_invoice(with_credit(200))
    pay(invoice, 1000)
    credit_invoice(invoice=invoice, amount=50, reason="agreed", ctx=LATER)
    assert (invoice.credit_applied, invoice.status, invoice.paid_at) == (150, "paid", make.AT)
    assert invoice.changed_at == LATER.at
    credit_invoice(invoice=invoice, amount=400, reason="agreed", ctx=LATER)
    assert (invoice.credit_applied, credit_balance(invoice.client_id, "EUR")) == (0, 450)
    assert entries(invoice) == [
        ("credit", 200),
        ("payment", 1000),
        ("credit_note", 50),
        ("to_credit", -50),
        ("credit_note", 400),
        ("to_credit", -400),
    ]
    back = CreditEntry.objects.filter(reason="returned").order_by("pk")
    assert [(one.amount, one.note) for one in back] == [(50, "INV-0001"), (400, "INV-0001")]
    assert {one.source.partition(":")[0] for one in back} == {"credit_note"}


def test_money_that_is_refunded_to_credit_leaves_the_credit_that_was_applied() -> None:
    invoice = make.make_invoice(with_credit(200))
    pay(invoice, 1000)
    refund_to_credit(invoice=invoice, source="refund:1", amount=300, reason="agreed", ctx=CTX)
    assert (invoice.credit_applied, invoice.status) == (200, "paid")
    entry = CreditEntry.objects.get(reason="refund_to_credit")
    assert (entry.amount, entry.source, entry.note) == (300, "refund:1", "INV-0001")
    refund_to_gateway(invoice=invoice, source="refund:2", amount=100, reason="agreed", ctx=CTX)
    assert entries(invoice)[2:] == [
        ("credit_note", 300),
        ("to_credit", -300),
        ("credit_note", 100),
        ("refund", -100),
    ]


@pytest.mark.parametrize("refund", [refund_to_credit, refund_to_gateway])
def test_a_refund_is_at_most_what_the_invoice_holds(refund: Any) -> None:
    invoice = make.make_invoice()
    pay(invoice, 700)
    with pytest.raises(BusinessError):
        refund(invoice=invoice, source="refund:1", amount=701, reason="agreed", ctx=CTX)
    refund(invoice=invoice, source="refund:1", amount=700, reason="agreed", ctx=CTX)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 500)


@pytest.mark.parametrize("status", ["draft", "cancelled", "refunded"])
def test_what_is_no_claim_is_not_corrected(status: str) -> None:
    invoice = make.make_invoice(status=status)
    for act in (credit_invoice, void_invoice):
        with pytest.raises(StateConflict):
            act(invoice=invoice, reason="agreed", ctx=CTX)
    with pytest.raises(StateConflict):
        void_invoice(invoice=make.make_invoice(status="paid"), reason="agreed", ctx=CTX)


def test_what_is_credited_of_the_rest_pays_and_does_what_a_payment_does() -> None:
    invoice = make_renewal(amount=1000)
    pay(invoice, 600)
    credit_invoice(invoice=invoice, amount=400, reason="agreed", ctx=Context(RENEWED_AT, SYSTEM))
    assert (invoice.status, invoice.paid_at, invoice.amount_due) == ("paid", RENEWED_AT, 0)
    assert invoice.billed_periods.get().status == "paid"
    assert events()[-2:] == ["InvoicePaid", "CreditNoteIssued"]


def test_what_is_credited_as_a_whole_is_closed_and_its_periods_need_a_word() -> None:
    invoice = make_renewal(amount=1000)
    ctx = Context(RENEWED_AT, SYSTEM)
    for wrong in ({}, {("service", 0): "waive"}):
        with pytest.raises(BusinessError):
            credit_invoice(invoice=invoice, reason="agreed", decisions=wrong, ctx=ctx)
    credit_invoice(invoice=invoice, amount=999, reason="agreed", ctx=ctx)
    assert invoice.billed_periods.get().status == "open"
    credit_invoice(invoice=invoice, reason="agreed", release_periods=True, ctx=ctx)
    assert (invoice.status, invoice.billed_periods.get().status) == ("cancelled", "released")
    assert events()[-2:] == ["InvoiceClosed", "CreditNoteIssued"]


def test_an_open_period_is_taken_back_less_what_was_credited_of_it_before() -> None:
    ctx = Context(RENEWED_AT, SYSTEM)
    invoice = make_renewal(services=2, amount=1000)
    first, second = invoice.billed_periods.order_by("pk")
    credit_invoice(invoice=invoice, lines={1: 300}, reason="agreed", ctx=ctx)
    credit_open_period(period=first, reason="ends", ctx=ctx)
    second.refresh_from_db()
    first.refresh_from_db()
    invoice.refresh_from_db()
    assert (first.status, second.status, invoice.amount_due) == ("released", "open", 1000)
    credit_open_period(period=second, reason="ends", ctx=ctx)
    invoice.refresh_from_db()
    assert (invoice.amount_due, invoice.status) == (0, "cancelled")
    assert [note.total for note in CreditNote.objects.order_by("pk")] == [300, 700, 1000]


def test_an_open_period_of_which_nothing_is_left_is_released_without_a_note() -> None:
    ctx = Context(RENEWED_AT, SYSTEM)
    invoice = make_renewal(services=2, amount=1000)
    first = invoice.billed_periods.order_by("pk")[0]
    credit_invoice(invoice=invoice, lines={1: None}, reason="agreed", ctx=ctx)
    credit_open_period(period=first, reason="ends", ctx=ctx)
    first.refresh_from_db()
    assert (first.status, CreditNote.objects.count()) == ("released", 1)


def fee_for(invoice: Invoice) -> Invoice:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_setting(key=f"billing.late_fee_{key}", value=value, ctx=CTX)
    fee = add_late_fee(invoice=invoice, ctx=Context(make.AT + timedelta(days=60), SYSTEM))
    assert fee is not None
    return fee


def test_a_late_fee_ends_with_its_own_cause() -> None:
    first, second = make.make_invoice(status="overdue"), make.make_invoice(status="overdue")
    mine, other = fee_for(first), fee_for(second)
    void_invoice(invoice=first, reason="lapsed", release_periods=True, ctx=LATER)
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.status, other.status) == ("cancelled", "unpaid")
    assert first.number in CreditNote.objects.get(invoice=mine).reason


@pytest.mark.parametrize("amount", [0, -1])
def test_a_reversal_is_above_nothing(amount: int) -> None:
    with pytest.raises(BusinessError):
        reverse_settlement(
            invoice=make.make_invoice(status="paid"), source="payment:1", amount=amount, ctx=CTX
        )


def test_a_reversal_is_of_its_own_payment_and_leaves_the_rest() -> None:
    invoice = make.make_invoice()
    pay(invoice, 500)
    pay(invoice, 700, "payment:2")
    other = reverse_settlement(invoice=invoice, source="payment:3", amount=100, ctx=LATER)
    assert (other.reopened, other.short, invoice.status) == (0, 100, "paid")
    taken = reverse_settlement(invoice=invoice, source="payment:2", amount=700, ctx=LATER)
    assert (taken.reopened, taken.from_credit, taken.short) == (700, 0, 0)
    assert (invoice.status, invoice.amount_due, invoice.overdue_at) == ("unpaid", 700, None)
    again = reverse_settlement(invoice=invoice, source="payment:1", amount=500, ctx=LATER)
    assert (again.reopened, invoice.amount_due, invoice.changed_at) == (500, 1200, LATER.at)
    unknown = reverse_settlement(invoice=invoice, source="payment:3", amount=100, ctx=LATER)
    assert (unknown.reopened, unknown.short, invoice.amount_due) == (0, 100, 1200)


@pytest.mark.parametrize(("held", "days"), [(None, 3), (2, 3), (9, 9)])
def test_what_is_reversed_is_held_for_the_days_of_grace_or_longer(
    held: int | None, days: int
) -> None:
    invoice = make.make_invoice(status="paid")
    today = make.AT.date()
    until = today + timedelta(days=held) if held else None
    Invoice.objects.filter(pk=invoice.pk).update(dunning_hold_until=until)
    source = invoice.settlement_entries.get().source
    reverse_settlement(invoice=invoice, source=source, amount=1200, ctx=CTX)
    assert invoice.dunning_hold_until == today + timedelta(days=days)


def test_a_reversal_takes_of_credit_no_more_than_there_is_and_says_what_for() -> None:
    invoice = make.make_invoice()
    pay(invoice, 1300)
    taken = reverse_settlement(invoice=invoice, source="payment:1", amount=1300, ctx=CTX)
    assert (taken.reopened, taken.from_credit, taken.short) == (1200, 100, 0)
    entry = CreditEntry.objects.get(reason="reversal")
    assert (entry.amount, entry.source, entry.note) == (-100, "payment:1", "INV-0001")


def test_on_its_due_date_what_is_reversed_is_not_late_yet() -> None:
    for days, status in ((14, "unpaid"), (15, "overdue")):
        invoice = make.make_invoice(status="paid")
        source = invoice.settlement_entries.get().source
        ctx = Context(make.AT + timedelta(days=days), SYSTEM)
        reverse_settlement(invoice=invoice, source=source, amount=1200, ctx=ctx)
        assert (invoice.status, invoice.overdue_at) == (status, ctx.at if days > 14 else None)


def test_what_was_won_back_is_no_more_than_what_was_taken() -> None:
    invoice = make.make_invoice()
    pay(invoice, 1500)
    remove_credit(client=invoice.client, currency_code="EUR", amount=250, ctx=CTX)
    reverse_settlement(invoice=invoice, source="payment:1", amount=1500, ctx=CTX)
    other = make.make_invoice(invoice.client)
    pay(other, 1250, "payment:2")
    reverse_settlement(invoice=other, source="payment:2", amount=1250, ctx=CTX)
    won = book_won_reversal(invoice=invoice, source="payment:1", amount=1500, ctx=CTX)
    assert (won.settled, won.to_credit) == (1200, 50)
    nothing = book_won_reversal(invoice=invoice, source="payment:9", amount=5, ctx=CTX)
    assert (nothing.settled, nothing.to_credit) == (0, 0)


def test_a_refund_that_failed_is_credit_and_leaves_the_invoice_as_it_is() -> None:
    invoice = make.make_invoice(status="paid")
    refund_to_gateway(invoice=invoice, source="refund:1", amount=200, reason="agreed", ctx=CTX)
    book_failed_refund(invoice=invoice, source="refund:1", ctx=LATER)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.changed_at) == ("paid", 0, LATER.at)
    assert entries(invoice)[-2:] == [("refund_failed", 200), ("to_credit", -200)]
    entry = CreditEntry.objects.get()
    assert (entry.reason, entry.source, entry.note, entry.amount) == (
        "refund_to_credit",
        "failed:refund:1",
        "INV-0001",
        200,
    )


def test_a_line_that_is_not_there_is_refused_at_its_field() -> None:
    with pytest.raises(BusinessError) as caught:
        credit_invoice(invoice=make.make_invoice(), lines={9: None}, reason="agreed", ctx=CTX)
    assert caught.value.field == "lines"


def test_a_note_has_its_share_of_the_tax_in_the_currency_of_the_books() -> None:
    Currency.objects.filter(pk="EUR").update(rate="1.1", rate_on=make.AT.date())
    invoice = make.make_invoice()
    assert invoice.accounting_tax["amount"] == 220
    first = credit_invoice(invoice=invoice, amount=600, reason="agreed", ctx=CTX)
    second = credit_invoice(invoice=invoice, amount=300, reason="agreed", ctx=CTX)
    shares = [note.accounting_tax["amount"] for note in (first, second)]
    assert shares == [110, 55]
    assert first.accounting_tax == {**invoice.accounting_tax, "amount": 110}
    untaxed = make.make_invoice(lines=[DraftLine("Design", 500, make.REVERSE_CHARGE)])
    assert void_invoice(invoice=untaxed, reason="mistake", ctx=CTX).accounting_tax == {}


def test_a_note_of_the_ledger_is_cut_to_255_characters() -> None:
    entry = post_credit(
        client_id=make.make_client().pk,
        currency_code="EUR",
        reason="downgrade",
        source="plan_change:1",
        amount=1,
        note="x" * 256,
        ctx=CTX,
    )
    assert entry.note == "x" * 255
