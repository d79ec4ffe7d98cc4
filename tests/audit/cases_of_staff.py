"""What actions of staff on services are called with, for ``cases``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.billing.changes import service_edits
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.plan_changes.actions import requests as plan_changes
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.domains.actions.editing import choose_first_nameservers
from commerce.hosting.actions.client_services import suspend_client_services
from commerce.hosting.actions.editing import set_service_server
from commerce.hosting.actions.staff import (
    edit_service,
    override_service_status,
    set_service_account,
)
from commerce.hosting.actions.states import cancel_service
from commerce.hosting.models import Server, Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.account_closing import close_client_account
from commerce.orders.actions.cancelling import cancel_order_without_invoice
from tests import make

LATER = make.AT + timedelta(days=60)
CTX = Context(LATER, SYSTEM)

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def service(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, service=make.make_service(client), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, ctx=CTX)


def ended(client: Client) -> Act:
    """Its change of plan is invoiced and not paid."""
    small = make.make_product(prices=[("EUR", "monthly", 500)])
    large = make.make_product(group=small.group, prices=[("EUR", "monthly", 900)])
    found = make.make_service(client, product=small)
    [offer] = plan_offers(found, make.AT.date())
    plan_changes.request_plan_change(
        vat_refresh=None,
        service=found,
        product_id=large.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        ctx=Context(make.AT, SYSTEM),
    )
    cancel_service(service=found, ctx=Context(make.AT, SYSTEM))
    return prepared(actions.close_requests_of_service, service=found)


def to_end(client: Client) -> Act:
    found = make.make_service(client)
    say = {"kind": "end_of_period", "reason": "Abuse", "ctx": Context(make.AT, SYSTEM)}
    actions.cancel_service_without_request(service=found, **say)
    return prepared(service_edits.withdraw_scheduled_end, service=found, reason="Agreed")


def order_without_invoice(client: Client) -> Act:
    found = make.make_order(client)
    void_invoice(invoice=found.invoice, reason="mistake", ctx=Context(make.AT, SYSTEM))
    return prepared(cancel_order_without_invoice, invoice_id=found.invoice_id)


def _choose_server(*, service: Service, server: Server, ctx: Context) -> None:
    """As ``request_creation`` does, which raises the revision."""
    with transaction.atomic():
        bump_revision(service.client_id, ctx)
        set_service_server(service=service, server=server, ctx=ctx)


ALL: dict[str, Any] = {"end_everything": True, "reason": "gone"}

CASES: dict[str, Case] = {
    "hosting.set_service_server": lambda client: prepared(
        _choose_server,
        service=make.make_service(client, "pending"),
        server=make.make_server(),
    ),
    "domains.choose_first_nameservers": lambda client: prepared(
        choose_first_nameservers,
        domain=make.make_domain(client, "pending"),
        nameservers=["ns1.web1.example", "ns2.web1.example"],
    ),
    "hosting.suspend_client_services": lambda client: prepared(
        suspend_client_services, client=make.make_service(client).client, reason="Abuse"
    ),
    "hosting.edit_service": service(edit_service, reason="Agreed", amount=1),
    "hosting.set_service_account": service(set_service_account, username="jane", reason="moved"),
    "hosting.override_service_status": service(
        override_service_status, to="terminated", reason="Gone"
    ),
    "orders.cancel_order_without_invoice": order_without_invoice,
    "orders.close_client_account": lambda client: prepared(
        close_client_account, client=make.make_service(client).client, **ALL
    ),
    "billing.close_requests_of_service": ended,
    "billing.withdraw_scheduled_end": to_end,
    "billing.override_service": service(
        service_edits.override_service, to="cancelled", reason="Gone"
    ),
}
