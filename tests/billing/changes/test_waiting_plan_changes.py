"""billing.md 8: what becomes of a change of plan that waits for its payment, and of what paid for one."""

from datetime import date, timedelta

import pytest

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.service_edits import edit_service_terms
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import PlanChange
from commerce.catalog.models import Product, ProductGroup
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from tests import make
from tests.billing.changes.test_credit_back import (
    balance,
    bought,
    change,
    group,
    invoices,
    notes,
    offered,
    plan,
    rates,
    wish,
)
from tests.make.proof import proof_violations
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db
AT = make.AT
LATER = Context(AT + timedelta(hours=1), SYSTEM)
__all__ = ["group", "rates"]


def asked(service: Service, to: Product, days: int = 0) -> PlanChange:
    """A change that waits for its payment, as it was shown."""
    at = AT + timedelta(days=days)
    return actions.request_plan_change(
        service=service,
        product_id=to.pk,
        billing_cycle="monthly",
        figures_shown=offered(service, to, at).figures_shown,
        ctx=Context(at, SYSTEM),
    )


def test_a_change_of_a_free_plan_lapses_when_its_next_period_begins(group: ProductGroup) -> None:
    """Its invoice charges one day; paid on the next, it would have bought a month."""
    free, big = plan(group, 0), plan(group, 20_000)
    service = make.make_service(product=free, amount=0)
    waiting = asked(service, big, days=29)
    assert waiting.invoice is not None
    assert waiting.invoice.total == 794
    assert renew_services_of(service.client, AT + timedelta(days=30)).waived == 1
    waiting.refresh_from_db()
    service.refresh_from_db()
    assert (waiting.status, invoices(service)[-1].status) == ("lapsed", "cancelled")
    assert (service.product, service.next_due_date) == (free, date(2026, 6, 8))


@pytest.mark.parametrize("taken", [None, 119])
def test_a_change_is_not_carried_out_when_what_its_invoice_deducts_was_taken_back(
    group: ProductGroup, taken: int | None
) -> None:
    small, big = plan(group, 1000), plan(group, 20_000)
    [service] = bought(wish(small))
    waiting = asked(service, big)
    assert waiting.invoice is not None
    credit_invoice(invoice=invoices(service)[0], amount=taken, reason="Sorry", ctx=LATER)
    make.make_payment(waiting.invoice, at=LATER.at)
    waiting.refresh_from_db()
    assert (waiting.status, balance(service)) == ("lapsed", 22_610 + (taken or 1190))
    assert proof_violations(LATER.at) == {}


def test_what_is_taken_back_of_a_setup_fee_or_another_unit_does_not_stop_a_change(
    group: ProductGroup,
) -> None:
    small, other, big = plan(group, 1000, setup=500), plan(group, 700), plan(group, 20_000)
    service, _second = bought(wish(small), wish(other))
    waiting = asked(service, big)
    assert waiting.invoice is not None
    lines = dict.fromkeys([2, 3])
    credit_invoice(invoice=invoices(service)[0], lines=lines, reason="Sorry", ctx=LATER)
    make.make_payment(waiting.invoice, at=LATER.at)
    waiting.refresh_from_db()
    assert waiting.status == "applied"


def test_a_payment_that_went_back_takes_nothing_of_what_others_paid(group: ProductGroup) -> None:
    small, big, free = plan(group, 1000), plan(group, 20_000), plan(group, 0)
    [service] = bought(wish(small))
    change(service, big)
    payment = Payment.objects.get(invoice=invoices(service)[-1])
    reverse_payment(payment=payment, reason="Charged back", ctx=Context(AT, SYSTEM))
    assert change(service, small).figures_shown == (1000, 1000, 0)
    assert change(service, free).left_over == 1190
    assert notes(service) == [("order", 1190)]


@pytest.mark.parametrize(("ordered", "later"), [("monthly", "annually"), ("annually", "monthly")])
def test_the_first_period_is_as_long_as_it_was_ordered_whatever_staff_set_since(
    group: ProductGroup, ordered: str, later: str
) -> None:
    small, free = plan(group, 3000, annually=36_500), plan(group, 0, annually=0)
    [service] = bought(wish(small, cycle=ordered))
    edit_service_terms(service=service, billing_cycle=later, reason="Agreed", ctx=LATER)
    credit = offered(service, free, AT + timedelta(days=20)).figures.credit
    assert credit == {"monthly": 1000, "annually": 34_500}[ordered]
