"""`/admin/promo-codes`."""

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button, act_form
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog.products import yes_no
from commerce.backoffice.lists.columns import Column, day_column, plain_percent
from commerce.backoffice.money.fields import MinorUnitsField
from commerce.backoffice.money.filters import yes_no_filter
from commerce.catalog.actions.deletion import delete_promo
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import Currency, PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.kit.money import Money
from commerce.orders.rules import OrderStatus
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_tax_rate
from commerce.presentation.labels import CYCLE_LABELS


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


class NewPromoForm(act_form(create_promo)):  # type: ignore[misc]
    """A field for the amount in each currency on sale."""

    def prepare(self) -> None:
        super().prepare()
        self.codes = [row.code for row in Currency.objects.on_sale()]
        for code in self.codes:
            label = _t("Amount off (%(currency)s)") % {"currency": code}
            self.fields[f"amount-{code}"] = MinorUnitsField(
                code, least=1, required=False, label=label
            )
        del self.fields["amounts"]
        self.order_fields(["code", "percent", *(f"amount-{code}" for code in self.codes)])

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        amounts = {code: typed.get(f"amount-{code}") for code in self.codes}
        typed["amounts"] = {code: amount for code, amount in amounts.items() if amount}
        if not self.errors and bool(typed["percent"]) == bool(typed["amounts"]):
            self.add_error("percent", _t("Enter a percentage, or amounts, but not both."))
        return typed


class PromoCodeAdmin(RecordAdmin):
    """Promo codes by their letters."""

    model = PromoCode
    slug = "promo-codes"
    label = _("Promo codes")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
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
    record_actions = (act_button(change_promo), act_button(delete_promo))
    list_actions = (act_button(create_promo, form=NewPromoForm, to=page_of),)
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
