"""Closing a client: refused while something is left, unless staff end all of it (accounts.md 2)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.clients import close_client, close_client_blocked_reason
from commerce.accounts.locale import client_text
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import CreditAccount, Invoice
from commerce.catalog.models import Stock
from commerce.domains.models import Domain
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Flag
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.orders.actions.cancelling import cancel_order, end_domain_of_order
from commerce.orders.models import Order, OrderItem
from commerce.orders.rules import OrderStatus
from commerce.presentation.amounts import format_money

WAITING_ORDER_STATUSES = (OrderStatus.PENDING, OrderStatus.FRAUD)


def _done(left: list[Money], client: Client) -> str:
    if not left:
        return gettext("Account closed.")
    credit = ", ".join(format_money(money.amount, money.currency) for money in left)
    return gettext("Account closed. Credit to pay out: %(credit)s.") % {"credit": credit}


@act(
    "client.close",
    Client,
    label=_("Close account"),
    done=_done,
    staff=StaffPermission.CLIENTS_SUSPEND,
    blocked=close_client_blocked_reason,
    asks_password=True,
    is_danger=True,
    example='client close alice@example.com --reason "as asked" --end-everything',
)
@transaction.atomic
def close_client_account(
    *,
    client: Client,
    reason: Annotated[str, REASON],
    ctx: Context,
    end_everything: Annotated[
        bool,
        Flag(_("Cancel pending orders, services, and domains, and void open invoices")),
    ] = False,
) -> list[Money]:
    """Close a client, and return the credit that is left for pay-out.

    Raises ``BusinessError`` while a service, domain or order is not in a final state or an invoice is open, unless
    ``end_everything``: then waiting orders, services and domains are cancelled, and open invoices voided.
    ``StateConflict`` for a closed one.
    """
    if end_everything:
        _end_everything(client, reason, ctx)
    _lock_open(client, ctx)
    if left := _left(client):
        raise BusinessError("client.not_empty", left=", ".join(left))
    close_client(client=client, reason=reason, ctx=ctx)
    accounts = CreditAccount.objects.for_client(client).filter(balance__gt=0)
    return [Money(row.balance, row.currency_id) for row in accounts.order_by("currency_id")]


def _lock_open(client: Client, ctx: Context) -> None:
    if blocked := close_client_blocked_reason(lock_client(client.pk), ctx):
        raise blocked


def _left(client: Client) -> list[str]:
    """What keeps a client from being closed, in words."""
    orders = Order.objects.for_client(client).filter(status__in=WAITING_ORDER_STATUSES).count()
    services = Service.objects.for_client(client).filter(status__in=LIVE_SERVICE_STATUSES).count()
    domains = Domain.objects.for_client(client).filter(status__in=LIVE_DOMAIN_STATUSES).count()
    invoices = Invoice.objects.for_client(client).open().count()
    counted = [
        (ngettext("%(count)s open order", "%(count)s open orders", orders), orders),
        (ngettext("%(count)s service", "%(count)s services", services), services),
        (ngettext("%(count)s domain", "%(count)s domains", domains), domains),
        (ngettext("%(count)s open invoice", "%(count)s open invoices", invoices), invoices),
    ]
    return [text % {"count": count} for text, count in counted if count]


def _end_everything(client: Client, reason: str, ctx: Context) -> None:
    orders = Order.objects.for_client(client).filter(status__in=WAITING_ORDER_STATUSES)
    # In the order of locks: the stock that waiting orders give back, then the client.
    taken = OrderItem.objects.filter(order__in=orders, stock_taken__gt=0).values("product_id")
    list(Stock.objects.select_for_update().filter(pk__in=taken).order_by("pk"))
    _lock_open(client, ctx)
    for order in orders.order_by("pk"):
        cancel_order(order=order, reason=reason, ctx=ctx)
    for service in (
        Service.objects.for_client(client).filter(status__in=LIVE_SERVICE_STATUSES).order_by("pk")
    ):
        carry_out_cancellation(service=service, reason=reason, include_begun_period=True, ctx=ctx)
    for domain in (
        Domain.objects.for_client(client).filter(status__in=LIVE_DOMAIN_STATUSES).order_by("pk")
    ):
        end_domain_of_order(domain, reason=reason, ctx=ctx)
    client_reason = client_text(client, _("The account was closed."))  # on the credit note
    while invoice := Invoice.objects.for_client(client).open().order_by("pk").first():
        # and with it the fee of a late one
        void_invoice(invoice=invoice, reason=client_reason, release_periods=True, ctx=ctx)
