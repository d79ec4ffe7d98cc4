"""`/admin/payments`, `/admin/refunds`, `/admin/disputes`: money that came, and what went back of it."""

from collections.abc import Iterable
from typing import ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    LinkColumn,
    choice_column,
    columns_of,
)
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import invoice_column, money_column, request_column
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.searching import (
    FoundByClient,
    as_invoice_number,
    as_reference,
    as_typed,
)
from commerce.backoffice.system.remotes import trouble_notices
from commerce.payments.actions.refunds import refund_blocked_reason
from commerce.payments.gateways import registry
from commerce.payments.gateways.method_names import METHOD_LABELS
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.records.labels import REFUND_METHOD_LABELS
from commerce.payments.records.payments import DISPUTE_FIELDS, PAYMENT_FIELDS, REFUND_FIELDS
from commerce.presentation.formats import format_month
from commerce.record_acts.money import DISPUTE_ACTS, PAYMENT_ACTS

OF_PAYMENT = "payment__currency_id"


def gateway_labels() -> dict[str, Text]:
    """Each gateway by its name."""
    return {slug: registry.gateway_name(slug) for slug in registry.GATEWAY_CLASSES}


REFUND = "created_at method status amount credit_note reason"
DISPUTE = "opened_at status due_by amount reason"


class PaymentAdmin(FoundByClient):
    """Payments, newest first."""

    model = Payment
    described_by = PAYMENT_FIELDS
    slug = "payments"
    label = _("Payments")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = (
        *columns_of(PAYMENT_FIELDS, "id received_on client"),
        invoice_column(),
        request_column(),
        *columns_of(PAYMENT_FIELDS, "gateway transaction_id status amount"),
    )
    ordering = ("-id",)
    list_select_related = ("plan_change__service", "plan_change__product")
    list_filter = (
        status_filter("payment"),
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
        *map(act_button, PAYMENT_ACTS),
    )
    record_related = ("attempt", "plan_change__service", "plan_change__product")
    record_fieldsets: ClassVar = (
        (
            _("Payment"),
            (
                *columns_of(PAYMENT_FIELDS, "client"),
                invoice_column(),
                request_column(),
                *columns_of(
                    PAYMENT_FIELDS, "status amount fee received_on booked_on booked_at gateway"
                ),
                choice_column(_("Method"), "method", lambda: METHOD_LABELS),
                *columns_of(PAYMENT_FIELDS, "card_country transaction_id reference"),
                *columns_of(PAYMENT_FIELDS, "recorded_by note"),
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
            columns=columns_of(REFUND_FIELDS, f"{REFUND}"),
            rows=lambda payment: payment.refunds.select_related("credit_note").order_by("-pk"),
        ),
        Panel(
            title=_("Disputes"),
            permission=StaffPermission.PAYMENTS_VIEW,
            columns=columns_of(DISPUTE_FIELDS, f"{DISPUTE}"),
            rows=lambda payment: payment.disputes.order_by("-pk"),
        ),
    )

    def record_notices(self, request: HttpRequest, record: Payment) -> Iterable[Text]:
        yield from trouble_notices(request, f"gateway {record.gateway}")
        if record.booked_on:
            text = _t("%(month)s was closed when this payment came. It counts in %(later)s.")
            yield text % {
                "month": format_month(record.received_on),
                "later": format_month(record.booked_on),
            }

    def record_title(self, record: Payment) -> str:
        return _t("Payment %(id)s") % {"id": record.pk}


class RefundAdmin(FoundByClient):
    """Refunds, newest first; they are made on a payment's page."""

    model = Refund
    described_by = REFUND_FIELDS
    slug = "refunds"
    label = _("Refunds")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(REFUND_FIELDS, f"id client payment {REFUND}")
    ordering = ("-id",)
    list_filter = (
        status_filter("refund"),
        choice_filter("method", _("Destination"), lambda: REFUND_METHOD_LABELS),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        currency_filter("payment__currency"),
        ("created_at", RangeDateFilter),
    )
    linked_lookups = ("accepted_at",)
    search_lookups: ClassVar = {"reference": as_typed, "payment__transaction_id": as_typed}
    search_help_text = _("Reference, transaction ID, or client")
    record_fieldsets: ClassVar = (
        (
            _("Refund"),
            columns_of(
                REFUND_FIELDS,
                f"client payment invoice {REFUND} gateway reference recorded_by accepted_at ended_at failure"
                " unrecovered_amount",
            ),
        ),
    )

    def record_title(self, record: Refund) -> str:
        return _t("Refund %(id)s") % {"id": record.pk}


class DisputeAdmin(FoundByClient):
    """Disputes, newest first."""

    model = Dispute
    described_by = DISPUTE_FIELDS
    slug = "disputes"
    label = _("Disputes")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(DISPUTE_FIELDS, f"reference client payment gateway {DISPUTE}")
    ordering = ("-id",)
    list_filter = (
        status_filter("dispute"),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("due_by", RangeDateFilter),
    )
    linked_lookups = ("closed_at",)
    search_lookups: ClassVar = {"reference": as_typed, "payment__transaction_id": as_typed}
    search_help_text = _("Reference, transaction ID, or client")
    record_actions = tuple(map(act_button, DISPUTE_ACTS))
    record_fieldsets: ClassVar = (
        (
            _("Dispute"),
            columns_of(
                DISPUTE_FIELDS, f"client payment gateway reference {DISPUTE} recorded_by closed_at"
            ),
        ),
    )

    def record_title(self, record: Dispute) -> str:
        return _t("Dispute %(reference)s") % {"reference": record.reference}
