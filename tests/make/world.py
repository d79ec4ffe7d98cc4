"""A small company whose books hold a bit of everything, made through the actions."""

from datetime import UTC, date, datetime, timedelta

from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.daily import Day, run
from commerce.billing.documents.actions import make_documents
from commerce.billing.models import Invoice
from commerce.catalog import actions as catalog
from commerce.hosting import actions as hosting
from commerce.kit.actor import SYSTEM
from commerce.orders.actions import activate_order, cancel_order, place_quoted_order
from commerce.orders.wishes import ProductWish
from commerce.payments import actions as payments
from commerce.preferences.actions import set_preference
from commerce.timetable import DAILY
from tests.make.people import AT, make_client
from tests.make.renewals import RENEWED_AT, renew
from tests.make.trade import (
    VAT,
    Line,
    make_credit_note,
    make_domain,
    make_draft,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_service,
)

LATER = RENEWED_AT + timedelta(days=1)
"""When the proof is made: the day after the renewals of May."""


def make_world() -> None:
    """Orders, payments, credit, corrections, renewals and ended things of two clients, and a daily run over them."""
    alice, bob = make_client(), make_client()
    _orders(alice)
    _payments(alice)
    _credit(bob)
    _corrections(bob)
    _late(alice, make_client())
    _renewals(alice, bob)
    _documents()
    report = run(DAILY, day=Day(RENEWED_AT.date(), RENEWED_AT), by="test")
    assert not report.failed, report.as_text()
    billing.add_credit(client=bob, currency_code="EUR", amount=250, at=RENEWED_AT, actor=SYSTEM)
    with_one_more_due(bob)


def _orders(client: Client) -> None:
    make_order(client, "active")
    make_order(client)
    product = make_product(kind="other", activation="immediate")
    catalog.set_stock(product=product, left=10, at=AT, actor=SYSTEM)
    catalog.create_promo(code="SPRING", percent=1000, max_uses=5, at=AT, actor=SYSTEM)
    for key, after in (("a", "paid"), ("b", "cancelled"), ("c", "")):
        order = place_quoted_order(
            wishes=[ProductWish(product_id=product.pk, billing_cycle="monthly", qty=2)],
            client=client,
            placed_by=None,
            shown_total=None,
            key=key,
            promo_code="SPRING",
            at=AT,
            actor=SYSTEM,
        )
        assert order.invoice
        if after == "paid":
            make_payment(order.invoice)
            activate_order(order=order, at=AT, actor=SYSTEM)
        elif after:
            cancel_order(order=order, reason="asked", at=AT, actor=SYSTEM)


def _payments(client: Client) -> None:
    make_draft(client)
    make_payment(make_invoice(client), amount=500)
    make_payment(make_invoice(client), amount=2000)
    make_payment(make_invoice(client, "cancelled"), amount=300)
    make_invoice(client, "refunded")
    paid = make_payment(make_invoice(client, lines=[Line("Big", 100000, VAT)]))
    payments.refund_payment_to_credit(
        payment=paid, amount=3000, reason="asked", key="r1", at=AT, actor=SYSTEM
    )


def _credit(client: Client) -> None:
    say = {"client": client, "currency_code": "EUR", "at": AT, "actor": SYSTEM}
    billing.add_credit(amount=5000, **say)
    billing.remove_credit(amount=700, **say)
    billing.pay_out_credit(amount=300, reference="out-1", **say)
    covered = make_invoice(client)  # 12.00, by credit
    billing.credit_invoice(invoice=covered, amount=200, reason="down", at=AT, actor=SYSTEM)
    half = make_invoice(client, lines=[Line("Much", 10000, VAT)])
    billing.credit_invoice(invoice=half, amount=100, reason="down", at=AT, actor=SYSTEM)
    make_payment(half)


def _corrections(client: Client) -> None:
    make_credit_note(client)
    make_credit_note(client, amount=333)
    make_invoice(client, "overdue")
    make_domain(client)
    make_domain(client, "cancelled")
    for status in ("suspended", "cancelled", "terminated"):
        make_service(client, status, cause="staff", billing_cycle="one_time")


def _late(alice: Client, carol: Client) -> None:
    """A payment that bounced, a late invoice with its fee, a service that is off, and lines that share a tax."""
    bounced = make_payment(make_invoice(alice, lines=[Line("Much", 5000, VAT)]))
    payments.reverse_payment(payment=bounced, reason="bounced", at=AT, actor=SYSTEM)
    parts = [Line("Disk", 333, VAT), Line("Memory", 333, VAT), Line("Discount", -100, VAT)]
    make_invoice(carol, lines=parts)
    make_service(carol, at=AT - timedelta(days=40))
    for made in renew(carol, AT).invoices:
        invoice = Invoice.objects.get(pk=made)
        billing.mark_overdue(invoice=invoice, at=AT + timedelta(days=17), actor=SYSTEM)
    off = AT + timedelta(days=20)
    [service] = carol.services.all()
    hosting.suspend_service(service=service, cause="overdue", at=off, actor=SYSTEM)
    for key, value in (("late_fee_amount", "EUR 2.50"), ("late_fee_kind", "fixed")):
        set_preference(key=f"billing.{key}", value=value, at=AT, actor=SYSTEM)
    billing.add_late_fee(invoice=make_invoice(alice, "overdue"), at=off, actor=SYSTEM)
    set_preference(key="billing.late_fee_kind", value="none", at=off, actor=SYSTEM)


def _renewals(alice: Client, bob: Client) -> None:
    """A paid renewal, an open one, a free one, one that was released; all due in May or in June."""
    month_end = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for client in (alice, bob):
        make_service(client)
        make_service(client, at=month_end, amount=0)
    renew(alice)
    for invoice in Invoice.objects.open().filter(client=alice, kind="renewal"):
        make_payment(invoice, at=RENEWED_AT)
    yearly = make_service(bob, billing_cycle="annually", at=AT - timedelta(days=355))
    for made in renew(bob).invoices:
        invoice = Invoice.objects.get(pk=made)
        if invoice.status == "unpaid" and invoice.claims.filter(service=yearly).exists():
            billing.void_invoice(
                invoice=invoice, reason="again", release=True, at=RENEWED_AT, actor=SYSTEM
            )


def _documents() -> None:
    for invoice in Invoice.objects.exclude(status="draft").order_by("pk")[:2]:
        make_documents(invoice_id=invoice.pk, at=AT)


def with_one_more_due(client: Client) -> None:
    """A service that became due after the run: the next one bills it, and until then nobody is alarmed."""
    hosting.activate_service(
        service=make_service(client, "pending", at=RENEWED_AT), at=RENEWED_AT, actor=SYSTEM
    )
    assert date(2026, 5, 1) == RENEWED_AT.date()
