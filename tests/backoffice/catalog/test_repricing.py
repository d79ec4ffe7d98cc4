"""Existing services and domains are brought to today's prices on a page: shown first, then announced."""

from html import unescape

import pytest
from django.urls import reverse

from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.staff_rules import PRESETS, ShippedRole, StaffPermission
from commerce.billing.models import PriceChange, PriceChangeAct
from tests.make import make_client, make_service
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
    assert answer["Location"] == reverse("admin:billing_pricechangeact_changelist")
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


def test_an_act_is_shown_with_its_sums_and_withdrawn_as_a_whole(grace: HttpsTestClient) -> None:
    """202 services were 202 emails and 202 times "Withdraw", and the preview named no domain and no sum."""
    service = make_service_with_dearer_product(domain="one.example")
    yearly = make_service(
        service.client, product=service.product, amount=6000, billing_cycle="annually"
    )
    set_product_price(service.product, 12_000, "annually")
    other = make_service(make_client(), product=service.product, amount=500)
    url = list_action_url(PriceChange, "services")
    typed = {"products": [str(service.product_id)]}
    page = grace.post(url, fill_in(grace, url) | typed).content.decode()
    assert "one.example" in page
    assert "2 clients" in page
    assert "+€13.00" in page  # twice €4.00, and €60.00 a year
    assert grace.post(url, form_values(page) | typed | {"confirmed": "on"}).status_code == 303
    act = PriceChangeAct.objects.get()
    assert set(act.changes.values_list("service", flat=True)) == {service.pk, yearly.pk, other.pk}
    (mail,) = [one for one in price_mails() if one.client_id == service.client_id]
    assert mail.values["count"] == 2
    assert [one["domain"] for one in mail.values["items"]] == ["one.example", "—"]
    shown = grace.get(reverse("admin:billing_pricechangeact_change", args=[act.pk]))
    assert b"Price change of" in shown.content
    withdraw = action_url(act, "withdraw")
    send(grace, withdraw, reason="A mistake")
    assert set(act.changes.values_list("status", flat=True)) == {"dropped"}
    dropped = price_mails("price_change_dropped")
    assert sorted(one.client_id or 0 for one in dropped) == sorted(
        [service.client_id, other.client_id]
    )
    assert b"already apply, or were withdrawn" in grace.get(withdraw).content


@pytest.mark.parametrize(
    "lacking", [StaffPermission.PRODUCTS_MANAGE, StaffPermission.SERVICES_MANAGE]
)
def test_repricing_takes_the_right_to_products_and_to_services(lacking: StaffPermission) -> None:
    change = announce_price_change(make_service_with_dearer_product())
    permissions = PRESETS[ShippedRole.ADMIN] - {lacking}
    web = staff_browser(make_staff("admin", permissions=sorted(permissions)))
    page = web.get(reverse("admin:billing_pricechange_changelist"))
    assert page.status_code == 200
    assert b"Update services" not in page.content
    assert b"Update domains" not in page.content
    urls = [list_action_url(PriceChange, noun) for noun in ("services", "domains")]
    for url in (*urls, action_url(change, "withdraw")):
        for refused in (web.get(url), web.post(url)):
            assert refused.status_code == 403, url
            assert str(PERMISSION_LABELS[lacking]) in unescape(refused.content.decode())


def test_one_who_may_only_look_gets_no_button() -> None:
    bea = staff_browser(make_staff("billing"))
    page = bea.get(reverse("admin:billing_pricechange_changelist"))
    assert page.status_code == 200
    assert b"Update services" not in page.content
    assert bea.get(list_action_url(PriceChange, "services")).status_code == 403


def test_prices_change_by_a_percentage_from_a_day_of_ones_own(grace: HttpsTestClient) -> None:
    service = make_service_with_dearer_product()
    url = list_action_url(PriceChange, "services")
    typed = {"products": [str(service.product_id)], "percent": "-2.5 %", "from_date": "2027-06-01"}
    shown = grace.post(url, fill_in(grace, url) | typed)
    page = unescape(shown.content.decode())
    assert "€4.87" in page or "€4.88" in page
    assert "By client" in page
    grace.post(url, form_values(page) | typed | {"confirmed": "on"})
    change = PriceChange.objects.get()
    assert (change.amount, str(change.from_date)) == (488, "2027-06-08")


@pytest.mark.parametrize(
    "typed", [{"percent": "five"}, {"percent": "-100"}, {"amount": "1.00"}, {"amount": "x"}]
)
def test_what_is_no_change_of_a_price_is_refused(
    grace: HttpsTestClient, typed: dict[str, str]
) -> None:
    service = make_service_with_dearer_product()
    url = list_action_url(PriceChange, "services")
    sent = fill_in(grace, url) | {"products": [str(service.product_id)], "currency": ""} | typed
    assert grace.post(url, sent).status_code == 422
    assert not PriceChange.objects.exists()
