"""Existing services and domains are brought to today's prices on a page: shown first, then announced."""

import pytest
from django.urls import reverse

from commerce.billing.models import PriceChange
from tests.make.browser import HttpsTestClient
from tests.make.repricing import make_service_with_dearer_product, price_mails
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import action_url, fill_in, list_action_url, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> HttpsTestClient:
    """A browser of the super admin."""
    return staff_browser(make_staff())


def test_new_prices_are_shown_before_they_are_announced(grace: HttpsTestClient) -> None:
    service = make_service_with_dearer_product()
    url = list_action_url(PriceChange, "services")
    typed = {"products": [str(service.product_id)]}
    shown = grace.post(url, fill_in(grace, url) | typed)
    page = shown.content.decode()
    assert shown.status_code == 422
    assert "€9.00" in page
    assert "Check the new prices, then confirm them." in page
    assert not PriceChange.objects.exists()
    answer = grace.post(url, fill_in(grace, url) | typed | {"confirmed": "on", "reason": "Costs"})
    assert answer["Location"] == reverse("admin:billing_pricechange_changelist")
    change = PriceChange.objects.get()
    assert (change.service, change.amount, change.reason) == (service, 900, "Costs")
    assert len(price_mails()) == 1
    send(grace, action_url(change, "withdraw"), reason="A mistake")
    change.refresh_from_db()
    assert change.status == "dropped"
    assert b"or was withdrawn" in grace.get(action_url(change, "withdraw")).content


def test_one_who_may_only_look_gets_no_button() -> None:
    bea = staff_browser(make_staff("billing"))
    page = bea.get(reverse("admin:billing_pricechange_changelist"))
    assert page.status_code == 200
    assert b"Update services" not in page.content
    assert bea.get(list_action_url(PriceChange, "services")).status_code == 403
