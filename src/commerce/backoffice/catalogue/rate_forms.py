"""Forms about currencies and tax rules, and what saving them does."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import list_of, page_of
from commerce.backoffice.money.fields import PercentField
from commerce.backoffice.money.invoice_forms import DayField
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.catalog.actions.currencies import (
    activate_currency,
    change_currency,
    create_currency,
    deactivate_currency,
    delete_currency,
    make_default_currency,
    set_exchange_rate,
)
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates
from commerce.catalog.exchange_rates.rules import RateSource
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_decimal
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base.form_fields import LineField, with_decimal_point
from commerce.presentation.countries import country_choices
from commerce.presentation.formats import format_day, number_signs
from commerce.presentation.labels import Text
from commerce.site_settings import current

type Typed = Mapping[str, Any]

CATEGORY_LABELS: Mapping[str, Text] = {
    "S": _lazy("S: standard or reduced rate"),
    "Z": _lazy("Z: zero rate"),
    "E": _lazy("E: exempt"),
    "O": _lazy("O: outside the scope of tax"),
    "AE": _lazy("AE: reverse charge"),
    "G": _lazy("G: export"),
}
PRODUCT_KIND_LABELS: Mapping[str, Text] = {
    TaxProductKind.ALL: _lazy("All products"),
    TaxProductKind.HOSTING: _lazy("Hosting"),
    TaxProductKind.DOMAIN: _lazy("Domains"),
    TaxProductKind.OTHER: _lazy("Other services"),
}
CLIENT_KIND_LABELS: Mapping[str, Text] = {
    TaxClientKind.ALL: _lazy("All clients"),
    TaxClientKind.BUSINESS: _lazy("Businesses"),
    TaxClientKind.CONSUMER: _lazy("Consumers"),
}

SOURCE_LABELS: Mapping[str, Text] = {
    RateSource.MANUAL: _lazy("Set by hand"),
    RateSource.ECB: _lazy("European Central Bank"),
}


class CurrencyForm(StaffForm):
    """How amounts of a currency are shown."""

    name = LineField(label=_lazy("Name"), max_length=100)
    before = LineField(
        label=_lazy("Before amounts"), required=False, max_length=10, help_text=_lazy("Such as £.")
    )
    after = LineField(
        label=_lazy("After amounts"),
        required=False,
        max_length=10,
        help_text=_lazy("Such as kr. Without either, the code is shown."),
    )

    def prepare(self) -> None:
        """What is stored."""
        if self.record:
            self.fields["name"].initial = self.record.name
            self.fields["before"].initial = self.record.prefix
            self.fields["after"].initial = self.record.suffix


class NewCurrencyForm(CurrencyForm):
    """A further currency."""

    code = LineField(label=_lazy("Code"), max_length=3, help_text=_lazy("ISO 4217, such as GBP."))
    field_order = ("code", "name", "before", "after")


class RateForm(StaffForm):
    """What one of a currency is worth in the default one."""

    rate = LineField(label=_lazy("Exchange rate"), max_length=24)
    on = DayField(label=_lazy("Rate date"))

    def prepare(self) -> None:
        """The stored rate, today."""
        default = Currency.objects.filter(is_default=True).values_list("code", flat=True).first()
        self.fields["rate"].initial = self.record.rate.replace(".", number_signs()[0])
        self.fields["rate"].help_text = _("What one %(code)s is worth in %(default)s.") % {
            "code": self.record.pk,
            "default": default,
        }
        self.fields["on"].initial = current.business_date(clock.now())

    def clean_rate(self) -> Decimal:
        """The number."""
        try:
            return parse_decimal(with_decimal_point(self.cleaned_data["rate"]))
        except ValueError as wrong:
            raise forms.ValidationError(
                _("Enter a number, such as 1.17."), code="invalid"
            ) from wrong


class TaxRuleForm(StaffForm):
    """A rate that holds from a day on."""

    country = forms.ChoiceField(label=_lazy("Country"))
    state = LineField(
        label=_lazy("State"),
        required=False,
        max_length=100,
        help_text=_lazy("Leave blank for the whole country."),
    )
    rate = PercentField(1000, label=_lazy("Rate"), help_text=_lazy("In percent, such as 19."))
    category = forms.ChoiceField(label=_lazy("Category"), choices=list(CATEGORY_LABELS.items()))
    product_kind = forms.ChoiceField(
        label=_lazy("Products"), choices=list(PRODUCT_KIND_LABELS.items())
    )
    client_kind = forms.ChoiceField(
        label=_lazy("Clients"), choices=list(CLIENT_KIND_LABELS.items())
    )
    valid_from = DayField(label=pgettext_lazy("valid", "From"))
    name = LineField(
        label=_lazy("Name on invoices"),
        required=False,
        max_length=50,
        help_text=_lazy("Such as VAT."),
    )
    note = LineField(
        label=_lazy("Note on invoices"),
        required=False,
        max_length=200,
        help_text=_lazy("Shown if the rate is 0."),
    )

    def prepare(self) -> None:
        """The countries, ours first chosen; today."""
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]
        self.fields["country"].initial = current.get_setting("company.country")
        self.fields["valid_from"].initial = current.business_date(clock.now())


def add_currency(_record: None, typed: Typed, ctx: Context) -> Done:
    """A further currency."""
    made = create_currency(code=typed["code"].upper(), **_signs(typed), ctx=ctx)
    return Done(_("The currency was added. Set prices in it to sell in it."), page_of(made))


def save_currency(currency: Currency, typed: Typed, ctx: Context) -> str:
    """Its name and signs."""
    change_currency(currency=currency, **_signs(typed), ctx=ctx)
    return _("The currency was saved.")


def _signs(typed: Typed) -> dict[str, Any]:
    return {"name": typed["name"], "prefix": typed["before"], "suffix": typed["after"]}


def set_rate(currency: Currency, typed: Typed, ctx: Context) -> str:
    """What it is worth."""
    set_exchange_rate(currency=currency, rate=typed["rate"], on=typed["on"], ctx=ctx)
    return _("The exchange rate was saved.")


def confirm_rate(currency: Currency, _typed: Typed, ctx: Context) -> str:
    """Use a published rate that was held."""
    confirm_held_rate(currency=currency, ctx=ctx)
    return _("The exchange rate was saved.")


def held_rate_text(currency: Currency) -> str:
    """What is held, beside what it would take the place of."""
    return _(
        "The European Central Bank published %(new)s on %(day)s. Your rate is %(old)s. Confirm it only if it's right:"
        " invoices are issued with it."
    ) % {
        "new": currency.held_rate,
        "day": format_day(currency.held_on) if currency.held_on else "–",
        "old": currency.rate,
    }


def fetch_rates(_record: None, _typed: Typed, ctx: Context) -> Done:
    """Ask the bank now."""
    try:
        with page_limits():
            taken = fetch_exchange_rates(ctx=ctx)
    except TimeoutError as silent:
        raise BusinessError("currency.rates_not_fetched", reason=str(silent)) from silent
    text = _("The rates of %(day)s were fetched. Updated: %(used)s.") if taken.used else ""
    text = text or _("The rates of %(day)s were fetched. Nothing has changed.")
    used = ", ".join(taken.used)
    return Done(text % {"day": format_day(taken.day), "used": used}, list_of(Currency))


def sell_in(currency: Currency, _typed: Typed, ctx: Context) -> str:
    """Take new orders in it."""
    activate_currency(currency=currency, ctx=ctx)
    return _("New orders can be placed in %(code)s.") % {"code": currency.pk}


def stop_selling_in(currency: Currency, _typed: Typed, ctx: Context) -> str:
    """Take no new orders in it."""
    deactivate_currency(currency=currency, ctx=ctx)
    return _("New orders can no longer be placed in %(code)s.") % {"code": currency.pk}


def make_default(currency: Currency, _typed: Typed, ctx: Context) -> str:
    """Count rates in it."""
    make_default_currency(currency=currency, ctx=ctx)
    return _("%(code)s is now the default currency.") % {"code": currency.pk}


def remove_currency(currency: Currency, _typed: Typed, ctx: Context) -> Done:
    """Forget one that nothing uses."""
    delete_currency(currency=currency, ctx=ctx)
    return Done(_("%(name)s was deleted.") % {"name": currency.pk}, list_of(Currency))


def add_rule(_record: None, typed: Typed, ctx: Context) -> Done:
    """A further rule."""
    names = (*("country", "category", "valid_from", "state"), *("product_kind", "client_kind"))
    fields = {name: typed[name] for name in (*names, "name", "note")}
    made = add_tax_rule(rate_milli=typed["rate"], **fields, ctx=ctx)
    return Done(_("The tax rule was added."), page_of(made))


def delete_rule(rule: TaxRule, _typed: Typed, ctx: Context) -> Done:
    """Take back one that does not count yet."""
    remove_tax_rule(rule=rule, ctx=ctx)
    return Done(_("The tax rule was deleted."), list_of(TaxRule))
