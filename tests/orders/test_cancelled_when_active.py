"""A paid order that was a mistake is canceled in one act, with its services and its invoice."""

from datetime import date

import pytest

from commerce.billing.models import BilledPeriod, CreditAccount, CreditNote
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.models import Order
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.renewals import make_renewal
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def order() -> Order:
    """Active, with its paid invoice."""
    order = make.make_order(status="pending")
    assert order.invoice is not None
    make.make_payment(order.invoice)
    run_all_jobs(make.AT, failing=True)
    order.refresh_from_db()
    assert order.status == "active"
    return order


@pytest.mark.usefixtures("proven")
def test_its_invoice_is_credited_and_its_services_end(order: Order) -> None:
    page = staff_browser(make_staff()).get(f"/admin/orders/{order.pk}/cancel")
    assert "A credit note over" in text_of(page)
    cancel_order(order=order, reason="ordered twice", ctx=CTX)
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.invoice is not None
    assert CreditNote.objects.get().total == order.invoice.total
    assert CreditAccount.objects.get().balance == order.invoice.total
    assert not Service.objects.filter(status="active").exists()


def test_one_of_which_something_was_billed_again_is_not(order: Order) -> None:
    service = Service.objects.get(order_unit__item__order=order)
    renewal = make_renewal(order.client)
    BilledPeriod.objects.create(
        service=service,
        invoice=renewal,
        period_start=date(2027, 5, 8),
        period_end=date(2027, 6, 8),
        created_at=make.AT,
    )
    with pytest.raises(StateConflict, match="billed again"):
        cancel_order(order=order, reason="ordered twice", ctx=CTX)
    with pytest.raises(StateConflict):
        reject_order(order=order, reason="odd", ctx=CTX)
