"""Credit notes: partial, full, voids and refunds; never more than the invoice claims (billing.md 7, M8, M11, M12)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing.actions import (
    add_credit,
    credit_invoice,
    receive,
    refund_failed,
    refund_to_credit,
    refund_to_gateway,
    void_invoice,
)
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reading import credit_balance, held
from commerce.billing.rules import Line, Part, spread_credit
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from tests import make

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
WHY: dict[str, Any] = {"reason": "agreed", **SAY}


def pay(invoice: Invoice, amount: int, source: str = "payment:1") -> None:
    receive(invoice=invoice, source=source, amount=amount, **SAY)


def consistent(invoice: Invoice) -> None:
    """M8, M11 and M12 of one invoice."""
    invoice.refresh_from_db()
    entries = list(invoice.settlement_entries.values_list("kind", "amount"))
    assert invoice.amount_due == invoice.total - sum(amount for _, amount in entries)
    assert 0 <= held(entries) <= invoice.total
    notes = invoice.credit_notes.all()
    assert sum(note.total for note in notes) <= invoice.total
    for note in notes:
        lines, groups = note.lines.all(), note.tax_groups.all()
        assert note.subtotal == sum(x.amount for x in lines) == sum(x.net for x in groups)
        assert note.tax_amount == sum(x.tax_amount for x in lines) == sum(x.tax for x in groups)


TWO_GROUPS = [
    Line("Hosting", 1000, make.VAT),
    Line("Discount", -100, make.VAT),
    Line("Design", 500, make.REVERSE_CHARGE),
]


def test_a_part_lowers_what_is_due() -> None:
    invoice = make.make_invoice(lines=TWO_GROUPS)  # 900 + 180, 500
    note = credit_invoice(invoice=invoice, amount=158, **WHY)
    assert (note.number, note.total, invoice.amount_due, invoice.status) == (
        "CN-0001", 158, 1422, "unpaid",
    )  # fmt: skip
    groups = note.tax_groups.order_by("pk").values_list("category", "net", "tax")
    assert set(groups) == {("S", 90, 18), ("AE", 50, 0)}
    consistent(invoice)


def test_by_line() -> None:
    invoice = make.make_invoice(lines=TWO_GROUPS)
    note = credit_invoice(invoice=invoice, lines={3: None, 1: 500}, **WHY)
    assert (note.subtotal, note.tax_amount) == (1000, 100)
    with pytest.raises(Refused, match="can still be credited"):
        credit_invoice(invoice=invoice, lines={1: None}, **WHY)
    with pytest.raises(Refused, match="no such line"):
        credit_invoice(invoice=invoice, lines={9: None}, **WHY)
    consistent(invoice)


def test_what_is_more_than_due_goes_to_credit() -> None:
    invoice = make.make_invoice()
    pay(invoice, 1000)
    credit_invoice(invoice=invoice, amount=500, **WHY)
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert credit_balance(invoice.client_id, "EUR") == 300
    consistent(invoice)


def test_full_credit_of_a_paid_invoice() -> None:
    invoice = make.make_invoice(status="paid")
    credit_invoice(invoice=invoice, amount=200, **WHY)
    assert invoice.status == "paid"
    credit_invoice(invoice=invoice, **WHY)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("refunded", 1200)
    with pytest.raises(Moved):
        credit_invoice(invoice=invoice, amount=1, **WHY)
    consistent(invoice)


@pytest.mark.parametrize(("paid", "status"), [(0, "cancelled"), (300, "paid")])
def test_credit_notes_that_cover_all_of_an_open_invoice(paid: int, status: str) -> None:
    invoice = make.make_invoice()
    if paid:
        pay(invoice, paid)
    credit_invoice(invoice=invoice, **WHY)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == (status, paid)
    consistent(invoice)


def test_a_voided_invoice_gives_back_what_was_applied() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=200, **SAY)
    invoice = make.make_invoice(client)
    credit_invoice(invoice=invoice, amount=100, **WHY)
    note = void_invoice(invoice=invoice, **WHY)
    assert (note.total, invoice.status, invoice.credit_applied) == (1100, "cancelled", 0)
    assert credit_balance(client.pk, "EUR") == 200
    consistent(invoice)


def test_refunds_make_a_note_of_the_same_amount() -> None:
    invoice = make.make_invoice(status="paid")
    refund_to_gateway(invoice=invoice, source="refund:1", amount=200, **WHY)
    refund_to_credit(invoice=invoice, source="refund:2", amount=300, **WHY)
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("paid", 300)
    with pytest.raises(Refused):
        refund_to_gateway(invoice=invoice, source="refund:3", amount=701, **WHY)
    refund_to_gateway(invoice=invoice, source="refund:3", amount=700, **WHY)
    assert invoice.status == "refunded"
    assert list(CreditNote.objects.order_by("pk").values_list("total", flat=True)) == [
        200,
        300,
        700,
    ]
    refund_failed(invoice=invoice, source="refund:3", amount=700, **SAY)
    assert credit_balance(invoice.client_id, "EUR") == 1000
    consistent(invoice)


def test_more_than_is_left_and_no_reason_are_refused() -> None:
    invoice = make.make_invoice()
    for wrong in ({"amount": 1201}, {"amount": 0}, {"amount": -5}):
        with pytest.raises(Refused):
            credit_invoice(invoice=invoice, **wrong, **WHY)
    with pytest.raises(Refused, match="Say why"):
        credit_invoice(invoice=invoice, reason=" ", **SAY)
    with pytest.raises(Moved):
        credit_invoice(invoice=make.make_draft(), **WHY)
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
    left = [Part("", "S", n, net, tax) for n, (net, tax) in enumerate(groups)]
    for cut in [*cuts, None]:
        room = sum(part.gross for part in left)
        if not room:
            return
        amount = room if cut is None else min(cut, room)
        taken = {part.key: part for part in spread_credit(amount, left)}
        assert sum(part.gross for part in taken.values()) == amount
        none = Part("", "S", 0, 0, 0)
        left = [
            Part("", *p.key, p.net - taken.get(p.key, none).net, p.tax - taken.get(p.key, none).tax)
            for p in left
        ]
        assert all(part.net >= 0 and part.tax >= 0 for part in left)
    assert sum(part.gross for part in left) == 0


def test_the_first_of_two_equal_lines_is_not_credited_twice() -> None:
    lines = [Line("Server", 1000, make.VAT), Line("Server", 1000, make.VAT)]
    invoice = make.make_invoice(status="paid", lines=lines)
    note = credit_invoice(invoice=invoice, lines={1: 400}, **WHY)
    assert note.lines.get().line == invoice.lines.get(position=1)
    with pytest.raises(Refused, match="what is left of the line"):
        credit_invoice(invoice=invoice, lines={1: 601}, **WHY)
    rest = credit_invoice(invoice=invoice, lines={1: None}, **WHY)
    assert (rest.subtotal, rest.tax_amount) == (600, 120)
    for again in ({1: None}, {1: 1}):
        with pytest.raises(Refused, match="Line 1 was credited already"):
            credit_invoice(invoice=invoice, lines=again, **WHY)
    credit_invoice(invoice=invoice, lines={2: None}, **WHY)
    consistent(invoice)
    assert invoice.status == "refunded"
