"""A client with a row of each resource in each of its states."""

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import PlanChange
from commerce.dns.actions.zones import end_zone
from commerce.payments.models import Payment
from commerce.payments.rules import PaymentStatus
from commerce.webhook_endpoints.rules import WebhookEndpointStatus
from tests.api.v2.posting import post, poster
from tests.make import (
    make_client,
    make_domain,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_server,
    make_service,
)
from tests.make.cards import CTX, keep
from tests.make.plan_changes import make_open_plan_change
from tests.make.records import make_credit_note, make_required_option
from tests.make.repricing import make_tld
from tests.make.webhook_endpoints import make_delivery, make_endpoint
from tests.make.zones import make_stored_zone


def make_rows_in_every_state() -> Client:
    client = make_client(owner="alice@example.com")
    server = make_server()
    for status in ("pending", "active", "suspended", "cancelled", "terminated"):
        make_service(client, status, server=server if status == "active" else None)
    for status in ("unpaid", "paid", "overdue", "cancelled", "refunded"):
        make_invoice(client, status)
    for status in ("pending_transfer", "active", "expired", "redemption", "transferred_away"):
        make_domain(client, status)
    for status in ("pending", "cancelled", "fraud"):
        make_domain(client, status)
    unlock = f"/api/v2/domains/{make_domain(client).pk}/unlock"
    assert post(unlock, poster(client)).status == 202
    for status in ("pending", "active", "fraud", "cancelled"):
        make_order(client, status)
    for change in PlanChangeStatus:
        made = make_open_plan_change(client)
        PlanChange.objects.filter(pk=made.pk).update(status=change)
    make_money(client)
    make_required_option(make_product(), "dropdown")
    make_tld("co.example")
    make_stored_zone(client)
    end_zone(zone=make_stored_zone(client, "ended.example"), ctx=CTX)
    make_webhooks(client)
    return client


def make_money(client: Client) -> None:
    """Payments in each state, credit notes, credit, and a saved card."""
    for status in PaymentStatus:
        payment = make_payment(make_invoice(client))
        Payment.objects.filter(pk=payment.pk).update(status=status, card_last4="4242")
    make_credit_note(client)
    add_credit(client=client, currency_code="EUR", amount=5000, ctx=CTX)
    keep(client)


def make_webhooks(client: Client) -> None:
    """Endpoints in each state, and deliveries in each."""
    for status in WebhookEndpointStatus:
        endpoint = make_endpoint(client, status=status)[0]
    for values in ({}, {"next_try_at": None}, {"next_try_at": None, "delivered_at": CTX.at}):
        make_delivery(endpoint, **values)
