"""Existing services and domains are brought to today's prices on a page: shown first, then announced."""

from html import unescape

import pytest
from django.urls import reverse

from commerce.accounts.staff_rules import PRESETS, StaffPermission, StaffRole
from commerce.backoffice.staff.labels import permission_labels
from commerce.billing.models import PriceChange
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.repricing import (
    announce_price_change,
    make_service_with_dearer_product,
    price_mails,
    set_product_price,
)
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
    seen = form_values(page) | typed
    answer = grace.post(url, seen | {"confirmed": "on", "reason": "Costs"})
    assert answer["Location"] == reverse("admin:billing_pricechange_changelist")
    change = PriceChange.objects.get()
    assert (change.service, change.amount, change.reason) == (service, 900, "Costs")
    assert len(price_mails()) == 1
    send(grace, action_url(change, "withdraw"), reason="A mistake")
    change.refresh_from_db()
    assert change.status == "dropped"
    assert b"or was withdrawn" in grace.get(action_url(change, "withdraw")).content


def test_only_the_prices_that_were_shown_are_announced(grace: HttpsTestClient) -> None:
    service, other = make_service_with_dearer_product(), make_service_with_dearer_product()
    url = list_action_url(PriceChange, "services")
    one, both = [str(service.product_id)], [str(service.product_id), str(other.product_id)]
    unseen = fill_in(grace, url) | {"products": both, "confirmed": "on"}
    assert grace.post(url, unseen).status_code == 422  # confirmed without looking
    shown = grace.post(url, fill_in(grace, url) | {"products": one})
    seen = form_values(shown.content.decode()) | {"products": one, "confirmed": "on"}
    wider = grace.post(url, seen | {"products": both})
    assert wider.status_code == 422
    assert "confirmed" not in form_values(wider.content.decode())
    set_product_price(service.product, 950)
    dearer = grace.post(url, seen)
    assert "€9.50" in dearer.content.decode()
    assert not PriceChange.objects.exists()
    shown_again = form_values(dearer.content.decode()) | {"products": one, "confirmed": "on"}
    assert grace.post(url, shown_again).status_code == 303
    change = PriceChange.objects.get()
    assert (change.service, change.amount) == (service, 950)


@pytest.mark.parametrize(
    "lacking", [StaffPermission.PRODUCTS_MANAGE, StaffPermission.SERVICES_MANAGE]
)
def test_repricing_takes_the_right_to_products_and_to_services(lacking: StaffPermission) -> None:
    change = announce_price_change(make_service_with_dearer_product())
    permissions = PRESETS[StaffRole.ADMIN] - {lacking}
    web = staff_browser(make_staff("admin", permissions=sorted(permissions)))
    page = web.get(reverse("admin:billing_pricechange_changelist"))
    assert page.status_code == 200
    assert b"Update services" not in page.content
    assert b"Update domains" not in page.content
    urls = [list_action_url(PriceChange, noun) for noun in ("services", "domains")]
    for url in (*urls, action_url(change, "withdraw")):
        for refused in (web.get(url), web.post(url)):
            assert refused.status_code == 403, url
            assert str(permission_labels()[lacking]) in unescape(refused.content.decode())


def test_one_who_may_only_look_gets_no_button() -> None:
    bea = staff_browser(make_staff("billing"))
    page = bea.get(reverse("admin:billing_pricechange_changelist"))
    assert page.status_code == 200
    assert b"Update services" not in page.content
    assert bea.get(list_action_url(PriceChange, "services")).status_code == 403
