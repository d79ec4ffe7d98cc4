"""`/admin/currencies` and `/admin/tax-rules`."""

from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, list_of, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog.products import yes_no
from commerce.backoffice.lists.columns import Column, choice_column, day_column, plain_percent
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.money.invoice_panels import tax_rate
from commerce.billing.labels import (
    TAX_CATEGORY_LABELS,
    TAX_CLIENT_KIND_LABELS,
    TAX_PRODUCT_KIND_LABELS,
)
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.catalog.actions.currencies import create_currency
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates_now
from commerce.catalog.labels import RATE_SOURCE_LABELS
from commerce.catalog.models import Currency
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_decimal
from commerce.record_acts.catalog import CURRENCY_ACTS

_MANAGE = StaffPermission.PRODUCTS_MANAGE


def rate(currency: Currency) -> str:
    """What one of it is worth, if anybody said so."""
    if not currency.rate:
        return ""
    value = Decimal(currency.rate)
    return format_decimal(value, max(0, -int(value.as_tuple().exponent)))


def source(currency: Currency) -> str:
    """Where the rate comes from, if there is one."""
    return str(RATE_SOURCE_LABELS[currency.rate_source]) if currency.rate else ""


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
    key_converter = "str"
    list_display = (
        Column(_("Code"), "code"),
        Column(_("Name"), "name"),
        Column(_("Default"), "is_default", show=yes_no),
        Column(_("Active"), "is_active", show=yes_no),
        Column(_("Decimals"), "exponent"),
        Column(_("Exchange rate"), rate, order="rate", export=lambda currency: currency.rate),
        day_column(_("Rate date"), "rate_on"),
        Column(_("Rate source"), source),
    )
    ordering = ("-is_default", "-is_active", "code")
    search_fields = ("code", "name")
    record_actions = tuple(map(act_button, CURRENCY_ACTS[2:]))
    list_actions = (
        act_button(create_currency, to=page_of),
        act_button(fetch_exchange_rates_now, to=lambda _taken: list_of(Currency)),
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
    list_display = (
        Column(_("Country"), lambda rule: country_name(rule.country), order="country"),
        Column(_("State"), "state"),
        Column(
            _("Rate"),
            tax_rate,
            order="rate_milli",
            export=lambda rule: plain_percent(rule.rate_milli, 1000),
        ),
        choice_column(_("Category"), "category", lambda: TAX_CATEGORY_LABELS),
        choice_column(_("Products"), "product_kind", lambda: TAX_PRODUCT_KIND_LABELS),
        choice_column(_("Clients"), "client_kind", lambda: TAX_CLIENT_KIND_LABELS),
        day_column(pgettext_lazy("valid", "From"), "valid_from"),
        Column(_("Name on invoices"), "name"),
    )
    ordering = ("country", "state", "product_kind", "client_kind", "valid_from", "id")
    list_filter = (choice_filter("country", _("Country"), _countries),)
    search_fields = ("country", "state", "name")
    record_actions = (act_button(remove_tax_rule),)
    list_actions = (act_button(add_tax_rule, to=page_of),)
    record_fieldsets: ClassVar = (
        (
            _("Tax rule"),
            (
                Column(_("Country"), lambda rule: country_name(rule.country)),
                Column(_("State"), "state"),
                Column(
                    _("Rate"), tax_rate, export=lambda rule: plain_percent(rule.rate_milli, 1000)
                ),
                choice_column(_("Category"), "category", lambda: TAX_CATEGORY_LABELS),
                choice_column(_("Products"), "product_kind", lambda: TAX_PRODUCT_KIND_LABELS),
                choice_column(_("Clients"), "client_kind", lambda: TAX_CLIENT_KIND_LABELS),
                day_column(pgettext_lazy("valid", "From"), "valid_from"),
                Column(_("Name on invoices"), "name"),
                Column(_("Note on invoices"), "note"),
            ),
        ),
    )

    def record_title(self, record: TaxRule) -> str:
        return f"{country_name(record.country)}, {tax_rate(record)}"
