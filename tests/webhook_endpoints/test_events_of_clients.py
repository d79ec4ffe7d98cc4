"""Endpoints of the company that want events of clients: those of the staff feed, brought alike (staff-api.md)."""

import msgspec
import pytest

from commerce.accounts.erasure.rules import ErasureScope
from commerce.accounts.staff_rules import StaffPermission
from commerce.kit import clock
from commerce.webhook_endpoints.access import scopes_seen_by
from commerce.webhook_endpoints.actions.deliveries import (
    claim_endpoint,
    make_deliveries,
    release_endpoint,
)
from commerce.webhook_endpoints.actions.endpoints import change_endpoint
from commerce.webhook_endpoints.erasure import erase_endpoints
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.sending import _bodies
from tests import make
from tests.backoffice.api.calls import get
from tests.make.cards import CTX
from tests.make.staff import make_staff, make_staff_token
from tests.make.webhook_endpoints import make_company_endpoint, make_events

pytestmark = pytest.mark.django_db(transaction=True)
INVOICES = ["invoice.paid", "staff.run_missing"]


def due() -> list[int]:
    return [one.pk for one in WebhookEndpoint.objects.due(clock.now())]


def make_due(endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    """Deliveries of what it was not sent, as a visit makes them."""
    found = WebhookEndpoint.objects.select_related("maker__staff__role").get(pk=endpoint.pk)
    scopes, at = scopes_seen_by(found, clock.now()), clock.now()
    claim = claim_endpoint(endpoint_id=found.pk, at=at)
    assert scopes is not None
    assert claim is not None
    assert not make_deliveries(endpoint=found, scopes=scopes, at=at)
    release_endpoint(endpoint_id=found.pk, claim=claim, at=at)
    return list(found.deliveries.waiting().order_by("pk"))


def bodies(endpoint: WebhookEndpoint, batch: list[WebhookDelivery]) -> list[object]:
    found = WebhookEndpoint.objects.select_related("maker__staff__role").get(pk=endpoint.pk)
    return [msgspec.json.decode(one) for one in _bodies(found, frozenset(), batch).values()]


def test_they_are_those_of_the_feed() -> None:
    clients = [make.make_client(owner=f"{name}@example.com") for name in ("alice", "bob")]
    make_events(clients[0])
    endpoint, _ = make_company_endpoint(types=INVOICES)
    make_company_endpoint()  # nothing selected: what staff are told, and no client
    assert due() == []
    for client in clients:
        make_events(client, 2)
        make_events(client, type="invoice.changed")
    assert due() == [endpoint.pk]
    made = make_due(endpoint)
    assert [one.about_client_id for one in made] == [clients[0].pk] * 2 + [clients[1].pk] * 2
    token = make_staff_token(make_staff())[1]
    feed = get("events?types=invoice.paid&limit=100", token).json["data"]
    assert bodies(endpoint, made) == feed[1:]
    manages = make_staff_token(make_staff(), permissions=["settings.manage"])[1]
    rows = [get("webhook-deliveries", one).json["data"][0] for one in (token, manages)]
    assert ["about_client" in one for one in rows] == [True, False]
    assert make_due(endpoint) == made
    WebhookDelivery.objects.update(next_try_at=None)
    assert (make_due(endpoint), due()) == ([], [])  # the others were looked at, too


def test_it_is_told_what_its_maker_may_see() -> None:
    needed = {StaffPermission.SETTINGS_MANAGE, StaffPermission.INVOICES_VIEW}
    staff = make_staff("support", permissions=needed)
    endpoint, _ = make_company_endpoint(staff, types=["service.changed", *INVOICES])
    client = make.make_client()
    make_events(client)
    make_events(client, type="service.changed", resource_kind="service")
    made = make_due(endpoint)
    assert [one.type for one in made] == ["invoice.paid"]
    assert len(bodies(endpoint, made)) == 1
    staff.removed_permissions = [*staff.removed_permissions, StaffPermission.INVOICES_VIEW]
    staff.save()
    assert bodies(endpoint, made) == []
    make_events(client)
    assert make_due(endpoint) == made


def test_it_begins_with_what_comes_once_they_are_selected() -> None:
    endpoint, _ = make_company_endpoint()
    client = make.make_client()
    make_events(client)
    change_endpoint(endpoint=endpoint, types=INVOICES, ctx=CTX)
    assert (due(), make_due(endpoint)) == ([], [])
    make_events(client)
    assert len(make_due(endpoint)) == 1
    change_endpoint(endpoint=endpoint, types=["staff.run_missing"], ctx=CTX)
    make_events(client)
    endpoint.deliveries.update(next_try_at=None)
    assert (make_due(endpoint), due()) == ([], [])


def test_nothing_of_an_erased_client_stays_in_its_log() -> None:
    endpoint, _ = make_company_endpoint(types=INVOICES)
    erased, other = make.make_client(), make.make_client(owner="bob@example.com")
    for client in (erased, other):
        make_events(client)
    make_due(endpoint)
    erase_endpoints(ErasureScope(erased.pk, frozenset(), frozenset()), CTX)
    assert endpoint.deliveries.get().about_client_id == other.pk


def test_a_place_of_another_database_is_none() -> None:
    """Restored elsewhere, transactions are counted anew: it goes on with what comes then."""
    endpoint, _ = make_company_endpoint(types=INVOICES)
    make_events(make.make_client())
    ahead = 10**15
    WebhookEndpoint.objects.update(feed_transaction=ahead, feed_row=ahead)
    assert make_due(endpoint) == []
    endpoint.refresh_from_db()
    assert endpoint.feed_transaction is not None
    assert endpoint.feed_transaction < ahead
    make_events(make.make_client(owner="bob@example.com"))
    assert len(make_due(endpoint)) == 1
