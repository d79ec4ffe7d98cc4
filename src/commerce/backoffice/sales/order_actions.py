"""The buttons of an order's record: approve, hold, fraud, release, reject, cancel, notes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.billing.invoices.queries import is_fully_credited
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.kit.context import Context
from commerce.orders.actions.cancelling import (
    cancel_order,
    end_order_blocked_reason,
    reject_order,
)
from commerce.orders.actions.fraud import (
    release_order,
    release_order_blocked_reason,
    stop_order_as_fraud,
    stop_order_blocked_reason,
)
from commerce.orders.actions.lifecycle import (
    MAX_NOTES_LENGTH,
    approve_order,
    hold_order,
    hold_order_blocked_reason,
    pending_order_blocked_reason,
    set_order_notes,
)
from commerce.orders.models import Order
from commerce.portal.base.form_fields import LineField, MultilineField

type Data = Mapping[str, Any]


def is_unpaid(order: Order) -> bool:
    """Whether it has an invoice that nobody has paid, or that was given back."""
    invoice = order.invoice
    if invoice is None:
        return False
    return invoice.status != InvoiceStatus.PAID or is_fully_credited(invoice)


class ApprovalForm(StaffForm):
    """For an order that is not paid: why it goes on all the same."""

    unpaid_because = LineField(
        label=_lazy("Reason for approving it unpaid"),
        max_length=500,
        help_text=_lazy("The invoice stays open. The reason is for staff and the audit log."),
    )

    def prepare(self) -> None:
        if not is_unpaid(self.record):
            del self.fields["unpaid_because"]


class OrderNotesForm(StaffForm):
    """What staff know of an order."""

    notes = MultilineField(
        label=_lazy("Notes"),
        required=False,
        max_length=MAX_NOTES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("Clients never see them."),
    )

    def prepare(self) -> None:
        self.initial["notes"] = self.record.notes


def _approve(order: Order, data: Data, ctx: Context) -> str:
    approve_order(order=order, unpaid_because=data.get("unpaid_because", ""), ctx=ctx)
    return _("Order approved. Its services and domains are being set up.")


def _hold(order: Order, data: Data, ctx: Context) -> str:
    hold_order(order=order, reason=data["reason"], ctx=ctx)
    return _("Order on hold until you approve it.")


def _fraud(order: Order, data: Data, ctx: Context) -> str:
    stop_order_as_fraud(order=order, reason=data["reason"], ctx=ctx)
    return _("Order marked as suspected fraud.")


def _release(order: Order, data: Data, ctx: Context) -> str:
    release_order(order=order, reason=data["reason"], ctx=ctx)
    return _("Suspicion cleared.")


def _reject(order: Order, data: Data, ctx: Context) -> str:
    reject_order(order=order, reason=data["reason"], ctx=ctx)
    return _("Order rejected. The client is notified without your reason.")


def _cancel(order: Order, data: Data, ctx: Context) -> str:
    cancel_order(order=order, reason=data["reason"], ctx=ctx)
    return _("Order canceled.")


def _set_notes(order: Order, data: Data, ctx: Context) -> str:
    set_order_notes(order=order, notes=data["notes"], ctx=ctx)
    return _("Notes saved.")


def _ran(order: Order, _data: Data) -> bool:
    """Whether it has services whose accounts go with it, as by a termination."""
    return order.activated_at is not None


_PASSWORD_HINT = _lazy("Only needed if the order was active. Its accounts are deleted.")


ORDER_ACTIONS = (
    RecordAction(
        name="approve",
        label=_lazy("Approve"),
        permission=StaffPermission.ORDERS_MANAGE,
        form=ApprovalForm,
        intro=lambda _order: _lazy("Its services and domains are set up, and a hold ends."),
        run=_approve,
        blocked=pending_order_blocked_reason,
    ),
    RecordAction(
        name="hold",
        label=_lazy("Put on hold"),
        permission=StaffPermission.ORDERS_MANAGE,
        intro=lambda _order: _lazy("It waits for approval, even after it's paid."),
        run=_hold,
        asks_reason=True,
        blocked=hold_order_blocked_reason,
    ),
    RecordAction(
        name="notes",
        label=_lazy("Notes"),
        permission=StaffPermission.ORDERS_MANAGE,
        form=OrderNotesForm,
        submit=_lazy("Save changes"),
        run=_set_notes,
    ),
    RecordAction(
        name="fraud",
        label=_lazy("Suspect fraud"),
        permission=StaffPermission.ORDERS_MANAGE,
        intro=lambda _order: _lazy(
            "Nothing is set up, and services of this order that run are suspended."
        ),
        run=_fraud,
        asks_reason=True,
        is_danger=True,
        blocked=stop_order_blocked_reason,
    ),
    RecordAction(
        name="release",
        label=_lazy("Clear suspicion"),
        permission=StaffPermission.ORDERS_MANAGE,
        run=_release,
        asks_reason=True,
        blocked=release_order_blocked_reason,
    ),
    RecordAction(
        name="reject",
        label=_lazy("Reject"),
        permission=StaffPermission.ORDERS_MANAGE,
        intro=lambda _order: _lazy(
            "The client is told, without your reason. Payments are added to their credit balance."
        ),
        run=_reject,
        asks_reason=True,
        asks_password_if=_ran,
        password_hint=_PASSWORD_HINT,
        is_danger=True,
        blocked=end_order_blocked_reason,
    ),
    RecordAction(
        name="cancel",
        label=_lazy("Cancel order"),
        permission=StaffPermission.ORDERS_MANAGE,
        intro=lambda _order: _lazy("Payments are added to the client's credit balance."),
        run=_cancel,
        asks_reason=True,
        asks_password_if=_ran,
        password_hint=_PASSWORD_HINT,
        is_danger=True,
        blocked=end_order_blocked_reason,
    ),
)
