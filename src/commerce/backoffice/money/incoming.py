"""`/admin/unallocated-payments`, `/admin/transfer-notices`, `/admin/gateway-events`: what came and needs a decision."""

import json
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import Column, choice_column, day_column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import (
    EVENT_LABELS,
    EVENT_TONES,
    NOTICE_LABELS,
    NOTICE_TONES,
    UNALLOCATED_STATUS_LABELS,
    UNALLOCATED_TONES,
    LinkColumn,
    client_column,
    gateway_column,
    invoice_column,
    money_column,
    request_column,
    status_column,
)
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.payments import gateway_labels
from commerce.backoffice.money.searching import FoundByClient, as_invoice_number, as_reference
from commerce.kit.json_log import redact
from commerce.kit.text import clean_text
from commerce.payments.actions.gateway_events import retry_blocked_reason
from commerce.payments.actions.transfer_notices import decision_blocked_reason
from commerce.payments.actions.unallocated import allocation_blocked_reason
from commerce.payments.models import (
    GatewayEvent,
    RefusedMessage,
    TransferNotice,
    UnallocatedPayment,
)

MAX_SHOWN_BYTES = 20_000
"""Of a message; what follows says no more to a person."""
WITHHELD = "•••"
SECRET_WORDS = ("secret", "token", "password", "signature", "authorization", "card", "iban")
"""A value under a name with one of these is not shown (adapters send more than staff need to see)."""


class UnallocatedPaymentAdmin(RecordAdmin):
    """Money that belongs to no invoice as it came."""

    model = UnallocatedPayment
    slug = "unallocated-payments"
    label = _("Unallocated payments")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "help_center"
    list_display = (
        Column(_("ID"), "pk"),
        day_column(_("Received"), "received_on"),
        gateway_column(),
        Column(_("Transaction ID"), "transaction_id"),
        Column(_("Reference"), "reference"),
        choice_column(_("Reason"), "reason", lambda: forms.UNALLOCATED_LABELS),
        status_column(UNALLOCATED_STATUS_LABELS, UNALLOCATED_TONES),
        money_column(_("Amount"), "amount", "currency_code"),
    )
    ordering = ("-id",)
    list_filter = (
        choice_filter("status", _("Status"), lambda: UNALLOCATED_STATUS_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_on", RangeDateFilter),
    )
    search_fields = ("transaction_id", "reference")
    search_help_text = _("Transaction ID or reference")
    record_actions = (
        RecordAction(
            name="assign",
            label=_("Assign"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.assign,
            form=forms.AssignForm,
            blocked=allocation_blocked_reason,
            intro=lambda _row: _t(
                "Recorded as a payment of that invoice or plan change, which must be in the same currency."
            ),
        ),
        RecordAction(
            name="return",
            label=_("Mark as returned"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.give_back,
            form=forms.ReturnForm,
            blocked=allocation_blocked_reason,
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_("Record payment"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.keep_unallocated,
            form=forms.UnallocatedForm,
        ),
    )
    record_related = ("invoice", "plan_change__service", "plan_change__product", "payment")
    record_fieldsets: ClassVar = (
        (
            _("Payment"),
            (
                status_column(UNALLOCATED_STATUS_LABELS, UNALLOCATED_TONES),
                money_column(_("Amount"), "amount", "currency_code"),
                day_column(_("Received"), "received_on"),
                gateway_column(),
                Column(_("Transaction ID"), "transaction_id"),
                Column(_("Reference"), "reference"),
                choice_column(_("Reason"), "reason", lambda: forms.UNALLOCATED_LABELS),
                LinkColumn(_("Intended invoice"), "invoice"),
                request_column(),
                LinkColumn(_("Payment"), "payment"),
                Column(_("Note"), "note"),
                Column(_("Recorded by"), "recorded_by"),
                instant_column(_("Ended"), "ended_at"),
            ),
        ),
    )

    def record_title(self, record: UnallocatedPayment) -> str:
        return _t("Unallocated payment %(id)s") % {"id": record.pk}


class TransferNoticeAdmin(FoundByClient):
    """Bank transfers that clients say they have made."""

    model = TransferNotice
    slug = "transfer-notices"
    label = _("Reported transfers")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "account_balance"
    list_display = (
        invoice_column(),
        request_column(),
        client_column(),
        instant_column(_("Reported"), "submitted_at"),
        status_column(NOTICE_LABELS, NOTICE_TONES),
        money_column(_("Amount"), "amount", lambda notice: notice.currency_code),
    )
    ordering = ("-id",)
    list_select_related = ("client", "invoice", "plan_change__service", "plan_change__product")
    list_filter = (
        choice_filter("status", _("Status"), lambda: NOTICE_LABELS),
        currency_filter("invoice__currency"),
    )
    search_lookups: ClassVar = {
        "invoice__number__startswith": as_invoice_number,
        "invoice__payment_reference": as_reference,
        "plan_change__reference": as_reference,
    }
    search_help_text = _("Invoice number, payment reference, or client")
    record_actions = (
        RecordAction(
            name="confirm",
            label=_("Confirm"),
            permission=StaffPermission.INVOICES_RECORD_PAYMENT,
            run=acts.confirm_transfer,
            form=forms.ConfirmTransferForm,
            blocked=decision_blocked_reason,
            submit=_("Record payment"),
        ),
        RecordAction(
            name="reject",
            label=_("Reject"),
            permission=StaffPermission.INVOICES_RECORD_PAYMENT,
            run=acts.reject_transfer,
            blocked=decision_blocked_reason,
            intro=lambda _notice: _t("The client sees the reason."),
            asks_reason=True,
        ),
    )
    record_related = (
        *("client", "invoice", "payment"),
        *("plan_change__service", "plan_change__product"),
    )
    record_fieldsets: ClassVar = (
        (
            _("Reported transfer"),
            (
                invoice_column(),
                request_column(),
                client_column(),
                status_column(NOTICE_LABELS, NOTICE_TONES),
                money_column(_("Amount"), "amount", lambda notice: notice.currency_code),
                Column(_("Payment reference"), lambda notice: notice.payment_reference),
                instant_column(_("Reported"), "submitted_at"),
                day_column(_("Held until"), "held_until"),
                LinkColumn(_("Payment"), "payment"),
                instant_column(_("Decided"), "decided_at"),
                Column(_("Note"), "note"),
            ),
        ),
    )

    def record_title(self, record: TransferNotice) -> str:
        if record.invoice is None:
            return _t("Transfer for a plan change")
        return _t("Transfer for invoice %(number)s") % {"number": record.invoice.number}


class GatewayEventAdmin(RecordAdmin):
    """Messages of payment gateways, newest first."""

    model = GatewayEvent
    slug = "gateway-events"
    label = _("Gateway events")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "webhook"
    list_display = (
        Column(_("ID"), "pk"),
        gateway_column(),
        Column(_("Kind"), "kind"),
        instant_column(_("Received"), "received_at"),
        status_column(EVENT_LABELS, EVENT_TONES),
        Column(_("Tries"), "tries"),
        Column(_("Error"), lambda row: row.error[:120], export=lambda row: row.error),
    )
    ordering = ("-id",)
    list_filter = (
        choice_filter("status", _("Status"), lambda: EVENT_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_at", RangeDateTimeFilter),
    )
    search_fields = ("event_id__exact", "kind__exact")
    search_help_text = _("The gateway's ID of the event, or its kind")
    record_actions = (
        RecordAction(
            name="retry",
            label=_("Process again"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.retry_event,
            blocked=retry_blocked_reason,
            intro=lambda _event: _t("Payments that are already recorded stay as they are."),
        ),
    )
    record_fieldsets: ClassVar = (
        (
            _("Event"),
            (
                gateway_column(),
                Column(_("Kind"), "kind"),
                Column(_("The gateway's ID"), "event_id"),
                status_column(EVENT_LABELS, EVENT_TONES),
                Column(_("Tries"), "tries"),
                instant_column(_("Received"), "received_at"),
                instant_column(_("Ended"), "ended_at"),
                Column(_("Error"), "error"),
            ),
        ),
        (_("Message"), (Column(_("Content"), lambda row: shown_body(bytes(row.body))),)),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: GatewayEvent) -> str:
        return _t("Event %(id)s") % {"id": record.event_id}


class RefusedMessageAdmin(RecordAdmin):
    """Messages that could not be verified: anybody may have sent them, and nothing in them is believed."""

    model = RefusedMessage
    slug = "refused-messages"
    label = _("Refused messages")
    view_permission = StaffPermission.PAYMENTS_VIEW
    icon = "block"
    list_display = (
        gateway_column(),
        instant_column(_("Received"), "received_at"),
        Column(_("Address"), "address"),
        Column(_("Reason"), "reason"),
    )
    ordering = ("-id",)
    list_filter = (choice_filter("gateway", _("Gateway"), gateway_labels),)
    record_fieldsets: ClassVar = (
        (
            _("Message"),
            (
                gateway_column(),
                instant_column(_("Received"), "received_at"),
                Column(_("Address"), "address"),
                Column(_("Reason"), "reason"),
                Column(_("Content"), lambda row: shown_body(bytes(row.body))),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: RefusedMessage) -> str:
        return _t("Refused message %(id)s") % {"id": record.pk}


def shown_body(body: bytes) -> str:
    """A message as staff may read it, without what looks like a secret: JSON in order, other text as it is.

    What is kept of a refused message is its beginning, which is no whole JSON.
    """
    text = body.decode("utf-8", "replace")
    try:
        text = json.dumps(_without_secrets(json.loads(text)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(clean_text(text))
    return text[:MAX_SHOWN_BYTES]


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each, name) for each in value]
    is_secret = any(word in name.lower() for word in SECRET_WORDS)
    return WITHHELD if is_secret and value not in (None, "", True, False) else value
