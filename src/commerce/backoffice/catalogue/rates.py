"""`/admin/currencies` and `/admin/tax-rules`."""

from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import Column, choice_column, day_column, plain_percent
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalogue import rate_forms as forms
from commerce.backoffice.catalogue.products import yes_no
from commerce.backoffice.money.invoice_panels import tax_rate
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import remove_tax_rule_blocked_reason
from commerce.catalog.actions.currencies import (
    activate_currency_blocked_reason,
    deactivate_currency_blocked_reason,
    delete_currency_blocked_reason,
    make_default_currency_blocked_reason,
    set_exchange_rate_blocked_reason,
)
from commerce.catalog.exchange_rates.actions import confirm_held_rate_blocked_reason
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates_blocked_reason
from commerce.catalog.models import Currency
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_decimal

_MANAGE = StaffPermission.PRODUCTS_MANAGE


def rate(currency: Currency) -> str:
    """What one of it is worth, if anybody said so."""
    if not currency.rate:
        return ""
    value = Decimal(currency.rate)
    return format_decimal(value, max(0, -int(value.as_tuple().exponent)))


def source(currency: Currency) -> str:
    """Where the rate comes from, if there is one."""
    return str(forms.SOURCE_LABELS[currency.rate_source]) if currency.rate else ""


def _countries() -> dict[str, str]:
    codes = TaxRule.objects.order_by("country").values_list("country", flat=True).distinct()
    return {code: country_name(code) for code in codes}


class CurrencyAdmin(RecordAdmin):
    """Currencies, the default first."""

    model = Currency
    slug = "currencies"
    label = _("Currencies")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    icon = "euro"
    key_converter = "str"
    list_display = (
        Column(_("Code"), "code"),
        Column(_("Name"), "name"),
        Column(_("Default"), "is_default", show=yes_no),
        Column(_("Active"), "is_active", show=yes_no),
        Column(_("Decimals"), "exponent"),
        Column(_("Exchange rate"), rate, export=lambda currency: currency.rate),
        day_column(_("Rate date"), "rate_on"),
        Column(_("Rate source"), source),
    )
    ordering = ("-is_default", "-is_active", "code")
    search_fields = ("code", "name")
    record_actions = (
        RecordAction(
            name="edit",
            label=_("Edit"),
            permission=_MANAGE,
            run=forms.save_currency,
            form=forms.CurrencyForm,
            submit=_("Save changes"),
        ),
        RecordAction(
            name="rate",
            label=_("Set exchange rate"),
            permission=_MANAGE,
            run=forms.set_rate,
            form=forms.RateForm,
            blocked=set_exchange_rate_blocked_reason,
            intro=lambda _currency: _t(
                "Used for tax in your accounting currency, limits of added funds, and margins of registrar prices."
            ),
        ),
        RecordAction(
            name="confirm-rate",
            label=_("Confirm published rate"),
            permission=_MANAGE,
            run=forms.confirm_rate,
            blocked=confirm_held_rate_blocked_reason,
            intro=forms.held_rate_text,
        ),
        RecordAction(
            name="activate",
            label=_("Activate"),
            permission=_MANAGE,
            run=forms.sell_in,
            blocked=activate_currency_blocked_reason,
        ),
        RecordAction(
            name="deactivate",
            label=_("Deactivate"),
            permission=_MANAGE,
            run=forms.stop_selling_in,
            blocked=deactivate_currency_blocked_reason,
            intro=lambda _currency: _t("Existing services and invoices don't change."),
        ),
        RecordAction(
            name="default",
            label=_("Make default"),
            permission=_MANAGE,
            run=forms.make_default,
            blocked=make_default_currency_blocked_reason,
            intro=lambda _currency: _t(
                "All exchange rates are cleared, because they refer to the old default."
            ),
            is_danger=True,
        ),
        RecordAction(
            name="delete",
            label=_("Delete"),
            permission=_MANAGE,
            run=forms.remove_currency,
            blocked=delete_currency_blocked_reason,
            is_danger=True,
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_("Add currency"),
            permission=_MANAGE,
            run=forms.add_currency,
            form=forms.NewCurrencyForm,
        ),
        RecordAction(
            name="fetch-rates",
            label=_("Get exchange rates now"),
            permission=_MANAGE,
            run=forms.fetch_rates,
            blocked=fetch_exchange_rates_blocked_reason,
            intro=lambda _none: _t(
                "Asks the European Central Bank for its latest rates, which also happens every day."
            ),
            is_atomic=False,
        ),
    )
    record_fieldsets: ClassVar = (
        (
            _("Currency"),
            (
                Column(_("Name"), "name"),
                Column(_("Default"), "is_default", show=yes_no),
                Column(_("Active"), "is_active", show=yes_no),
                Column(_("Decimals"), "exponent"),
                Column(_("Before amounts"), "prefix"),
                Column(_("After amounts"), "suffix"),
                Column(_("Exchange rate"), rate),
                day_column(_("Rate date"), "rate_on"),
                Column(_("Rate source"), source),
                Column(_("Published rate to confirm"), "held_rate"),
                day_column(_("Published on"), "held_on"),
            ),
        ),
    )


class TaxRuleAdmin(RecordAdmin):
    """Rates by country, with the day from which each holds; a rule ends when the next of its kind begins."""

    model = TaxRule
    slug = "tax-rules"
    label = _("Tax rules")
    view_permission = StaffPermission.SETTINGS_VIEW
    menu = MenuGroup.SETTINGS
    icon = "percent"
    list_display = (
        Column(_("Country"), lambda rule: country_name(rule.country)),
        Column(_("State"), "state"),
        Column(_("Rate"), tax_rate, export=lambda rule: plain_percent(rule.rate_milli, 1000)),
        choice_column(_("Category"), "category", lambda: forms.CATEGORY_LABELS),
        choice_column(_("Products"), "product_kind", lambda: forms.PRODUCT_KIND_LABELS),
        choice_column(_("Clients"), "client_kind", lambda: forms.CLIENT_KIND_LABELS),
        day_column(pgettext_lazy("valid", "From"), "valid_from"),
        Column(_("Name on invoices"), "name"),
    )
    ordering = ("country", "state", "product_kind", "client_kind", "valid_from", "id")
    list_filter = (choice_filter("country", _("Country"), _countries),)
    search_fields = ("country", "state", "name")
    record_actions = (
        RecordAction(
            name="delete",
            label=_("Delete"),
            permission=StaffPermission.SETTINGS_MANAGE,
            run=forms.delete_rule,
            blocked=remove_tax_rule_blocked_reason,
            is_danger=True,
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_("Add tax rule"),
            permission=StaffPermission.SETTINGS_MANAGE,
            run=forms.add_rule,
            form=forms.TaxRuleForm,
            intro=lambda _none: _t(
                "The rule applies until the next one for the same country, products, and clients starts."
            ),
        ),
    )
    record_fieldsets: ClassVar = (
        (
            _("Tax rule"),
            (
                Column(_("Country"), lambda rule: country_name(rule.country)),
                Column(_("State"), "state"),
                Column(
                    _("Rate"), tax_rate, export=lambda rule: plain_percent(rule.rate_milli, 1000)
                ),
                choice_column(_("Category"), "category", lambda: forms.CATEGORY_LABELS),
                choice_column(_("Products"), "product_kind", lambda: forms.PRODUCT_KIND_LABELS),
                choice_column(_("Clients"), "client_kind", lambda: forms.CLIENT_KIND_LABELS),
                day_column(pgettext_lazy("valid", "From"), "valid_from"),
                Column(_("Name on invoices"), "name"),
                Column(_("Note on invoices"), "note"),
            ),
        ),
    )

    def record_title(self, record: TaxRule) -> str:
        return f"{country_name(record.country)}, {tax_rate(record)}"
