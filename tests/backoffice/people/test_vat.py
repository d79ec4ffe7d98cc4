"""The VAT number of a client on their page (`commerce vat`)."""

from typing import Any

import pytest

from commerce.billing.models import VatCheck
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


def test_staff_vouch_for_a_vat_number_with_what_they_saw(web: HttpsTestClient) -> None:
    client = make.make_client(tax_id="NL004495445B01", country="NL")
    path = f"/admin/clients/{client.pk}/mark-vat-valid"
    assert send(web, path).context["form"].errors["evidence"]
    send(web, path, evidence="Letter of the tax office")
    check = VatCheck.objects.get()
    assert (check.by_staff, check.evidence) == (True, "Letter of the tax office")


def test_a_client_without_a_number_has_none_to_check(web: HttpsTestClient) -> None:
    client = make.make_client()
    assert web.post(f"/admin/clients/{client.pk}/check-vat").status_code == 409
    other = make.make_client(tax_id="12-3456789", country="US")
    answer: Any = web.post(f"/admin/clients/{other.pk}/check-vat")
    assert answer.status_code == 409
    assert "VAT" in text_of(answer)
