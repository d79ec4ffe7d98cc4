"""A small company whose books hold a bit of everything, made through the actions."""

from datetime import UTC, date, datetime, timedelta

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit, pay_out_credit, remove_credit
from commerce.billing.documents.actions import make_documents
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import add_late_fee, mark_overdue
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.daily_steps import DAILY_STEPS
from commerce.hosting.actions.states import activate_service, suspend_service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.records import (
    VAT,
    make_credit_note,
    make_domain,
    make_draft,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_service,
)
from tests.make.renewals import RENEWED_AT, renew_services_of

PROOF_AT = RENEWED_AT + timedelta(days=1)
"""When the proof is made: the day after the renewals of May."""


def make_company() -> None:
    """Orders, payments, credit, corrections, renewals and ended things of two clients, and a daily run over them."""
    alice, bob = make_client(), make_client()
    _orders(alice)
    _payments(alice)
    _credit(bob)
    _corrections(bob)
    _late(alice, make_client())
    _renewals(alice, bob)
    _documents()
    report = run_daily(DAILY_STEPS, day=RunDay(RENEWED_AT.date(), RENEWED_AT), started_by="test")
    assert not report.failed, report.as_text()
    add_credit(client=bob, currency_code="EUR", amount=250, ctx=Context(RENEWED_AT, SYSTEM))
    add_service_due_later(bob)


def _orders(client: Client) -> None:
    make_order(client, "active")
    make_order(client)
    product = make_product(kind="other", activation="immediate")
    set_stock(product=product, units=10, ctx=Context(AT, SYSTEM))
    create_promo(code="SPRING", percent=1000, max_uses=5, ctx=Context(AT, SYSTEM))
    for key, after in (("a", "paid"), ("b", "cancelled"), ("c", "")):
        order = place_cart_lines(
            vat_refresh=None,
            cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly", qty=2)],
            client=client,
            placed_by=None,
            shown_total=None,
            idempotency_key=key,
            promo_code="SPRING",
            ctx=Context(AT, SYSTEM),
        )
        assert order.invoice
        if after == "paid":
            make_payment(order.invoice)
            activate_order(order=order, ctx=Context(AT, SYSTEM))
        elif after:
            cancel_order(order=order, reason="asked", ctx=Context(AT, SYSTEM))


def _payments(client: Client) -> None:
    make_draft(client)
    make_payment(make_invoice(client), amount=500)
    make_payment(make_invoice(client), amount=2000)
    make_payment(make_invoice(client, "cancelled"), amount=300)
    make_invoice(client, "refunded")
    paid = make_payment(make_invoice(client, lines=[DraftLine("Big", 100000, VAT)]))
    refund_payment(
        method="credit",
        payment=paid,
        amount=3000,
        reason="asked",
        idempotency_key="r1",
        ctx=Context(AT, SYSTEM),
    )


def _credit(client: Client) -> None:
    say = {"client": client, "currency_code": "EUR", "ctx": Context(AT, SYSTEM)}
    add_credit(amount=5000, **say)
    remove_credit(amount=700, **say)
    pay_out_credit(amount=300, reference="out-1", **say)
    covered = make_invoice(client)  # 12.00, by credit
    credit_invoice(invoice=covered, amount=200, reason="down", ctx=Context(AT, SYSTEM))
    half = make_invoice(client, lines=[DraftLine("Much", 10000, VAT)])
    credit_invoice(invoice=half, amount=100, reason="down", ctx=Context(AT, SYSTEM))
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
    bounced = make_payment(make_invoice(alice, lines=[DraftLine("Much", 5000, VAT)]))
    reverse_payment(payment=bounced, reason="bounced", ctx=Context(AT, SYSTEM))
    parts = [
        DraftLine("Disk", 333, VAT),
        DraftLine("Memory", 333, VAT),
        DraftLine("Discount", -100, VAT),
    ]
    make_invoice(carol, lines=parts)
    make_service(carol, at=AT - timedelta(days=40))
    for made in renew_services_of(carol, AT).invoices:
        invoice = Invoice.objects.get(pk=made)
        mark_overdue(invoice=invoice, ctx=Context(AT + timedelta(days=17), SYSTEM))
    off = AT + timedelta(days=20)
    [service] = carol.services.all()
    suspend_service(service=service, suspension_reason="overdue", ctx=Context(off, SYSTEM))
    for key, value in (("late_fee_amount", "EUR 2.50"), ("late_fee_kind", "fixed")):
        set_setting(key=f"billing.{key}", value=value, ctx=Context(AT, SYSTEM))
    add_late_fee(invoice=make_invoice(alice, "overdue"), ctx=Context(off, SYSTEM))
    set_setting(key="billing.late_fee_kind", value="none", ctx=Context(off, SYSTEM))


def _renewals(alice: Client, bob: Client) -> None:
    """A paid renewal, an open one, a free one, one that was released; all due in May or in June."""
    month_end = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for client in (alice, bob):
        make_service(client)
        make_service(client, at=month_end, amount=0)
    renew_services_of(alice)
    for invoice in Invoice.objects.open().filter(client=alice, kind="renewal"):
        make_payment(invoice, at=RENEWED_AT)
    yearly = make_service(bob, billing_cycle="annually", at=AT - timedelta(days=355))
    for made in renew_services_of(bob).invoices:
        invoice = Invoice.objects.get(pk=made)
        if invoice.status == "unpaid" and invoice.billed_periods.filter(service=yearly).exists():
            void_invoice(
                invoice=invoice,
                reason="again",
                release_periods=True,
                ctx=Context(RENEWED_AT, SYSTEM),
            )


def _documents() -> None:
    for invoice in Invoice.objects.exclude(status="draft").order_by("pk")[:2]:
        make_documents(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))


def add_service_due_later(client: Client) -> None:
    """A service that became due after the run: the next one bills it, and until then nobody is alarmed."""
    activate_service(
        service=make_service(client, "pending", at=RENEWED_AT), ctx=Context(RENEWED_AT, SYSTEM)
    )
    assert date(2026, 5, 1) == RENEWED_AT.date()
