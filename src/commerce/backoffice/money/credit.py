"""`/admin/credit-movements` and `/admin/credit-balances`: money that clients have with us."""

from typing import ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    Column,
    LinkColumn,
    columns_of,
    day_column,
)
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import money_column
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.searching import FoundByClient
from commerce.billing.labels import CREDIT_LABELS
from commerce.billing.models import CreditAccount, CreditEntry
from commerce.billing.records import CREDIT_ACCOUNT_FIELDS, CREDIT_ENTRY_FIELDS
from commerce.kit import clock
from commerce.payments.actions.paid_back import pay_back_blocked_reason
from commerce.payments.credit.origins import WayBack, ways_back
from commerce.payments.gateways.registry import gateway_name


def _ways_back(account: CreditAccount) -> list[WayBack]:
    return ways_back(account.client_id, account.currency_id, clock.now())


MOVEMENT = "at reason note amount balance"


class CreditEntryAdmin(FoundByClient):
    """Each movement of credit with the balance after it, newest first."""

    model = CreditEntry
    described_by = CREDIT_ENTRY_FIELDS
    slug = "credit-movements"
    label = _("Credit movements")
    view_permission = StaffPermission.INVOICES_VIEW
    menu = MenuGroup.BILLING
    has_record_page = False
    linked_lookups = ("account__currency", "account__client")
    list_display = columns_of(CREDIT_ENTRY_FIELDS, f"client {MOVEMENT}")
    ordering = ("-id",)
    list_filter = (
        choice_filter("reason", _("Reason"), lambda: CREDIT_LABELS),
        currency_filter("account__currency"),
        ("at", RangeDateTimeFilter),
    )
    client_lookup = "account__client"
    search_help_text = _("Client name, ID, or billing email")
    list_actions = (
        RecordAction(
            name="add",
            label=_("Add credit"),
            permission=StaffPermission.INVOICES_APPLY_CREDIT,
            run=acts.add_to_credit,
            form=forms.CreditForm,
        ),
        RecordAction(
            name="remove",
            label=_("Remove credit"),
            permission=StaffPermission.INVOICES_APPLY_CREDIT,
            run=acts.remove_from_credit,
            form=forms.CreditForm,
            is_danger=True,
        ),
        RecordAction(
            name="payout",
            label=_("Record payout"),
            permission=StaffPermission.INVOICES_REFUND,
            run=acts.pay_out,
            form=forms.PayoutForm,
            asks_password=True,
            is_danger=True,
        ),
    )


class CreditAccountAdmin(FoundByClient):
    """The balance of each client in each currency."""

    model = CreditAccount
    described_by = CREDIT_ACCOUNT_FIELDS
    slug = "credit-balances"
    label = _("Credit balances")
    view_permission = StaffPermission.INVOICES_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(CREDIT_ACCOUNT_FIELDS, "client currency balance")
    ordering = ("-id",)
    list_filter = (currency_filter(),)
    search_help_text = _("Client name, ID, or billing email")
    record_fieldsets: ClassVar = (
        (_("Credit balance"), columns_of(CREDIT_ACCOUNT_FIELDS, "client balance")),
    )
    record_actions = (
        RecordAction(
            name="refund",
            label=_("Refund to payment method"),
            permission=StaffPermission.INVOICES_REFUND,
            run=acts.refund_credit,
            form=forms.RefundCreditForm,
            blocked=pay_back_blocked_reason,
            intro=lambda _account: _t(
                "Credit that came from credit notes goes back through the payments behind it. No further"
                " credit note is issued."
            ),
            asks_reason=True,
            asks_password=True,
            is_danger=True,
        ),
    )
    panels = (
        Panel(
            title=_("Refundable to payment methods"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=(
                LinkColumn(_("Payment"), "payment", lambda payment: payment.pk),
                Column(_("Gateway"), lambda way: gateway_name(way.payment.gateway)),
                day_column(_("Received"), "payment__received_on"),
                LinkColumn(_("Invoice"), lambda way: way.invoice or way.payment.invoice),
                money_column(_("Amount"), "amount"),
            ),
            rows=_ways_back,
            limit=50,
        ),
        Panel(
            title=_("Movements"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=columns_of(CREDIT_ENTRY_FIELDS, f"{MOVEMENT}"),
            rows=lambda account: account.entries.select_related("account").order_by("-pk"),
            limit=50,
        ),
    )
