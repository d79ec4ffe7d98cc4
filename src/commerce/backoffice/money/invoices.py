"""`/admin/invoices`: drafts and invoices, with what staff do with them (backoffice.md 3)."""

from collections.abc import Iterable
from typing import ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text, page_of
from commerce.backoffice.lists.columns import Column, columns_of
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.money import invoice_actions as acts
from commerce.backoffice.money import invoice_forms as forms
from commerce.backoffice.money.credit_note_forms import CreditInvoiceForm
from commerce.backoffice.money.evidence import EVIDENCE, RELATED
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.invoice_panels import PANELS
from commerce.backoffice.money.payment_forms import RecordPaymentForm
from commerce.backoffice.money.searching import FoundByClient, as_invoice_number, as_reference
from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.corrections import credit_blocked_reason
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_blocked_reason
from commerce.billing.invoices.actions.sending import remind_of_invoice, send_invoice_again
from commerce.billing.invoices.actions.states import (
    issued_only_blocked_reason,
    open_only_blocked_reason,
)
from commerce.billing.labels import INVOICE_KIND_LABELS
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import (
    charge_late_fee,
    lift_dunning_hold,
    set_dunning_hold,
)
from commerce.billing.records import INVOICE_FIELDS
from commerce.presentation.formats import format_day
from commerce.record_acts.money import INVOICES_ACTS

DRAFT_TEMPLATE = "backoffice/money/draft.html"
NUMBER = Column(
    _("Number"),
    lambda row: row.number or _t("Draft %(id)s") % {"id": row.pk},
    name="number",
    order="number",
)


RECORD_ACTIONS = (
    RecordAction(
        name="edit",
        label=_("Edit draft"),
        permission=StaffPermission.INVOICES_EDIT,
        run=acts.change_draft,
        form=forms.DraftForm,
        blocked=change_blocked_reason,
        template=DRAFT_TEMPLATE,
    ),
    act_button(issue_invoice),
    RecordAction(
        name="record-payment",
        label=_("Record payment"),
        permission=StaffPermission.INVOICES_RECORD_PAYMENT,
        run=acts.record_payment,
        form=RecordPaymentForm,
        blocked=issued_only_blocked_reason,
    ),
    act_button(apply_credit),
    act_button(send_invoice_again),
    act_button(remind_of_invoice),
    RecordAction(
        name="credit",
        label=_("Issue credit note"),
        permission=StaffPermission.INVOICES_VOID,
        run=acts.credit,
        form=CreditInvoiceForm,
        submit=_("Continue"),
        blocked=credit_blocked_reason,
        intro=lambda _invoice: _t(
            "A credit note lowers what is due. What was paid beyond that becomes credit."
        ),
        asks_reason=True,
        template="backoffice/money/credit.html",
    ),
    RecordAction(
        name="void",
        label=_("Void invoice"),
        permission=StaffPermission.INVOICES_VOID,
        run=acts.void,
        form=forms.PeriodDecisionsForm,
        blocked=open_only_blocked_reason,
        intro=lambda _invoice: _t(
            "A credit note takes the whole invoice back. What was paid becomes credit."
        ),
        asks_reason=True,
        is_danger=True,
    ),
    act_button(set_dunning_hold),
    act_button(lift_dunning_hold),
    act_button(charge_late_fee, to=page_of),
    act_button(delete_draft),
)


class InvoiceAdmin(FoundByClient):
    """Drafts and invoices, newest first."""

    model = Invoice
    described_by = INVOICE_FIELDS
    slug = "invoices"
    label = _("Invoices")
    view_permission = StaffPermission.INVOICES_VIEW
    menu = MenuGroup.BILLING
    list_display = (
        NUMBER,
        *columns_of(INVOICE_FIELDS, "client kind status issue_date due_date total amount_due"),
    )
    ordering = ("-id",)
    list_filter = (
        status_filter("invoice"),
        choice_filter("kind", _("Kind"), lambda: INVOICE_KIND_LABELS),
        currency_filter(),
        ("client", AutocompleteSelectFilter),
        ("issue_date", RangeDateFilter),
        ("due_date", RangeDateFilter),
    )
    search_lookups: ClassVar = {
        "number__startswith": as_invoice_number,
        "payment_reference": as_reference,
    }
    search_help_text = _("Number, payment reference, client name, ID, or billing email")
    found_by_search = True
    linked_lookups = (
        *("number", "tax_groups__category", "tax_groups__rate_milli"),
        *("tax_evidence__case", "buyer__country", "buyer__tax_id"),
        *("lines__product", "paid_at"),
    )
    exported_besides = EVIDENCE
    exported_related = RELATED
    record_actions = RECORD_ACTIONS
    actions_of_many = tuple(map(act_button, INVOICES_ACTS))
    list_actions = (
        RecordAction(
            name="new",
            label=_("New invoice"),
            permission=StaffPermission.INVOICES_CREATE,
            run=acts.create_draft,
            form=forms.DraftForm,
            submit=_("Save draft"),
            template=DRAFT_TEMPLATE,
        ),
    )
    panels = PANELS
    record_fieldsets: ClassVar = (
        (
            _("Invoice"),
            columns_of(
                INVOICE_FIELDS,
                "number client status kind issue_date due_date payment_reference sent_at paid_at",
            ),
        ),
        (
            _("Amounts"),
            columns_of(INVOICE_FIELDS, "subtotal tax_amount total credit_applied amount_due"),
        ),
        (_("Evidence of the client's country"), EVIDENCE),
        (_("Notes"), columns_of(INVOICE_FIELDS, "notes terms")),
    )

    def record_title(self, record: Invoice) -> str:
        number = record.number or _t("Draft %(id)s") % {"id": record.pk}
        return _t("Invoice %(number)s") % {"number": number} if record.number else number

    def record_notices(self, request: HttpRequest, record: Invoice) -> Iterable[Text]:
        if record.is_stopped:
            yield _t(
                "The order is under review. The invoice can't be paid, and no reminders are sent."
            )
        if record.dunning_hold_until:
            day = format_day(record.dunning_hold_until)
            yield _t("Reminders are paused until %(day)s.") % {"day": day}
        if record.suspension_hold_until:
            day = format_day(record.suspension_hold_until)
            yield _t("Services aren't suspended for this invoice until %(day)s.") % {"day": day}
