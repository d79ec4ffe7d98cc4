"""billing.md 8: a late order or renewal suspends its services; a plan change, a fee and a manual invoice never do."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.actions.claims import resume_paid
from commerce.billing.daily import Day
from commerce.billing.daily.dunning import find_to_suspend, is_late_for, still_overdue
from commerce.billing.models import Invoice
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from tests.make.people import AT
from tests.make.trade import make_invoice, make_service

pytestmark = pytest.mark.django_db
SUSPENDING = ("order", "renewal")
PAST_GRACE = AT + timedelta(days=30)


def late_for(service: Service, kind: str) -> Invoice:
    """An overdue invoice with a line of the service."""
    return make_invoice(service.client, "overdue", kind=kind, billed_services=[service.pk])


@pytest.mark.parametrize("kind", Invoice.Kind.values)
def test_a_late_invoice_suspends_by_its_kind(kind: str) -> None:
    suspends = kind in SUSPENDING
    service = make_service()
    late_for(service, kind)
    assert find_to_suspend(Day(PAST_GRACE.date(), PAST_GRACE)).exists() == suspends
    assert is_late_for(service, PAST_GRACE.date()) == suspends
    assert still_overdue(service.pk, {}) == suspends


@pytest.mark.parametrize("kind", Invoice.Kind.values)
def test_what_suspended_it_resumes_it_when_it_is_settled(kind: str) -> None:
    suspends = kind in SUSPENDING
    service = make_service()
    invoice = late_for(service, kind)
    say: dict[str, Any] = {"at": PAST_GRACE, "actor": SYSTEM}
    hosting.suspend_service(service=service, cause="overdue", **say)
    resume_paid(invoice=invoice, **say)
    service.refresh_from_db()
    assert (service.status == "active") == suspends
