"""Closing a client: refused while something is left, unless staff end all of it (accounts.md 2)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions import close_client, hold
from commerce.accounts.models import Client
from commerce.audit.reasons import said
from commerce.billing.actions import void_invoice
from commerce.billing.actions.cancellations import carry_out_cancellation
from commerce.billing.models import CreditAccount, Invoice
from commerce.catalog.models import Stock
from commerce.domains.models import Domain
from commerce.domains.rules import LIVE as LIVE_NAMES
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.kit.money import Money
from commerce.orders.actions.states import cancel_order, end_domain
from commerce.orders.models import Order, OrderItem

WAITING = (Order.Status.PENDING, Order.Status.FRAUD)


@transaction.atomic
def close_account(
    *, client: Client, reason: str, at: datetime, actor: Actor, end_everything: bool = False
) -> list[Money]:
    """Close a client, and return the credit that is left for pay-out.

    Raises ``Refused`` while a service, domain or order is not in a final state or an invoice is open, unless
    ``end_everything``: then waiting orders, services and domains are cancelled, and open invoices voided.
    """
    reason = said(reason)
    if end_everything:
        _end_everything(client, reason, at, actor)
    hold(client.pk)
    if left := _left(client):
        text = _("There is something left: %(what)s. End it first, or choose to end everything.")
        raise Refused(text % {"what": ", ".join(left)})
    close_client(client=client, reason=reason, at=at, actor=actor)
    accounts = CreditAccount.objects.for_client(client).filter(balance__gt=0)
    return [Money(row.balance, row.currency_id) for row in accounts.order_by("currency_id")]


def _left(client: Client) -> list[str]:
    """What keeps a client from being closed, in words."""
    counted = {
        _("orders"): Order.objects.for_client(client).filter(status__in=WAITING),
        _("services"): Service.objects.for_client(client).filter(status__in=LIVE),
        _("domains"): Domain.objects.for_client(client).filter(status__in=LIVE_NAMES),
        _("open invoices"): Invoice.objects.for_client(client).open(),
    }
    found = {name: rows.count() for name, rows in counted.items()}
    return [f"{number} {name}" for name, number in found.items() if number]


def _end_everything(client: Client, reason: str, at: datetime, actor: Actor) -> None:
    orders = Order.objects.for_client(client).filter(status__in=WAITING)
    # In the order of locks: the stock that waiting orders give back, then the client.
    taken = OrderItem.objects.filter(order__in=orders, stock_taken__gt=0).values("product_id")
    list(Stock.objects.select_for_update().filter(pk__in=taken).order_by("pk"))
    hold(client.pk)
    say: dict[str, Any] = {"reason": reason, "at": at, "actor": actor}
    for order in orders.order_by("pk"):
        cancel_order(order=order, **say)
    for service in Service.objects.for_client(client).filter(status__in=LIVE).order_by("pk"):
        carry_out_cancellation(service=service, begun=True, **say)
    for domain in Domain.objects.for_client(client).filter(status__in=LIVE_NAMES).order_by("pk"):
        end_domain(domain, **say)
    say["reason"] = _("The account was closed.")  # the client reads it on the credit note
    while invoice := Invoice.objects.for_client(client).open().order_by("pk").first():
        void_invoice(invoice=invoice, release=True, **say)  # and with it the fee of a late one
