"""billing.md 8: a late order, renewal or plan change suspends its services; a fee and a manual invoice never do."""

from datetime import timedelta

import pytest

from commerce.billing.invoices.rules import InvoiceKind
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.periods import resume_paid_services
from commerce.billing.periods.dunning_steps import (
    find_services_to_suspend,
    has_suspending_invoice,
    is_still_overdue,
)
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.runs.step import RunDay
from tests.make.people import AT
from tests.make.records import make_invoice, make_service

pytestmark = pytest.mark.django_db
SUSPENDING = ("order", "renewal", "plan_change")
PAST_GRACE = AT + timedelta(days=30)


def late_for(service: Service, kind: str) -> Invoice:
    """An overdue invoice with a line of the service."""
    return make_invoice(service.client, "overdue", kind=kind, billed_services=[service.pk])


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_a_late_invoice_suspends_by_its_kind(kind: str) -> None:
    suspends = kind in SUSPENDING
    service = make_service()
    late_for(service, kind)
    assert find_services_to_suspend(RunDay(PAST_GRACE.date(), PAST_GRACE)).exists() == suspends
    assert has_suspending_invoice(service, PAST_GRACE.date()) == suspends
    assert is_still_overdue(service.pk, {}) == suspends


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_what_suspended_it_resumes_it_when_it_is_settled(kind: str) -> None:
    suspends = kind in SUSPENDING
    service = make_service()
    invoice = late_for(service, kind)
    ctx = Context(PAST_GRACE, SYSTEM)
    suspend_service(service=service, suspension_reason="overdue", ctx=ctx)
    resume_paid_services(invoice=invoice, ctx=ctx)
    service.refresh_from_db()
    assert (service.status == "active") == suspends
