"""`/admin/transfer-notices`: bank transfers that clients have told us of."""

from typing import ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import invoice_column, request_column
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.searching import FoundByClient, as_invoice_number, as_reference
from commerce.payments.actions.transfer_notices import decision_blocked_reason
from commerce.payments.models import TransferNotice
from commerce.payments.records.payments import TRANSFER_NOTICE_FIELDS
from commerce.record_acts.money import TRANSFER_NOTICE_ACTS


class TransferNoticeAdmin(FoundByClient):
    """Bank transfers that clients say they have made."""

    model = TransferNotice
    described_by = TRANSFER_NOTICE_FIELDS
    slug = "transfer-notices"
    label = _("Reported transfers")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = (
        invoice_column(),
        request_column(),
        *columns_of(TRANSFER_NOTICE_FIELDS, "client submitted_at status amount"),
    )
    ordering = ("-id",)
    list_select_related = ("plan_change__service", "plan_change__product")
    list_filter = (
        status_filter("transfer_notice"),
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
        *map(act_button, TRANSFER_NOTICE_ACTS),
    )
    record_related = ("plan_change__service", "plan_change__product")
    record_fieldsets: ClassVar = (
        (
            _("Reported transfer"),
            (
                invoice_column(),
                request_column(),
                *columns_of(
                    TRANSFER_NOTICE_FIELDS,
                    "client status amount reference submitted_at held_until payment decided_at note",
                ),
            ),
        ),
    )

    def record_title(self, record: TransferNotice) -> str:
        if record.invoice is None:
            return _t("Transfer for a plan change")
        return _t("Transfer for invoice %(number)s") % {"number": record.invoice.number}
