"""`/admin/payments`, `/admin/refunds`, `/admin/disputes`: money that came, and what went back of it."""

from collections.abc import Iterable
from typing import ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import Column, choice_column, day_column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.records import Panel
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import (
    DISPUTE_LABELS,
    DISPUTE_TONES,
    PAYMENT_LABELS,
    PAYMENT_TONES,
    REFUND_LABELS,
    REFUND_METHOD_LABELS,
    REFUND_TONES,
    LinkColumn,
    client_column,
    gateway_column,
    invoice_column,
    money_column,
    request_column,
    status_column,
)
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.searching import (
    FoundByClient,
    as_invoice_number,
    as_reference,
    as_typed,
)
from commerce.backoffice.system.remotes import trouble_notices
from commerce.payments.actions.disputes import (
    dispute_blocked_reason,
    loss_blocked_reason,
    win_blocked_reason,
)
from commerce.payments.actions.refunds import refund_blocked_reason
from commerce.payments.actions.reversals import reversal_blocked_reason
from commerce.payments.gateways import registry
from commerce.payments.gateways.dispute_reasons import dispute_reason
from commerce.payments.gateways.method_names import METHOD_LABELS
from commerce.payments.models import Dispute, Payment, Refund
from commerce.presentation.countries import country_name

OF_PAYMENT = "payment__currency_id"


def gateway_labels() -> dict[str, Text]:
    """Each gateway by its name."""
    return {slug: registry.gateway_name(slug) for slug in registry.GATEWAY_CLASSES}


def refund_columns() -> tuple[Column, ...]:
    """What a list says of refunds."""
    return (
        instant_column(_("Created"), "created_at"),
        choice_column(_("Destination"), "method", lambda: REFUND_METHOD_LABELS),
        status_column(REFUND_LABELS, REFUND_TONES),
        money_column(_("Amount"), "amount", OF_PAYMENT),
        LinkColumn(_("Credit note"), "credit_note"),
        Column(_("Reason"), "reason"),
    )


def dispute_columns() -> tuple[Column, ...]:
    """What a list says of disputes."""
    return (
        instant_column(_("Opened"), "opened_at"),
        status_column(DISPUTE_LABELS, DISPUTE_TONES),
        day_column(_("Response due"), "due_by"),
        money_column(_("Amount"), "amount", OF_PAYMENT),
        Column(_("Reason"), lambda row: dispute_reason(row.reason)),
    )


class PaymentAdmin(FoundByClient):
    """Payments, newest first."""

    model = Payment
    slug = "payments"
    label = _("Payments")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "payments"
    list_display = (
        Column(_("ID"), "pk"),
        day_column(_("Received"), "received_on"),
        client_column(),
        invoice_column(),
        request_column(),
        gateway_column(),
        Column(_("Transaction ID"), "transaction_id"),
        status_column(PAYMENT_LABELS, PAYMENT_TONES),
        money_column(_("Amount"), "amount"),
    )
    ordering = ("-id",)
    list_select_related = ("client", "invoice", "plan_change__service", "plan_change__product")
    list_filter = (
        choice_filter("status", _("Status"), lambda: PAYMENT_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        currency_filter(),
        ("client", AutocompleteSelectFilter),
        ("received_on", RangeDateFilter),
    )
    search_lookups: ClassVar = {
        "transaction_id": as_typed,
        "reference": as_typed,
        "invoice__number": as_invoice_number,
        "plan_change__reference": as_reference,
    }
    search_help_text = _("Transaction ID, reference, invoice number, or client")
    linked_lookups = ("booked_at", "transaction_id")
    found_by_search = True
    record_actions = (
        RecordAction(
            name="refund",
            label=_("Refund"),
            permission=StaffPermission.INVOICES_REFUND,
            run=acts.refund,
            form=forms.RefundForm,
            blocked=refund_blocked_reason,
            intro=lambda _payment: _t("A credit note of the same amount is issued."),
            asks_reason=True,
            asks_password=True,
            is_danger=True,
        ),
        RecordAction(
            name="dispute",
            label=_("Record dispute"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.dispute,
            form=forms.OpenDisputeForm,
            blocked=dispute_blocked_reason,
            intro=lambda _payment: _t(
                "For a chargeback that your bank told you about. Disputes at payment gateways are"
                " recorded automatically."
            ),
            asks_reason=True,
        ),
        RecordAction(
            name="reverse",
            label=_("Reverse payment"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.reverse,
            blocked=reversal_blocked_reason,
            intro=lambda _payment: _t(
                "For a check that bounced or a transfer that was returned. The invoice is due again,"
                " and credit that came from the payment is removed."
            ),
            asks_reason=True,
            is_danger=True,
        ),
    )
    record_related = (
        *("client", "invoice", "attempt"),
        *("plan_change__service", "plan_change__product", "plan_change__invoice"),
    )
    record_fieldsets: ClassVar = (
        (
            _("Payment"),
            (
                client_column(),
                invoice_column(),
                request_column(),
                status_column(PAYMENT_LABELS, PAYMENT_TONES),
                money_column(_("Amount"), "amount"),
                money_column(_("Fee"), "fee"),
                day_column(_("Received"), "received_on"),
                instant_column(_("Recorded"), "booked_at"),
                gateway_column(),
                choice_column(_("Method"), "method", lambda: METHOD_LABELS),
                Column(_("Country of the card"), lambda row: country_name(row.card_country)),
                Column(_("Transaction ID"), "transaction_id"),
                Column(pgettext_lazy("at the provider", "Reference"), "reference"),
                Column(_("Recorded by"), "recorded_by"),
                Column(_("Note"), "note"),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Invoices"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=(
                LinkColumn(_("Invoice"), "invoice"),
                money_column(_("Amount"), "amount", OF_PAYMENT),
            ),
            rows=lambda payment: payment.shares.select_related("invoice").order_by("pk"),
        ),
        Panel(
            title=_("Refunds"),
            permission=StaffPermission.PAYMENTS_VIEW,
            columns=refund_columns(),
            rows=lambda payment: payment.refunds.select_related("credit_note").order_by("-pk"),
        ),
        Panel(
            title=_("Disputes"),
            permission=StaffPermission.PAYMENTS_VIEW,
            columns=dispute_columns(),
            rows=lambda payment: payment.disputes.order_by("-pk"),
        ),
    )

    def record_notices(self, request: HttpRequest, record: Payment) -> Iterable[Text]:
        return trouble_notices(request, f"gateway {record.gateway}")

    def record_title(self, record: Payment) -> str:
        return _t("Payment %(id)s") % {"id": record.pk}


class RefundAdmin(FoundByClient):
    """Refunds, newest first; they are made on a payment's page."""

    model = Refund
    slug = "refunds"
    label = _("Refunds")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "currency_exchange"
    list_display = (
        Column(_("ID"), "pk"),
        client_column(),
        LinkColumn(_("Payment"), "payment", lambda payment: payment.pk),
        *refund_columns(),
    )
    ordering = ("-id",)
    list_select_related = ("client", "payment", "credit_note")
    list_filter = (
        choice_filter("status", _("Status"), lambda: REFUND_LABELS),
        choice_filter("method", _("Destination"), lambda: REFUND_METHOD_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        currency_filter("payment__currency"),
        ("created_at", RangeDateFilter),
    )
    linked_lookups = ("accepted_at",)
    search_lookups: ClassVar = {"reference": as_typed, "payment__transaction_id": as_typed}
    search_help_text = _("Reference, transaction ID, or client")
    record_related = ("client", "payment", "invoice", "credit_note")
    record_fieldsets: ClassVar = (
        (
            _("Refund"),
            (
                client_column(),
                LinkColumn(_("Payment"), "payment", lambda payment: payment.pk),
                invoice_column(),
                *refund_columns(),
                gateway_column(),
                Column(pgettext_lazy("at the provider", "Reference"), "reference"),
                Column(_("Recorded by"), "recorded_by"),
                instant_column(_("Accepted"), "accepted_at"),
                instant_column(_("Ended"), "ended_at"),
                Column(_("Failure"), "failure"),
                money_column(_("Not recovered"), "unrecovered_amount", OF_PAYMENT),
            ),
        ),
    )

    def record_title(self, record: Refund) -> str:
        return _t("Refund %(id)s") % {"id": record.pk}


class DisputeAdmin(FoundByClient):
    """Disputes, newest first."""

    model = Dispute
    slug = "disputes"
    label = _("Disputes")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "gavel"
    list_display = (
        Column(pgettext_lazy("at the provider", "Reference"), "reference"),
        client_column(),
        LinkColumn(_("Payment"), "payment", lambda payment: payment.pk),
        gateway_column(),
        *dispute_columns(),
    )
    ordering = ("-id",)
    list_select_related = ("client", "payment")
    list_filter = (
        choice_filter("status", _("Status"), lambda: DISPUTE_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("due_by", RangeDateFilter),
    )
    linked_lookups = ("closed_at",)
    search_lookups: ClassVar = {"reference": as_typed, "payment__transaction_id": as_typed}
    search_help_text = _("Reference, transaction ID, or client")
    record_actions = (
        RecordAction(
            name="won",
            label=_("Mark as won"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.win,
            blocked=win_blocked_reason,
            intro=lambda _dispute: _t("The payment counts again."),
        ),
        RecordAction(
            name="lost",
            label=_("Mark as lost"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.lose,
            blocked=loss_blocked_reason,
            intro=lambda _dispute: _t(
                "The payment is reversed: its invoice is due again, and credit that came from it is"
                " removed."
            ),
            is_danger=True,
        ),
    )
    record_related = ("client", "payment__invoice")
    record_fieldsets: ClassVar = (
        (
            _("Dispute"),
            (
                client_column(),
                LinkColumn(_("Payment"), "payment", lambda payment: payment.pk),
                gateway_column(),
                Column(pgettext_lazy("at the provider", "Reference"), "reference"),
                *dispute_columns(),
                Column(_("Recorded by"), "recorded_by"),
                instant_column(_("Closed"), "closed_at"),
            ),
        ),
    )

    def record_title(self, record: Dispute) -> str:
        return _t("Dispute %(reference)s") % {"reference": record.reference}
