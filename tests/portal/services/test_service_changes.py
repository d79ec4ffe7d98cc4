"""`/client/services/{id}/cancel`, and who may open the pages that change a service."""

from datetime import timedelta

import pytest

from commerce.billing.models import CancellationRequest, Invoice
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import business_date
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import PASSWORD
from tests.make.records import make_group, make_product, make_service
from tests.make.renewals import renew_services_of
from tests.portal.conftest import PortalCast


@pytest.fixture
def service(cast: PortalCast) -> Service:
    """Small at 30.00, made today, with Large at 60.00 beside it."""
    group = make_group()
    small = make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    make_product(name="Large", group=group, prices=[("EUR", "monthly", 6000)])
    return make_service(cast.client, product=small, amount=3000, at=clock.now())


def keep(web: HttpsTestClient) -> int:
    """The client takes back the latest request to end a service."""
    asked = CancellationRequest.objects.latest("pk")
    return web.post(f"/client/cancellations/{asked.pk}/withdraw").status_code


def test_a_service_is_asked_to_end_and_kept_after_all(cast: PortalCast, service: Service) -> None:
    web = cast.browse(cast.alice)
    url = f"/client/services/{service.pk}/cancel"
    assert "the service runs until" in web.get(url).content.decode()
    assert web.post(url, {"kind": "never"}).status_code == 422
    form = {"kind": "end_of_period"}
    assert web.post(url, form).status_code == 303
    assert web.post(url, form).status_code == 422
    assert "Keep service" in web.get(url).content.decode()
    for _ in range(2):
        assert keep(web) == 303
    assert [one.status for one in CancellationRequest.objects.all()] == ["withdrawn"]


def test_ending_a_service_at_once_asks_for_the_password(cast: PortalCast, service: Service) -> None:
    web = make_browser(cast.alice, acting=cast.client, confirmed=False)
    url = f"/client/services/{service.pk}/cancel"
    page = web.get(url).content.decode()
    assert 'name="password"' in page
    assert page.count("(optional)") == 1  # the reason; the password depends on the choice above it
    now = {"kind": "immediate", "reason": "Too dear"}
    for typed in ({}, {"password": "wrong"}):
        assert web.post(url, now | typed).status_code == 422
    assert not CancellationRequest.objects.exists()
    assert web.post(url, {"kind": "end_of_period", "reason": "Too dear"}).status_code == 303
    keep(web)
    assert web.post(url, now | {"password": PASSWORD}).status_code == 303
    assert CancellationRequest.objects.get(status="pending").kind == "immediate"


def test_the_end_of_a_period_that_is_over_is_at_once(cast: PortalCast, service: Service) -> None:
    web = make_browser(cast.alice, acting=cast.client, confirmed=False)
    Service.objects.filter(pk=service.pk).update(next_due_date=business_date(clock.now()))
    url = f"/client/services/{service.pk}/cancel"
    form = {"kind": "end_of_period", "reason": "Too dear"}
    assert web.post(url, form).status_code == 422
    assert web.post(url, form | {"password": PASSWORD}).status_code == 303


def test_approved_at_once_the_page_says_when_it_ends(cast: PortalCast, service: Service) -> None:
    set_setting(key="cancellations.auto_approve", value="on", ctx=Context(clock.now(), SYSTEM))
    web = cast.browse(cast.alice)
    web.post(f"/client/services/{service.pk}/cancel", {"kind": "end_of_period", "reason": "x"})
    assert "This service ends on" in web.get(f"/client/services/{service.pk}").content.decode()


def test_the_page_of_a_service_tells_what_is_asked_and_what_is_overdue(
    cast: PortalCast, service: Service
) -> None:
    web, url = cast.browse(cast.alice), f"/client/services/{service.pk}"
    assert "Keep service" not in web.get(url).content.decode()
    web.post(f"{url}/cancel", {"kind": "end_of_period", "reason": "Too dear"})
    page = web.get(url).content.decode()
    assert "This service ends on" in page
    assert "Keep service" in page
    keep(web)
    web.post(f"{url}/cancel", {"kind": "immediate", "reason": "Too dear"})
    assert "Immediate cancellation requested." in web.get(url).content.decode()
    keep(web)
    switch_on_bank_transfer()
    late = clock.now() + timedelta(days=24)
    [number] = renew_services_of(cast.client, at=late).invoices
    assert "The renewal invoice of this service is unpaid" in web.get(url).content.decode()
    mark_overdue(
        invoice=Invoice.objects.get(pk=number), ctx=Context(late + timedelta(days=40), SYSTEM)
    )
    assert f'href="/client/invoices/{number}/pay"' in web.get(url).content.decode()
    bob, tess = (cast.browse(who).get(url).content.decode() for who in (cast.bob, cast.tess))
    assert "/pay" not in tess
    assert "Cancel service" not in bob


def test_what_is_paid_once_said_nothing_of_its_end(cast: PortalCast) -> None:
    once = make_service(cast.client, billing_cycle="one_time")
    page = cast.browse(cast.alice).get(f"/client/services/{once.pk}/cancel").content.decode()
    assert (
        "This is a one-time service without billing periods. The service ends when we approve"
        in page
    )
