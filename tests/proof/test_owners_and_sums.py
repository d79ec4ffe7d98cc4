"""Whose an invoice is, what its parts sum to, and what went back: each source and each sum by itself."""

from datetime import timedelta

import pytest

from commerce.billing.credit.actions import add_credit, apply_credit
from commerce.billing.invoices.actions.corrections import (
    credit_invoice,
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
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import BilledPeriod, PlanChange
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import PromoCode
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order, PromoUse
from commerce.payments.actions.attempts import start_attempt
from commerce.payments.actions.reversals import reverse_payment
from tests import make
from tests.make.company import PROOF_AT
from tests.make.payments import refund_whole_payment, switch_on_bank_transfer
from tests.make.proof import told
from tests.proof.planting import each, entry, undone

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
SETTLE = (
    "INSERT INTO billing_settlemententry (invoice_id, kind, source, amount, at)"
    " VALUES ({}, '{}', '{}', {}, '2026-04-20')"
)


def test_an_invoice_is_of_the_client_of_each_record_beside_it() -> None:
    """Ids of different tables never agree by chance here: there are more of some than of others."""
    others = [make.make_client() for _ in range(3)]
    for _ in range(7):
        make.make_invoice(others[0])
    mine = make.make_client()
    order = make.make_order(mine, items=[make.make_item(), make.make_domain_item()])
    switch_on_bank_transfer()
    assert order.invoice is not None
    attempt = start_attempt(
        invoice=order.invoice, gateway="bank_transfer", created_by=None, ctx=CTX
    )
    payment = make.make_payment(order.invoice, amount=1)
    note = credit_invoice(invoice=order.invoice, amount=1, reason="Sorry", ctx=CTX)
    service = order.invoice.subjects.exclude(service=None).get().service
    domain = order.invoice.subjects.exclude(domain=None).get().domain
    assert service is not None
    assert domain is not None
    change = PlanChange.objects.create(
        client=mine,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=1,
        credit=0,
        charge=1,
        invoice=order.invoice,
        created_at=make.AT,
    )
    free = PlanChange.objects.create(
        client=mine,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=1,
        credit=0,
        charge=1,
        status="applied",
        created_at=make.AT,
    )
    records = {
        "orders_order": order.pk,
        "payments_attempt": attempt.pk,
        "payments_payment": payment.pk,
        "billing_creditnote": note.pk,
        "billing_planchange": change.pk,
        "hosting_service": service.pk,
        "domains_domain": domain.pk,
    }
    given = [
        (f"UPDATE {table} SET client_id = {other.pk} WHERE id = {pk}", True)
        for table, pk in records.items()
        for other in (others[0], others[2])
    ]
    not_invoiced = f"UPDATE billing_planchange SET client_id = {others[0].pk} WHERE id = {free.pk}"
    each("M13-client", "", [("", False), (not_invoiced, False), *given])
    for action, more, wrong in (
        ("invoice.paid", {}, True),
        ("invoice.unpaid", {}, True),
        ("invoice.noted", {}, False),
        ("invoice.paid", {"record_kind": "order"}, False),
        ("order.placed", {}, False),
    ):
        with undone():
            entry(action, order.invoice.pk, client_id=others[0].pk, **more)
            assert bool(told("M13-client", PROOF_AT)) == wrong, (action, more)


def test_an_invoice_sums_over_all_its_lines_and_groups() -> None:
    two = [DraftLine("a", 1000, make.VAT), DraftLine("b", 500, make.NEW_YORK)]
    invoice = make.make_invoice(lines=two)
    make.make_invoice(lines=[DraftLine("Free", 0, make.VAT)])
    empty = make.make_draft(lines=[DraftLine("Free", 0, make.VAT)])
    of = f"WHERE invoice_id = {invoice.pk}"
    nothing = f"DELETE FROM billing_taxgroup WHERE invoice_id = {empty.pk}; DELETE FROM billing_invoiceline"
    each(
        "M5",
        "",
        (
            ("", False),
            (f"{nothing} WHERE invoice_id = {empty.pk}", False),
            (f"DELETE FROM billing_taxgroup {of}", True),
            (f"DELETE FROM billing_invoiceline {of}", True),
            (f"UPDATE billing_taxgroup SET tax = 0 {of}", True),
        ),
    )


def test_a_note_sums_over_all_its_lines_and_groups() -> None:
    two = [DraftLine("a", 1000, make.VAT), DraftLine("b", 500, make.NEW_YORK)]
    note = void_invoice(invoice=make.make_invoice(lines=two), reason="mistake", ctx=CTX)
    of = f"WHERE credit_note_id = {note.pk}"
    each(
        "M5-notes",
        "",
        (
            ("", False),
            (f"DELETE FROM billing_creditnotetaxgroup {of}", True),
            (f"DELETE FROM billing_creditnoteline {of}", True),
            (f"UPDATE billing_creditnoteline SET tax_amount = 0 {of}", True),
        ),
    )


def test_credit_that_was_applied_is_followed_entry_by_entry() -> None:
    """200 applied, 300 given back by a note, and 50 applied again after a reversal: 50 are left on it."""
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=200, ctx=CTX)
    invoice = make.make_invoice(client)
    receive_payment(invoice=invoice, source="payment:1", amount=1000, ctx=CTX)
    refund_to_credit(invoice=invoice, source="refund:1", amount=60, reason="asked", ctx=CTX)
    assert told("M8-credit", PROOF_AT) == 0  # 200 are still applied
    credit_invoice(invoice=invoice, amount=300, reason="asked", ctx=CTX)
    other = make.make_invoice(make.make_client())
    assert told("M8-credit", PROOF_AT) == 0
    reverse_settlement(invoice=invoice, source="payment:1", amount=500, ctx=CTX)
    apply_credit(invoice=invoice, amount=50, ctx=CTX)
    invoice.refresh_from_db()
    applied = "UPDATE billing_invoice SET credit_applied = {} WHERE id = {}"
    each(
        "M8-credit",
        "",
        (
            ("", False),
            (applied.format(invoice.credit_applied + 1, invoice.pk), True),
            (applied.format(invoice.credit_applied - 1, invoice.pk), True),
            (applied.format(1, other.pk), True),
        ),
    )


def test_a_refund_is_booked_once_whatever_became_of_it() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice)
    refund_whole_payment(payment=payment, reason="asked", ctx=CTX)
    refund = payment.refunds.get()
    state = f"UPDATE payments_refund SET status = '{{}}', way = '{{}}' WHERE id = {refund.pk}"
    each(
        "M12-refunds",
        "",
        (
            ("", False),
            (state.format("accepted", "gateway"), False),
            (state.format("accepted", "credit"), True),
            (state.format("failed", "gateway"), True),
            (SETTLE.format(invoice.pk, "refund_failed", f"refund:{refund.pk}", 1200), True),
            (SETTLE.format(invoice.pk, "payment", f"refund:{refund.pk}", 1), False),
        ),
    )
    failed = state.format("failed", "gateway")
    back = SETTLE.format(invoice.pk, "refund_failed", f"refund:{refund.pk}", 1200)
    each("M12-refunds", failed, ((back, False),))


def test_what_a_refund_to_credit_and_through_the_gateway_book() -> None:
    invoice = make.make_invoice(status="paid")
    refund_to_gateway(invoice=invoice, source="refund:77", amount=100, reason="asked", ctx=CTX)
    assert told("M12-refunds", PROOF_AT) == 1
    book_failed_refund(invoice=invoice, source="refund:77", ctx=CTX)
    assert told("M12-refunds", PROOF_AT) == 0


def test_what_was_won_back_is_as_if_it_had_never_been_taken() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, amount=1500)
    reverse_payment(payment=payment, reason="charged back", ctx=CTX)
    assert told("M12-reversals", PROOF_AT) == 0
    won = f"UPDATE payments_payment SET status = 'completed' WHERE id = {payment.pk}"
    each("M12-reversals", "", ((won, True),))
    source = f"payment:{payment.pk}"
    book_won_reversal(invoice=invoice, source=source, amount=1500, ctx=CTX)
    assert told("M12-reversals", PROOF_AT) == 1
    less = (
        f"UPDATE billing_creditentry SET amount = amount - 1 WHERE source = 'reversal_won:{source}'"
    )
    each("M12-reversals", won, (("", False), (less, True)))


@pytest.fixture
def cancelled() -> Order:
    """A cancelled order over three units and a name; ids of orders, items, units and invoices differ."""
    for _ in range(3):
        make.make_invoice()
    make.make_order(items=[make.make_item(), make.make_item(), make.make_domain_item()])
    product = make.make_product(kind="other")
    set_stock(product=product, units=10, ctx=CTX)
    create_promo(code="SPRING", percent=1000, max_uses=5, ctx=CTX)
    order = place_cart_lines(
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly", qty=2)],
        client=make.make_client(),
        placed_by=None,
        shown_total=None,
        idempotency_key="a",
        promo_code="SPRING",
        ctx=CTX,
    )
    cancel_order(order=order, reason="asked", ctx=CTX)
    make.make_order(items=[make.make_item()])
    return order


def test_a_cancelled_order_leaves_nothing_of_each_kind(cancelled: Order) -> None:
    item = cancelled.items.get()
    first = item.units.order_by("pk")[0].service_id
    alive = (
        f"UPDATE hosting_service SET status = 'active', cancelled_at = NULL,"
        f" next_due_date = '2026-06-08' WHERE id = {first}"
    )
    each(
        "S4",
        "",
        (
            ("", False),
            (alive, True),
            (f"UPDATE orders_orderitem SET stock_taken = 1 WHERE id = {item.pk}", True),
            (
                f"UPDATE orders_orderitem SET stock_taken = 1 WHERE id = {item.pk}; UPDATE orders_order"
                f" SET activated_at = '2026-04-09' WHERE id = {cancelled.pk}",
                False,
            ),
            (
                "UPDATE billing_invoice SET status = 'unpaid', amount_due = 1 WHERE id ="
                f" {cancelled.invoice_id}",
                True,
            ),
        ),
    )
    code = PromoCode.objects.get()
    PromoUse.objects.create(order=cancelled, promo=code, client=cancelled.client)
    assert told("S4", PROOF_AT) == 1


def test_a_day_of_a_name_is_billed_once() -> None:
    for _ in range(2):
        make.make_service()
    name, other = make.make_domain(), make.make_domain()
    start = make.AT.date()
    for domain, days in ((name, 0), (name, 365), (other, 0), (other, 365)):
        BilledPeriod.objects.create(
            domain=domain,
            period_start=start + timedelta(days=days),
            period_end=start + timedelta(days=days + 365),
            status="waived",
            created_at=make.AT,
            ended_at=make.AT,
        )
    last = BilledPeriod.objects.filter(domain=name).order_by("pk")[1]
    earlier = "UPDATE billing_billedperiod SET period_start = '{}' WHERE id = {}"
    each(
        "U5-once",
        "",
        (
            ("", False),
            (earlier.format(start + timedelta(days=364), last.pk), True),
            (earlier.format(start + timedelta(days=366), last.pk), False),
        ),
    )


def test_an_invoice_is_late_when_the_run_said_so_and_its_day_has_passed() -> None:
    invoice = make.make_invoice()
    state = f"UPDATE billing_invoice SET {{}} WHERE id = {invoice.pk}"
    today = PROOF_AT.date()
    late = "status = 'overdue', overdue_at = '2026-04-30', due_date = '{}'"
    each(
        "S8-overdue",
        "",
        (
            ("", False),
            (state.format("overdue_at = '2026-04-30'"), True),
            (state.format(late.format(today)), True),
            (state.format(late.format(today - timedelta(days=1))), False),
            (state.format("status = 'overdue', due_date = '2026-04-20'"), True),
        ),
    )
