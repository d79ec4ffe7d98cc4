"""billing.md 8: credit of a plan change never exceeds what was paid for the period."""

from datetime import datetime, timedelta

import pytest
from commerce.billing.changes.plan_changes.paid_days import paid_days
from commerce.billing.changes.plan_changes.service_lines import service_lines

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason, plan_offers
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.reversals import reverse_settlement
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.models import Product
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import approve_order
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)


def change(service: Service, product: Product, at: datetime) -> PlanChange:
    service.refresh_from_db()
    offer = next(one for one in plan_offers(service, at.date()) if one.product == product)
    return actions.request_plan_change(
        service=service,
        product_id=product.pk,
        billing_cycle=offer.billing_cycle,
        figures_shown=offer.figures_shown,
        ctx=Context(at, SYSTEM),
    )


def priced(service: Service, amount: int) -> Product:
    """Another product of the same group."""
    prices = [("EUR", "monthly", amount)]
    return make.make_product(group=service.product.group, prices=prices)


def balance(service: Service) -> int:
    return credit_balance(service.client_id, "EUR")


def renewed() -> tuple[Service, Invoice]:
    """A service at 30.00 whose period from 8 May is paid."""
    invoice = make_renewal(amount=3000)
    make.make_payment(invoice, at=RENEWED_AT)
    return Service.objects.get(), Invoice.objects.get(pk=invoice.pk)


def test_a_renewal_that_was_credited_in_full_is_not_given_back_again_by_a_downgrade() -> None:
    service, invoice = renewed()
    credit_invoice(invoice=invoice, reason="sorry", ctx=Context(RENEWED_AT, SYSTEM))
    assert (invoice.status, balance(service)) == ("refunded", 3000)
    done = change(service, priced(service, 0), RENEWED_AT)
    # Of the period before, which nobody billed here, its own 7 days of 30 are left.
    assert (done.status, done.credit, balance(service)) == ("applied", 700, 3700)


def test_an_order_that_was_activated_without_payment_gives_nothing_back() -> None:
    product = make.make_product(prices=[("EUR", "monthly", 3000)])
    order = make.make_order(items=[make.make_item(product=product)])
    approve_order(order=order, unpaid_because="a friend", ctx=Context(AT, SYSTEM))
    service = Service.objects.get()
    activate_service(service=service, ctx=Context(AT, SYSTEM))
    free = priced(service, 0)
    assert "is unpaid" in str(plan_change_blocked_reason(service))
    void_invoice(invoice=Invoice.objects.get(), reason="sorry", ctx=CTX)
    done = change(service, free, AT + timedelta(days=1))
    assert (done.status, done.credit, balance(service)) == ("applied", 0, 0)


def test_a_payment_that_was_charged_back_gives_nothing_back() -> None:
    service, invoice = renewed()
    source = invoice.settlement_entries.get().source
    ctx = Context(RENEWED_AT, SYSTEM)
    reverse_settlement(invoice=invoice, source=source, amount=invoice.total, ctx=ctx)
    [before] = paid_days(service, RENEWED_AT.date(), inclusive=False)
    assert before.invoices == ()


def test_a_part_that_was_credited_counts_on_the_lines_it_was_taken_from() -> None:
    lines = [
        DraftLine("a", 1000, make.VAT),
        DraftLine("b", 1000, make.VAT),
        DraftLine("c", 500, make.VAT),
    ]
    service = make.make_service()
    invoice = make.make_invoice(service.client, kind="plan_change", status="paid", lines=lines)

    def kept(*, inclusive: bool = False) -> list[int]:
        return [line.value(inclusive=inclusive) for line in service_lines(service, invoice)]

    assert (kept(), kept(inclusive=True)) == ([1000, 1000, 500], [1200, 1200, 600])
    credit_invoice(invoice=invoice, lines={1: None}, reason="sorry", ctx=CTX)
    assert kept() == [0, 1000, 500]
    credit_invoice(invoice=invoice, amount=900, reason="sorry", ctx=CTX)
    assert kept(inclusive=True) == [0, 600, 300]
    credit_invoice(invoice=invoice, reason="sorry", ctx=CTX)
    assert kept() == []


@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_a_service_without_a_period_has_paid_for_no_day_to_come(status: str) -> None:
    assert paid_days(make.make_service(status=status), AT.date(), inclusive=False) == []


def test_two_downgrades_give_back_what_each_left() -> None:
    service, invoice = renewed()
    at = RENEWED_AT + timedelta(days=7)  # 8 May, the first of 31 days
    change(service, priced(service, 2000), at)
    first = balance(service)
    change(service, priced(service, 500), at)
    assert (first, balance(service)) == (1000, 2500)
    assert set(invoice.credit_notes.values_list("plan_change__credit", flat=True)) == {3000, 2000}


def test_an_upgrade_whose_invoice_was_credited_is_not_given_back_again() -> None:
    service, _ = renewed()
    at = RENEWED_AT + timedelta(days=7)
    upgraded = change(service, priced(service, 6000), at)
    assert upgraded.invoice is not None
    make.make_payment(upgraded.invoice, at=at)
    upgraded.invoice.refresh_from_db()
    credit_invoice(invoice=upgraded.invoice, reason="sorry", ctx=Context(at, SYSTEM))
    before = balance(service)
    done = change(service, priced(service, 0), at)
    assert (before, done.credit) == (3000, 3000)


def test_nothing_is_given_back_by_a_plain_row_when_the_invoice_was_voided() -> None:
    order = make.make_order()
    approve_order(order=order, unpaid_because="a friend", ctx=Context(AT, SYSTEM))
    service = Service.objects.get()
    activate_service(service=service, ctx=Context(AT, SYSTEM))
    assert order.invoice is not None
    void_invoice(invoice=order.invoice, reason="sorry", ctx=CTX)
    change(service, priced(service, 0), AT + timedelta(days=1))
    assert balance(service) == 0
