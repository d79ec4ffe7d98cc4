"""Credit notes: partial, full, voids and refunds; never more than the invoice claims (billing.md 7, M8, M11, M12)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import (
    credit_invoice,
    refund_to_credit,
    refund_to_gateway,
    void_invoice,
)
from commerce.billing.invoices.actions.reversals import book_failed_refund
from commerce.billing.invoices.actions.settlement import receive_payment
from commerce.billing.invoices.credit_note_rules import RemainingShare, spread_credit
from commerce.billing.invoices.queries import amount_held, credit_balance
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import CreditNote, Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def pay(invoice: Invoice, amount: int, source: str = "payment:1") -> None:
    receive_payment(invoice=invoice, source=source, amount=amount, ctx=CTX)


def consistent(invoice: Invoice) -> None:
    """M8, M11 and M12 of one invoice."""
    invoice.refresh_from_db()
    entries = list(invoice.settlement_entries.values_list("kind", "amount"))
    assert invoice.amount_due == invoice.total - sum(amount for _, amount in entries)
    assert 0 <= amount_held(entries) <= invoice.total
    notes = invoice.credit_notes.all()
    assert sum(note.total for note in notes) <= invoice.total
    for note in notes:
        lines, groups = note.lines.all(), note.tax_groups.all()
        assert note.subtotal == sum(x.amount for x in lines) == sum(x.net for x in groups)
        assert note.tax_amount == sum(x.tax_amount for x in lines) == sum(x.tax for x in groups)


TWO_GROUPS = [
    DraftLine("Hosting", 1000, make.VAT),
    DraftLine("Discount", -100, make.VAT),
    DraftLine("Design", 500, make.REVERSE_CHARGE),
]


def test_a_part_lowers_what_is_due() -> None:
    invoice = make.make_invoice(lines=TWO_GROUPS)  # 900 + 180, 500
    note = credit_invoice(invoice=invoice, amount=158, reason="agreed", ctx=CTX)
    assert (note.number, note.total, invoice.amount_due, invoice.status) == (
        "CN-0001", 158, 1422, "unpaid",
    )  # fmt: skip
    groups = note.tax_groups.order_by("pk").values_list("category", "net", "tax")
    assert set(groups) == {("S", 90, 18), ("AE", 50, 0)}
    consistent(invoice)


def test_by_line() -> None:
    invoice = make.make_invoice(lines=TWO_GROUPS)
    note = credit_invoice(invoice=invoice, lines={3: None, 1: 500}, reason="agreed", ctx=CTX)
    assert (note.subtotal, note.tax_amount) == (1000, 100)
    with pytest.raises(BusinessError, match="can still be credited"):
        credit_invoice(invoice=invoice, lines={1: None}, reason="agreed", ctx=CTX)
    with pytest.raises(BusinessError, match="This invoice doesn't have that line"):
        credit_invoice(invoice=invoice, lines={9: None}, reason="agreed", ctx=CTX)
    consistent(invoice)


def test_what_is_more_than_due_goes_to_credit() -> None:
    invoice = make.make_invoice()
    pay(invoice, 1000)
    credit_invoice(invoice=invoice, amount=500, reason="agreed", ctx=CTX)
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert credit_balance(invoice.client_id, "EUR") == 300
    consistent(invoice)


def test_full_credit_of_a_paid_invoice() -> None:
    invoice = make.make_invoice(status="paid")
    credit_invoice(invoice=invoice, amount=200, reason="agreed", ctx=CTX)
    assert invoice.status == "paid"
    credit_invoice(invoice=invoice, reason="agreed", ctx=CTX)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("refunded", 1200)
    with pytest.raises(StateConflict):
        credit_invoice(invoice=invoice, amount=1, reason="agreed", ctx=CTX)
    consistent(invoice)


@pytest.mark.parametrize(("paid", "status"), [(0, "cancelled"), (300, "paid")])
def test_credit_notes_that_cover_all_of_an_open_invoice(paid: int, status: str) -> None:
    invoice = make.make_invoice()
    if paid:
        pay(invoice, paid)
    credit_invoice(invoice=invoice, reason="agreed", ctx=CTX)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == (status, paid)
    consistent(invoice)


def test_a_voided_invoice_gives_back_what_was_applied() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=200, ctx=CTX)
    invoice = make.make_invoice(client)
    credit_invoice(invoice=invoice, amount=100, reason="agreed", ctx=CTX)
    note = void_invoice(invoice=invoice, reason="agreed", ctx=CTX)
    assert (note.total, invoice.status, invoice.credit_applied) == (1100, "cancelled", 0)
    assert credit_balance(client.pk, "EUR") == 200
    consistent(invoice)


def test_refunds_make_a_note_of_the_same_amount() -> None:
    invoice = make.make_invoice(status="paid")
    refund_to_gateway(invoice=invoice, source="refund:1", amount=200, reason="agreed", ctx=CTX)
    refund_to_credit(invoice=invoice, source="refund:2", amount=300, reason="agreed", ctx=CTX)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("paid", 300)
    with pytest.raises(BusinessError):
        refund_to_gateway(invoice=invoice, source="refund:3", amount=701, reason="agreed", ctx=CTX)
    refund_to_gateway(invoice=invoice, source="refund:3", amount=700, reason="agreed", ctx=CTX)
    assert invoice.status == "refunded"
    assert list(CreditNote.objects.order_by("pk").values_list("total", flat=True)) == [
        200,
        300,
        700,
    ]
    book_failed_refund(invoice=invoice, source="refund:3", ctx=CTX)
    assert credit_balance(invoice.client_id, "EUR") == 1000
    consistent(invoice)


def test_more_than_is_left_and_no_reason_are_refused() -> None:
    invoice = make.make_invoice()
    for wrong in ({"amount": 1201}, {"amount": 0}, {"amount": -5}):
        with pytest.raises(BusinessError):
            credit_invoice(invoice=invoice, reason="agreed", ctx=CTX, **wrong)
    with pytest.raises(BusinessError, match="Enter a reason"):
        credit_invoice(invoice=invoice, reason=" ", ctx=CTX)
    with pytest.raises(StateConflict):
        credit_invoice(invoice=make.make_draft(), reason="agreed", ctx=CTX)
    assert not CreditNote.objects.exists()


@given(
    groups=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**5)), min_size=1, max_size=5
    ),
    cuts=st.lists(st.integers(1, 10**6), max_size=6),
)
def test_notes_of_any_amounts_sum_to_what_is_taken_back(
    groups: list[tuple[int, int]], cuts: list[int]
) -> None:
    """M11: whatever is cut off, no group falls below nothing, and the rest takes all to exactly nothing."""
    left = [RemainingShare(n, n, "item", ("S", n), net, tax) for n, (net, tax) in enumerate(groups)]
    for cut in [*cuts, None]:
        room = sum(share.gross for share in left)
        if not room:
            return
        amount = room if cut is None else min(cut, room)
        taken = {part.share.line: part for part in spread_credit(amount, left)}
        assert sum(part.gross for part in taken.values()) == amount
        left = [
            replace(
                share, net=share.net - taken[share.line].net, tax=share.tax - taken[share.line].tax
            )
            if share.line in taken
            else share
            for share in left
        ]
        assert all(share.net >= 0 and share.tax >= 0 for share in left)
    assert sum(share.gross for share in left) == 0


def test_the_first_of_two_equal_lines_is_not_credited_twice() -> None:
    lines = [DraftLine("Server", 1000, make.VAT), DraftLine("Server", 1000, make.VAT)]
    invoice = make.make_invoice(status="paid", lines=lines)
    note = credit_invoice(invoice=invoice, lines={1: 400}, reason="agreed", ctx=CTX)
    assert note.lines.get().line == invoice.lines.get(position=1)
    with pytest.raises(
        BusinessError, match="The amount is more than what can still be credited on this line"
    ):
        credit_invoice(invoice=invoice, lines={1: 601}, reason="agreed", ctx=CTX)
    rest = credit_invoice(invoice=invoice, lines={1: None}, reason="agreed", ctx=CTX)
    assert (rest.subtotal, rest.tax_amount) == (600, 120)
    for again in ({1: None}, {1: 1}):
        with pytest.raises(BusinessError, match="Line 1 has already been credited"):
            credit_invoice(invoice=invoice, lines=again, reason="agreed", ctx=CTX)
    credit_invoice(invoice=invoice, lines={2: None}, reason="agreed", ctx=CTX)
    consistent(invoice)
    assert invoice.status == "refunded"
