"""`/admin/unallocated-payments`: money that came and belongs to no invoice."""

from typing import ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import LinkColumn, columns_of
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import request_column
from commerce.backoffice.money.payments import gateway_labels
from commerce.payments.models import UnallocatedPayment
from commerce.payments.records.payments import UNALLOCATED_PAYMENT_FIELDS
from commerce.record_acts.money import UNALLOCATED_PAYMENT_ACTS


class UnallocatedPaymentAdmin(RecordAdmin):
    """Money that belongs to no invoice as it came."""

    model = UnallocatedPayment
    described_by = UNALLOCATED_PAYMENT_FIELDS
    slug = "unallocated-payments"
    label = _("Unallocated payments")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(
        UNALLOCATED_PAYMENT_FIELDS,
        "id received_on gateway transaction_id reference reason status amount",
    )
    ordering = ("-id",)
    list_filter = (
        status_filter("unallocated_payment"),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_on", RangeDateFilter),
    )
    search_fields = ("transaction_id", "reference")
    search_help_text = _("Transaction ID or reference")
    record_actions = tuple(map(act_button, UNALLOCATED_PAYMENT_ACTS))
    list_actions = (
        RecordAction(
            name="new",
            label=_("Record payment"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.record_unallocated_money,
            form=forms.UnallocatedForm,
        ),
    )
    record_related = ("plan_change__service", "plan_change__product")
    record_fieldsets: ClassVar = (
        (
            _("Payment"),
            (
                *columns_of(
                    UNALLOCATED_PAYMENT_FIELDS,
                    "status amount received_on gateway transaction_id reference reason intended_invoice",
                ),
                request_column(),
                LinkColumn(_("Payment"), "payment"),
                *columns_of(UNALLOCATED_PAYMENT_FIELDS, "note recorded_by ended_at"),
            ),
        ),
    )

    def record_title(self, record: UnallocatedPayment) -> str:
        return _t("Unallocated payment %(id)s") % {"id": record.pk}
