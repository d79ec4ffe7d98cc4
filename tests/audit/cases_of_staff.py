"""What actions of staff on services are called with, for ``test_what_the_api_shows``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.actions import by_staff, cancellations, plan_changes
from commerce.billing.plan_offers import offers
from commerce.domains import actions as domains
from commerce.hosting import actions as hosting
from commerce.kit.actor import SYSTEM
from commerce.orders import actions as orders
from tests import make

LATER = make.AT + timedelta(days=60)
SAY: dict[str, Any] = {"at": LATER, "actor": SYSTEM}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def service(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, service=make.make_service(client), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, **SAY)


def ended(client: Client) -> Act:
    """Its change of plan is invoiced and not paid."""
    small = make.make_product(prices=[("EUR", "monthly", 500)])
    large = make.make_product(group=small.group, prices=[("EUR", "monthly", 900)])
    found = make.make_service(client, product=small)
    [offer] = offers(found, make.AT.date())
    plan_changes.request_plan_change(
        service=found,
        product_id=large.pk,
        billing_cycle="monthly",
        shown=offer.shown,
        at=make.AT,
        actor=SYSTEM,
    )
    hosting.cancel_service(service=found, at=make.AT, actor=SYSTEM)
    return prepared(cancellations.close_requests, service=found)


def to_end(client: Client) -> Act:
    found = make.make_service(client)
    say = {"kind": "end_of_period", "reason": "Abuse", "at": make.AT, "actor": SYSTEM}
    cancellations.cancel_by_staff(service=found, **say)
    return prepared(by_staff.keep_by_staff, service=found, reason="Agreed")


def order_without_invoice(client: Client) -> Act:
    found = make.make_order(client)
    billing.void_invoice(invoice=found.invoice, reason="mistake", at=make.AT, actor=SYSTEM)
    return prepared(orders.cancel_order_without_invoice, invoice_id=found.invoice_id)


ALL: dict[str, Any] = {"end_everything": True, "reason": "gone"}

CASES: dict[str, Case] = {
    "hosting.set_server": lambda client: prepared(
        hosting.set_server,
        service=make.make_service(client, "pending"),
        server=make.make_server(),
    ),
    "domains.choose_nameservers": lambda client: prepared(
        domains.choose_nameservers,
        domain=make.make_domain(client, "pending"),
        nameservers=["ns1.web1.example", "ns2.web1.example"],
    ),
    "hosting.edit_service": service(hosting.edit_service, reason="Agreed", amount=1),
    "hosting.set_account": service(hosting.set_account, username="jane"),
    "hosting.override_status": service(hosting.override_status, to="terminated", reason="Gone"),
    "orders.cancel_order_without_invoice": order_without_invoice,
    "orders.close_account": lambda client: prepared(
        orders.close_account, client=make.make_service(client).client, **ALL
    ),
    "billing.close_requests": ended,
    "billing.terminate_by_staff": service(by_staff.terminate_by_staff, reason="Abuse"),
    "billing.keep_by_staff": to_end,
    "billing.edit_by_staff": service(by_staff.edit_by_staff, reason="Agreed", amount=1),
    "billing.override_by_staff": service(by_staff.override_by_staff, to="cancelled", reason="Gone"),
}
