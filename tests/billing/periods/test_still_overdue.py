"""S8: a suspension asks again for its reason just before it is carried out."""

import pytest

from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.hosting import provisioning
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db


def test_the_reason_is_gone_when_the_invoice_is_paid() -> None:
    invoice = make_renewal()
    service = invoice.billed_periods.get().service
    assert service is not None
    args = {"suspension_reason": "overdue", "invoice": invoice.pk}
    assert not provisioning.reason_still_holds(service.pk, args)
    late = RENEWED_AT.replace(year=RENEWED_AT.year + 1)
    mark_overdue(invoice=invoice, ctx=Context(late, SYSTEM))
    assert provisioning.reason_still_holds(service.pk, args)
    assert provisioning.reason_still_holds(service.pk, {"suspension_reason": "overdue"})
    make.make_payment(invoice)
    assert not provisioning.reason_still_holds(service.pk, args)
    assert provisioning.reason_still_holds(service.pk, {"suspension_reason": "staff"})
