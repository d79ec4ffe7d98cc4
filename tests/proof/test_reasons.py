"""Each condition of a statement: what is told of a row, and of the same row with one thing changed."""

from datetime import timedelta

import pytest

from commerce.billing.models import BilledPeriod, CreditNote, Invoice
from commerce.catalog.models import PromoCode
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.orders.models import Order
from commerce.payments.models import Payment, Refund
from tests.house.test_states import states_of
from tests.make.company import PROOF_AT
from tests.make.people import AT
from tests.make.records import make_domain, make_draft, make_order
from tests.proof.faults import CANCELLED
from tests.proof.forged import LATE, PAID_ORDER, RENEWAL, WAITING
from tests.proof.planting import awaited, each, entry, explained, pk, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_world")]


def test_a_service_that_is_off_for_nothing() -> None:
    off = Service.objects.get(status="suspended", suspension_reason="staff").pk
    start = f"UPDATE hosting_service SET suspension_reason = 'overdue' WHERE id = {off}"
    bill = "INSERT INTO billing_invoicesubject (invoice_id, service_id) VALUES ({}, {})"
    draft = make_draft(kind="renewal").pk
    each(
        "S8",
        start,
        (
            ("", True),
            (f"UPDATE hosting_service SET status = 'active' WHERE id = {off}", False),
            (bill.format(RENEWAL, off), False),
            (bill.format(LATE, off), True),
            (bill.format(draft, off), True),
        ),
    )
    awaited("S8", start, "service", off, "service.resume", parked=True)
    explained("S8", start, "service.overridden", off)
    with undone():
        entry("service.overridden", off, at=AT - timedelta(days=1))
        each("S8", start, (("", True),))


def test_a_service_that_runs_before_its_order() -> None:
    order = pk(WAITING)
    service = Service.objects.filter(order_unit__item__order=order).order_by("pk")[0].pk
    start = (
        "UPDATE hosting_service SET status = 'active', registration_date = '2026-05-01', anchor_date = '2026-05-01',"
        f" next_due_date = '2026-06-01' WHERE id = {service}"
    )
    off = "status = 'suspended', suspended_at = '2026-05-02', suspension_reason = 'staff'"
    each(
        "S3-services",
        start,
        (
            ("", True),
            (f"UPDATE hosting_service SET {off} WHERE id = {service}", True),
            (f"UPDATE orders_order SET status = 'cancelled' WHERE id = {order}", False),
            (f"UPDATE orders_order SET activated_at = '2026-05-01' WHERE id = {order}", False),
        ),
    )
    explained("S3-services", start, "service.overridden", service)


def test_an_active_order_that_was_never_paid() -> None:
    order = pk(WAITING)
    start = (
        f"UPDATE orders_order SET status = 'active', activated_at = '2026-04-09' WHERE id = {order}"
    )
    invoice = f"(SELECT invoice_id FROM orders_order WHERE id = {order})"
    settle = "INSERT INTO billing_settlemententry (invoice_id, kind, source, amount, at) VALUES"
    each(
        "S3",
        start,
        (
            ("", True),
            (f"UPDATE orders_order SET status = 'fraud' WHERE id = {order}", False),
            (f"UPDATE orders_order SET activated_at = '2020-01-01' WHERE id = {order}", False),
            (f"{settle} ({invoice}, 'payment', 'x', 1, '2026-04-09')", True),
            (f"{settle} ({invoice}, 'reversal', 'x', -1, '2026-04-09')", False),
            (f"UPDATE billing_invoice SET paid_at = '2026-04-09' WHERE id = {invoice}", False),
        ),
    )
    explained("S3", start, "order.activated_unpaid", order)


def test_a_paid_order_that_waits() -> None:
    order = pk(PAID_ORDER)
    invoice = Order.objects.get(pk=order).invoice_id or 0
    start = (
        "UPDATE jobs_job SET status = 'succeeded', ended_at = '2026-04-20'"
        " WHERE subject_kind = 'InvoicePaid' AND idempotency_key <> 'x';"
        f" UPDATE orders_order SET status = 'pending' WHERE id = {order}"
    )
    day = f"{PROOF_AT - timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    nothing = "subtotal = 0, tax_amount = 0, total = 0, amount_due = 0"
    each(
        "S3-paid",
        start,
        (
            ("", True),
            (f"UPDATE orders_order SET on_hold = true WHERE id = {order}", False),
            (f"UPDATE orders_order SET status = 'fraud' WHERE id = {order}", False),
            (f"UPDATE billing_invoice SET paid_at = '{day}' WHERE id = {invoice}", False),
            (f"UPDATE billing_invoice SET status = 'refunded' WHERE id = {invoice}", False),
            (f"UPDATE billing_invoice SET {nothing} WHERE id = {invoice}", True),
        ),
    )
    awaited("S3-paid", start, "InvoicePaid", invoice, "x", parked=False)
    paid = Invoice.objects.get(pk=invoice)
    with undone():
        note = CreditNote.objects.all()[0]
        note.invoice_id = invoice
        for number, amount in (("CN-A", paid.total // 3), ("CN-B", paid.total - paid.total // 3)):
            note.pk, note.number = None, number
            note.subtotal, note.tax_amount, note.total = amount, 0, amount
            note.save(force_insert=True)
        lower = f"UPDATE billing_creditnote SET subtotal = subtotal - 1, total = total - 1 WHERE id = {note.pk}"
        each("S3-paid", start, (("", False), (lower, True)))
    explained("S3-paid", start, "setting.changed", 0, record_name="orders.auto_approve")
    with undone():
        entry("setting.changed", 0, record_name="orders.auto_approve", at=AT - timedelta(days=1))
        each("S3-paid", start, (("", True),))


NOUNS = {
    "invoice": Invoice,
    "billed_period": BilledPeriod,
    "payment": Payment,
    "refund": Refund,
    "order": Order,
    "service": Service,
    "domain": Domain,
}
FIRST = "invoice.draft billed_period.open payment.pending refund.requested service.pending".split()
"""States that nothing is moved to."""


def test_a_state_that_is_not_the_last_move() -> None:
    for noun, model in NOUNS.items():
        rows = model._default_manager.order_by("pk")
        for state in states_of(model):
            other = rows.exclude(status=state).first()
            if other is None:  # all refunds succeeded
                continue
            with undone():
                one = entry(f"{noun}.{state}", other.pk)
                wrong = f"{noun}.{state}" not in FIRST
                away = f"UPDATE audit_auditentry SET record_kind = 'x' WHERE {one}"
                each("S2", "", (("", wrong), (away, False)))
                entry(f"{noun}.{other.status}", other.pk)
                entry(f"{noun}.edited", other.pk)
                each("S2", "", (("", f"{noun}.{other.status}" in FIRST and wrong),))


def test_what_a_cancelled_order_leaves() -> None:
    order = pk(CANCELLED)
    service = Service.objects.filter(order_unit__item__order=order)[0].pk
    lives = "UPDATE hosting_service SET cancelled_at = NULL, {} WHERE id = {}"
    item = f"UPDATE orders_orderitem SET stock_taken = 2 WHERE order_id = {order}"
    running = "anchor_date = '2026-04-08', next_due_date = '2026-05-08'"
    off = "suspended_at = '2026-05-02', suspension_reason = 'staff'"
    invoice = f"(SELECT invoice_id FROM orders_order WHERE id = {order})"
    each(
        "S4",
        "",
        (
            (lives.format("status = 'pending'", service), True),
            (lives.format(f"status = 'active', {running}", service), True),
            (lives.format(f"status = 'suspended', {running}, {off}", service), True),
            (lives.format("status = 'terminated', terminated_at = '2026-05-01'", service), False),
            (item, True),
            (
                f"{item}; UPDATE orders_order SET activated_at = '2026-04-09' WHERE id = {order}",
                False,
            ),
            (f"{item}; UPDATE orders_order SET invoice_id = NULL WHERE id = {order}", True),
            (
                f"UPDATE billing_invoice SET status = 'unpaid', amount_due = total WHERE id = {invoice}",
                True,
            ),
            (
                f"UPDATE billing_invoice SET status = 'overdue', amount_due = total WHERE id = {invoice}",
                True,
            ),
        ),
    )
    name = make_domain().pk
    unit = (
        "INSERT INTO orders_orderunit (item_id, number, domain_id)"
        f" SELECT min(id), 99, {name} FROM orders_orderitem WHERE order_id = {order}"
    )
    for state in DomainStatus:
        ended = state in ("cancelled", "transferred_away", "fraud")
        due = ", next_due_date = NULL" if ended or state == "pending" else ""
        change = f"UPDATE domains_domain SET status = '{state}'{due}"
        each("S4", unit, ((f"{change} WHERE id = {name}", not ended),))


def test_the_uses_of_a_promo_code() -> None:
    promo = PromoCode.objects.get()
    uses = "INSERT INTO orders_promouse (promo_id, order_id, client_id) VALUES ({}, {}, {})"
    other = make_order()
    more = uses.format(promo.pk, other.pk, other.client_id)
    second = PromoCode.objects.get()
    second.pk, second.code, second.max_uses = None, "OTHER", 1
    second.save(force_insert=True)
    limit = "UPDATE catalog_promocode SET {} WHERE code = 'SPRING'"
    each(
        "U15",
        "",
        (
            (limit.format("max_uses = 2"), False),
            (limit.format("max_uses = 1"), True),
            (limit.format("max_uses_per_client = 2"), False),
            (limit.format("max_uses_per_client = 1"), True),
            (f"{more}; {limit.format('max_uses_per_client = 2')}", False),
            (f"{more}; {limit.format('max_uses = 2')}", True),
            (uses.format(second.pk, other.pk, other.client_id), False),
        ),
    )
    start = limit.format("max_uses = 1")
    with undone():
        one = entry("promo_code.edited", promo.pk)
        away = (
            f"UPDATE audit_auditentry SET {column} WHERE {one}"
            for column in ("record_kind = 'x'", "record_id = -1")
        )
        each("U15", start, (("", False), *((change, True) for change in away)))
    with undone():
        entry("promo_code.edited", promo.pk, at=AT - timedelta(days=1))
        each("U15", start, (("", True),))
    with undone():
        entry("promo_code.created", promo.pk)
        each("U15", start, (("", True),))
