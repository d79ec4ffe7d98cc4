"""S8: a suspension asks again for its reason just before it is carried out."""

import pytest

from commerce.billing.actions import mark_overdue
from commerce.hosting import provisioning
from commerce.kit.actor import SYSTEM
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db


def test_the_reason_is_gone_when_the_invoice_is_paid() -> None:
    invoice = make_renewal()
    service = invoice.claims.get().service
    assert service is not None
    args = {"cause": "overdue", "invoice": invoice.pk}
    assert not provisioning.still_holds(service.pk, args)
    late = RENEWED_AT.replace(year=RENEWED_AT.year + 1)
    mark_overdue(invoice=invoice, at=late, actor=SYSTEM)
    assert provisioning.still_holds(service.pk, args)
    assert provisioning.still_holds(service.pk, {"cause": "overdue"})
    make.make_payment(invoice)
    assert not provisioning.still_holds(service.pk, args)
    assert provisioning.still_holds(service.pk, {"cause": "staff"})
