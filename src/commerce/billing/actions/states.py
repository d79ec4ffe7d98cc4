"""The one way by which an invoice changes its state (invariants.md 3)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.audit.states import Transitions, move
from commerce.billing.models import Invoice
from commerce.billing.rules import INVOICE_MOVES, OPEN
from commerce.hosting.models import Service
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved


@transaction.atomic
def move_invoice(
    *,
    invoice: Invoice,
    to: str,
    at: datetime,
    actor: Actor,
    moves: Transitions = INVOICE_MOVES,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move an invoice along its table, with what belongs to the new state. Raises ``Moved`` if that is not allowed."""
    touch(invoice.client_id)
    move(
        invoice,
        to,
        allowed=moves,
        at=at,
        actor=actor,
        client_id=invoice.client_id,
        reason=reason,
        changed_at=at,
        **changes,
    )


def check_payable(invoice: Invoice) -> None:
    """That this locked invoice can be paid: it is open, and not stopped with its order. Raises ``Moved``."""
    if invoice.status not in OPEN:
        raise Moved(_("This invoice is %(status)s.") % {"status": invoice.status})
    if invoice.is_stopped:
        raise Moved(_("Its order is under review. It can be paid once that is done."))


def locked_service(service: Service) -> Service:
    """A service as it is now, locked until the transaction ends; the client's row first, as everywhere."""
    touch(service.client_id)
    rows = Service.objects.select_for_update(of=("self",)).select_related("product", "client")
    return rows.get(pk=service.pk)


def locked(invoice: Invoice) -> Invoice:
    """The stored row, locked until the transaction ends; the client's row first, as everywhere."""
    touch(invoice.client_id)
    return Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
