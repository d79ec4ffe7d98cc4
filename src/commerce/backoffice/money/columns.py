"""Columns that several lists of money share: links to other records, and the words of states."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.backoffice.base.columns import (
    Column,
    LinkColumn,
    MoneyColumn,
    badge_column,
    choice_column,
)
from commerce.backoffice.base.pages import Text
from commerce.billing.invoices.rules import InvoiceKind, InvoiceStatus
from commerce.billing.models import PlanChange
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.rules import (
    DisputeStatus,
    GatewayEventStatus,
    PaymentStatus,
    RefundMethod,
    RefundStatus,
    TransferNoticeStatus,
    UnallocatedPaymentStatus,
)
from commerce.presentation.labels import status_labels
from commerce.presentation.records import Source

KIND_LABELS: Mapping[str, Text] = {
    InvoiceKind.ORDER: _("Order"),
    InvoiceKind.RENEWAL: _("Renewal"),
    InvoiceKind.DOMAIN_RENEWAL: _("Domain renewal"),
    InvoiceKind.PLAN_CHANGE: _("Plan change"),
    InvoiceKind.LATE_FEE: _("Late fee"),
    InvoiceKind.MANUAL: _("Manual"),
}
INVOICE_LABELS: Mapping[str, Text] = {
    InvoiceStatus.DRAFT: pgettext_lazy("invoice", "Draft"),
    **status_labels("invoice"),
}
INVOICE_TONES = {
    "unpaid": "info",
    "overdue": "danger",
    "paid": "success",
    "refunded": "warning",
}
PAYMENT_LABELS: Mapping[str, Text] = {
    PaymentStatus.PENDING: pgettext_lazy("payment", "Pending"),
    PaymentStatus.COMPLETED: pgettext_lazy("payment", "Completed"),
    PaymentStatus.FAILED: pgettext_lazy("payment", "Failed"),
    PaymentStatus.REFUNDED: pgettext_lazy("payment", "Refunded"),
    PaymentStatus.DISPUTED: pgettext_lazy("payment", "Disputed"),
    PaymentStatus.REVERSED: pgettext_lazy("payment", "Reversed"),
}
PAYMENT_TONES = {
    "completed": "success",
    "failed": "danger",
    "pending": "info",
    "disputed": "danger",
    "refunded": "warning",
    "reversed": "warning",
}
REFUND_LABELS: Mapping[str, Text] = {
    RefundStatus.REQUESTED: pgettext_lazy("refund", "Requested"),
    RefundStatus.ACCEPTED: pgettext_lazy("refund", "Accepted"),
    RefundStatus.SUCCEEDED: pgettext_lazy("refund", "Completed"),
    RefundStatus.FAILED: pgettext_lazy("refund", "Failed"),
}
REFUND_TONES = {"requested": "info", "accepted": "info", "succeeded": "success", "failed": "danger"}
REFUND_METHOD_LABELS: Mapping[str, Text] = {
    RefundMethod.GATEWAY: _("Payment gateway"),
    RefundMethod.CREDIT: _("Credit balance"),
}
DISPUTE_LABELS: Mapping[str, Text] = {
    DisputeStatus.OPEN: pgettext_lazy("dispute", "Open"),
    DisputeStatus.WON: pgettext_lazy("dispute", "Won"),
    DisputeStatus.LOST: pgettext_lazy("dispute", "Lost"),
}
DISPUTE_TONES = {"open": "warning", "won": "success", "lost": "danger"}
EVENT_LABELS: Mapping[str, Text] = {
    GatewayEventStatus.RECEIVED: pgettext_lazy("gateway event", "Received"),
    GatewayEventStatus.WAITING: pgettext_lazy("gateway event", "Waiting for another try"),
    GatewayEventStatus.PROCESSED: pgettext_lazy("gateway event", "Processed"),
    GatewayEventStatus.IGNORED: pgettext_lazy("gateway event", "Ignored"),
    GatewayEventStatus.PARKED: pgettext_lazy("gateway event", "Needs attention"),
}
EVENT_TONES = {"received": "info", "waiting": "warning", "processed": "success", "parked": "danger"}
NOTICE_LABELS: Mapping[str, Text] = {
    TransferNoticeStatus.OPEN: pgettext_lazy("transfer", "Open"),
    TransferNoticeStatus.CONFIRMED: pgettext_lazy("transfer", "Confirmed"),
    TransferNoticeStatus.REJECTED: pgettext_lazy("transfer", "Rejected"),
    TransferNoticeStatus.LAPSED: pgettext_lazy("transfer", "Expired"),
}
NOTICE_TONES = {"open": "warning", "confirmed": "success", "rejected": "danger"}
UNALLOCATED_STATUS_LABELS: Mapping[str, Text] = {
    UnallocatedPaymentStatus.OPEN: pgettext_lazy("unallocated payment", "Open"),
    UnallocatedPaymentStatus.ASSIGNED: pgettext_lazy("unallocated payment", "Assigned"),
    UnallocatedPaymentStatus.RETURNED: pgettext_lazy("unallocated payment", "Returned"),
}
UNALLOCATED_TONES = {"open": "warning", "assigned": "success"}


def client_column() -> Column:
    """The client of a record."""
    return LinkColumn(_("Client"), "client", lambda client: client.company or client.name)


def invoice_column() -> Column:
    """The invoice of a record."""
    return LinkColumn(_("Invoice"), "invoice")


def request_column() -> Column:
    """The plan change whose request a record is for."""
    return LinkColumn(_("Plan change"), "plan_change", plan_change_name)


def plan_change_name(change: PlanChange) -> str:
    """A change by its service and new plan."""
    return f"{change.service.label} → {change.new_plan}"


def money_column(
    label: Text, getter: Source, currency: Source = "currency_id", **more: Any
) -> Column:
    """An amount in the currency of its record."""
    return MoneyColumn(label, getter, currency, **more)


def status_column(labels: Mapping[str, Text], tones: dict[str, str], **more: Any) -> Column:
    """The state of a record."""
    return badge_column(_("Status"), "status", lambda: labels, tones, **more)


def kind_column() -> Column:
    """What an invoice bills."""
    return choice_column(_("Kind"), "kind", lambda: KIND_LABELS)


def gateway_column() -> Column:
    """The gateway of a record, by its name."""
    return Column(_("Gateway"), lambda row: gateway_name(row.gateway))
