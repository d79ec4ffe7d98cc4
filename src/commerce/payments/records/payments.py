"""Payments, and what goes back of them, for reading (payments.md 2): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.records.clients import OF_CLIENT
from commerce.billing.models import PlanChange
from commerce.payments.gateways.dispute_reasons import dispute_reason
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.models import (
    Dispute,
    GatewayEvent,
    Payment,
    Refund,
    RefusedMessage,
    SavedCard,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.records.labels import REFUND_METHOD_LABELS, UNALLOCATED_REASON_LABELS
from commerce.presentation.countries import country_name
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordLink,
    RecordStatus,
    plain_fields,
)


def plan_change_name(change: PlanChange) -> str:
    """A change by its service and new plan."""
    return f"{change.service.label} → {change.new_plan}"


def _invoice_numbers(payment: Payment) -> str | None:
    return ", ".join(str(one) for one in payment.invoices()) or None


def _method(payment: Payment) -> str:
    return payment.method or payment.gateway


def _reference(of: Payment | TransferNotice | UnallocatedPayment) -> str | None:
    return of.plan_change.reference if of.plan_change else None


def _assigned_to(money: UnallocatedPayment) -> str | None:
    return _invoice_numbers(money.payment) if money.payment else None


def _transaction_id(money: UnallocatedPayment) -> str | None:
    """Once it is assigned, its payment has it."""
    return money.transaction_id or (money.payment.transaction_id if money.payment else "")


_PAYMENT = RecordLink("payment", STAFF, _("Payment"), text=lambda payment: payment.pk)
_OF_PAYMENT = "payment__currency_id"

PAYMENT_FIELDS = RecordFields(
    Payment,
    (
        RecordField("id", EXPORT | API, _("ID")),
        *OF_CLIENT,
        RecordField("invoice", EXPORT | AUDIT, source=_invoice_numbers, reads="invoice__number"),
        RecordField("plan_change", EXPORT, source=_reference, reads="plan_change__reference"),
        RecordAmount("amount", EXPORT | API | AUDIT, _("Amount")),
        RecordAmount("fee", STAFF, _("Fee")),
        RecordField("gateway", EXPORT | API, _("Gateway"), show=gateway_name),
        RecordField("method", EXPORT | API, source=_method),
        RecordField("transaction_id", EXPORT | API, _("Transaction ID"), ends="stays"),
        RecordField(
            "reference", STAFF, pgettext_lazy("at the provider", "Reference"), ends="retention"
        ),
        RecordDay("received_on", EXPORT | API | AUDIT, _("Received")),
        RecordDay("booked_on", STAFF, _("Booked")),
        RecordInstant("booked_at", EXPORT | API, _("Recorded")),
        RecordStatus("status", EXPORT | API | AUDIT, of="payment"),
        *plain_fields("card_brand card_last4 created_at", EXPORT | API),
        RecordField("card_country", EXPORT, _("Country of the card"), show=country_name),
        RecordField("recorded_by", STAFF, _("Recorded by")),
        RecordField("note", STAFF, _("Note"), ends="retention"),
    ),
    apart="attempt_id idempotency_key",
)

REFUND_FIELDS = RecordFields(
    Refund,
    (
        RecordField("id", EXPORT | API, _("ID")),
        *OF_CLIENT,
        _PAYMENT,
        RecordField("transaction_id", EXPORT, source="payment__transaction_id"),
        RecordAmount("amount", EXPORT | API, _("Amount"), currency=_OF_PAYMENT),
        RecordAmount("unrecovered_amount", STAFF, _("Not recovered"), currency=_OF_PAYMENT),
        RecordChoice("method", EXPORT | API, _("Destination"), labels=REFUND_METHOD_LABELS),
        RecordStatus("status", EXPORT | API | AUDIT, of="refund"),
        RecordField("reason", STAFF, _("Reason"), ends="retention"),
        RecordLink("invoice", STAFF, _("Invoice")),
        RecordLink("credit_note", STAFF, _("Credit note")),
        RecordField("gateway", STAFF, _("Gateway"), show=gateway_name),
        RecordField("reference", STAFF, pgettext_lazy("at the provider", "Reference")),
        RecordField("outside", STAFF, source="is_outside"),
        RecordField("failure", STAFF, _("Failure"), ends="retention"),
        RecordField("recorded_by", STAFF, _("Recorded by")),
        RecordInstant("created_at", EXPORT | API, _("Created")),
        RecordInstant("accepted_at", STAFF, _("Accepted")),
        RecordInstant("ended_at", EXPORT, _("Ended")),
    ),
    apart="idempotency_key is_paid_back",
)

DISPUTE_FIELDS = RecordFields(
    Dispute,
    (
        RecordField("id", STAFF),
        *OF_CLIENT,
        _PAYMENT,
        RecordField("gateway", STAFF, _("Gateway"), show=gateway_name),
        RecordField("reference", AUDIT, pgettext_lazy("at the provider", "Reference")),
        RecordAmount("amount", AUDIT, _("Amount"), currency=_OF_PAYMENT),
        RecordStatus("status", AUDIT, of="dispute"),
        RecordDay("due_by", STAFF, _("Response due")),
        RecordField("reason", STAFF, _("Reason"), show=dispute_reason, ends="retention"),
        RecordField("recorded_by", STAFF, _("Recorded by")),
        RecordInstant("opened_at", STAFF, _("Opened")),
        RecordInstant("closed_at", STAFF, _("Closed")),
    ),
)

SAVED_CARD_FIELDS = RecordFields(
    SavedCard,
    (
        RecordField("name", STAFF, _("Payment method"), reads="brand label last4"),
        RecordField("gateway", EXPORT | API | AUDIT, _("Gateway"), show=gateway_name),
        *plain_fields("id brand label exp_month exp_year", EXPORT | API),
        *plain_fields("is_default created_at stopped_at", EXPORT | API),
        *plain_fields("consent_text removed_at", EXPORT),
        RecordField("last4", EXPORT | API | AUDIT, ends="erasure"),
        RecordField("consented_at", EXPORT | AUDIT),
        RecordDay("expires_on", STAFF, _("Expires"), reads="exp_month exp_year"),
        RecordField("failure", STAFF, ends="erasure"),
    ),
    apart="client_id account token expiry_notice_for",
)

UNALLOCATED_PAYMENT_FIELDS = RecordFields(
    UnallocatedPayment,
    (
        RecordField("id", STAFF, _("ID")),
        RecordDay("received_on", STAFF, _("Received")),
        RecordField("gateway", STAFF, _("Gateway"), show=gateway_name),
        RecordField(
            "transaction_id",
            STAFF,
            _("Transaction ID"),
            source=_transaction_id,
            reads="transaction_id payment__transaction_id",
        ),
        RecordField("reference", STAFF, _("Reference"), ends="retention"),
        RecordChoice("reason", AUDIT, _("Reason"), labels=UNALLOCATED_REASON_LABELS),
        RecordStatus("status", AUDIT, of="unallocated_payment"),
        RecordAmount("amount", AUDIT, _("Amount"), currency="currency_code"),
        RecordField("invoice", STAFF, source=_assigned_to, reads="payment__invoice__number"),
        RecordLink("intended_invoice", STAFF, _("Intended invoice"), source="invoice"),
        RecordField("plan_change", STAFF, source=_reference, reads="plan_change__reference"),
        RecordField("note", STAFF, _("Note"), ends="retention"),
        RecordField("recorded_by", STAFF, _("Recorded by")),
        RecordInstant("ended_at", STAFF, _("Ended")),
    ),
    apart="raw created_at",
)

TRANSFER_NOTICE_FIELDS = RecordFields(
    TransferNotice,
    (
        RecordField("id", STAFF),
        RecordLink("invoice", AUDIT, _("Invoice")),
        RecordField("plan_change", STAFF, source=_reference, reads="plan_change__reference"),
        *OF_CLIENT,
        RecordInstant("submitted_at", STAFF, _("Reported")),
        RecordField("submitted_by", STAFF, source="submitted_by__email"),
        RecordStatus("status", AUDIT, of="transfer_notice"),
        RecordAmount("amount", AUDIT, _("Amount"), currency="currency_code"),
        RecordField(
            "reference",
            STAFF,
            _("Payment reference"),
            source="payment_reference",
            reads="invoice__payment_reference plan_change__reference",
        ),
        RecordDay("held_until", STAFF, _("Held until")),
        RecordLink("payment", STAFF, _("Payment")),
        RecordInstant("decided_at", STAFF, _("Decided")),
        RecordField("note", STAFF, _("Note"), ends="retention"),
    ),
)

GATEWAY_EVENT_FIELDS = RecordFields(
    GatewayEvent,
    (
        RecordField("id", STAFF, _("ID")),
        RecordField("gateway", STAFF, _("Gateway"), show=gateway_name),
        RecordField("event_id", STAFF, _("The gateway's ID")),
        RecordField("kind", STAFF, _("Kind")),
        RecordInstant("received_at", STAFF, _("Received")),
        RecordStatus("status", STAFF, of="gateway_event"),
        RecordField("tries", STAFF, _("Tries")),
        RecordInstant("ended_at", STAFF, _("Ended")),
        RecordField("error", STAFF, _("Error"), ends="retention"),
    ),
    apart="headers body reports",
)

REFUSED_MESSAGE_FIELDS = RecordFields(
    RefusedMessage,
    (
        RecordField("id", STAFF),
        RecordField("gateway", STAFF, _("Gateway"), show=gateway_name),
        RecordInstant("received_at", STAFF, _("Received")),
        RecordField("address", STAFF, _("Address"), ends="retention"),
        RecordField("reason", STAFF, _("Reason")),
    ),
    apart="headers body",
)
