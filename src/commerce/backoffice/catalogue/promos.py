"""`/admin/promo-codes`."""

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import Column, day_column, plain_percent
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalogue import promo_forms as forms
from commerce.backoffice.catalogue.products import yes_no
from commerce.backoffice.money.filters import yes_no_filter
from commerce.catalog.actions.deletion import delete_promo_blocked_reason
from commerce.catalog.models import PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.kit.money import Money
from commerce.orders.rules import OrderStatus
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_tax_rate
from commerce.presentation.labels import CYCLE_LABELS

_MANAGE = StaffPermission.PRODUCTS_MANAGE


def discount(promo: PromoCode) -> str:
    """What it takes off."""
    if promo.kind == PromoCodeKind.PERCENT:
        return format_tax_rate(promo.percent * 10)
    amounts = sorted(promo.amounts.all(), key=lambda each: each.currency_id)
    return ", ".join(format_money(each.amount, each.currency_id) for each in amounts)


def plain_discount(promo: Any) -> str:
    """The same for a file: ``12.5%``, or exact amounts with their currencies."""
    if promo.kind == PromoCodeKind.PERCENT:
        return f"{plain_percent(promo.percent)}%"
    amounts = sorted(promo.amounts.all(), key=lambda each: each.currency_id)
    return ", ".join(str(Money(each.amount, each.currency_id)) for each in amounts)


def uses(promo: Any) -> str:
    """How often it was used, of how often it may be."""
    if promo.max_uses:
        return _t("%(uses)s of %(most)s") % {"uses": promo.use_count, "most": promo.max_uses}
    return str(promo.use_count)


class PromoCodeAdmin(RecordAdmin):
    """Promo codes by their letters."""

    model = PromoCode
    slug = "promo-codes"
    label = _("Promo codes")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    icon = "sell"
    list_display = (
        Column(_("Code"), "code"),
        Column(_("Discount"), discount, export=plain_discount),
        Column(_("Every invoice"), "recurring", show=yes_no),
        Column(_("Active"), "is_active", show=yes_no),
        day_column(_("First day"), "starts_on"),
        day_column(_("Last day"), "ends_on"),
        Column(_("Uses"), uses),
    )
    ordering = ("code",)
    list_filter = (yes_no_filter("is_active", _("Active")),)
    search_fields = ("code",)
    record_actions = (
        RecordAction(
            name="edit",
            label=_("Edit"),
            permission=_MANAGE,
            run=forms.save_promo,
            form=forms.PromoForm,
            intro=lambda _promo: _t(
                "The discount itself can't be changed. Create another code for another discount."
            ),
            submit=_("Save changes"),
        ),
        RecordAction(
            name="delete",
            label=_("Delete"),
            permission=_MANAGE,
            run=forms.remove_promo,
            blocked=delete_promo_blocked_reason,
            is_danger=True,
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_("New promo code"),
            permission=_MANAGE,
            run=forms.add_promo,
            form=forms.NewPromoForm,
        ),
    )
    record_fieldsets: ClassVar = (
        (
            _("Promo code"),
            (
                Column(_("Discount"), discount),
                Column(_("Every invoice"), "recurring", show=yes_no),
                Column(_("Active"), "is_active", show=yes_no),
                day_column(_("First day"), "starts_on"),
                day_column(_("Last day"), "ends_on"),
                Column(_("Uses"), uses),
                Column(_("Maximum uses per client"), "max_uses_per_client"),
                Column(_("New clients only"), "new_clients_only", show=yes_no),
                Column(
                    _("Products"), lambda row: ", ".join(map(str, row.products.order_by("name")))
                ),
                Column(
                    _("Billing cycles"),
                    lambda row: ", ".join(str(CYCLE_LABELS[cycle]) for cycle in row.cycles),
                ),
                Column(_("TLDs"), lambda row: ", ".join(row.tlds)),
                Column(_("Internal notes"), "notes"),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        counted = Count("uses", filter=~Q(uses__order__status=OrderStatus.CANCELLED))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(use_count=counted)
        return rows.prefetch_related("amounts")
