"""The forms of the setup assistant: what each step asks, proposes and keeps, as `commerce init` does."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from commerce.accounts.rules import COUNTRIES_WITHOUT_POSTCODES
from commerce.accounts.vat import is_in_vat_area
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Text
from commerce.backoffice.settings.forms import SettingField
from commerce.billing.tax.rate_text import rate_text
from commerce.billing.tax.standard_rates import STANDARD_RATES
from commerce.catalog.models import Currency, ProductGroup
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Tld
from commerce.domains.rules import normalize_tld
from commerce.first_setup import bank_account, company, sales, taxes
from commerce.first_setup.answers import known_setting, save_settings, shown_setting
from commerce.first_setup.consumers import ENABLED_KEY, are_rights_proposed
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import CURRENCY_EXPONENTS, parse_amount
from commerce.portal.base.form_fields import LineField, with_decimal_point
from commerce.presentation.locales import active_locale
from commerce.site_settings.current import business_date, get_setting


def _currency_label(code: str) -> str:
    """``EUR – Euro``, in the reader's language."""
    name = active_locale().currencies.get(code, "")
    return f"{code} – {name}" if name else code


def _price_check(currency: str) -> Callable[[str], str]:
    """The check of a typed amount, with the decimal sign of the person's language."""
    return lambda typed: sales.check_price(with_decimal_point(typed), currency)


class SetupForm(StaffForm):
    """One step. ``save`` keeps the answers; raises ``BusinessError``, with the field where it knows it."""

    setting_fields: ClassVar[Mapping[str, Text]] = {}
    """Fields that are settings, with their labels."""
    required_settings: ClassVar[frozenset[str]] = frozenset()
    found: Model | None = None
    """What exists already, and is changed on its own page only."""

    def __init__(self, *args: Any, ctx: Context, **kwargs: Any) -> None:
        self.ctx = ctx
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        for key, label in self.setting_fields.items():
            field = SettingField(key, label=label)
            field.required = key in self.required_settings
            field.may_stay_out = True
            field.initial = field.typed(get_setting(key)) if known_setting(key) else ""
            self.fields[key] = field

    def setting_answers(self) -> dict[str, str]:
        """The answers that are settings, by their keys."""
        return {key: self.cleaned_data[key] for key in self.setting_fields}

    def keep(self) -> None:
        """Keep the answers."""
        save_settings(self.setting_answers(), self.ctx)

    def _checked(self, name: str, check: Any) -> str:
        """An answer, checked as `commerce init` checks it; empty if it may be."""
        typed = self.cleaned_data.get(name) or ""
        if not typed:
            return ""
        try:
            return str(check(typed))
        except BusinessError as refused:
            raise ValidationError(str(refused)) from refused


class CompanyForm(SetupForm):
    """Who the company is."""

    setting_fields = {
        "company.name": _("Company name"),
        "company.country": _("Country"),
        "company.address1": _("Street address"),
        "company.postcode": _("Postal code"),
        "company.city": _("City"),
        "company.state": _("State or region"),
        "company.tax_id": _("Tax ID, such as a VAT number"),
        "company.email": _("Support email"),
        "branding.name": _("Portal name"),
        "billing.time_zone": _("Time zone"),
    }
    required_settings = frozenset(
        ("company.name", "company.country", "company.address1", "company.city", "company.email")
    )

    def prepare(self) -> None:
        super().prepare()
        for key in ("company.country", "billing.time_zone"):
            widget = self.fields[key].widget
            widget.choices = [("", "–"), *widget.choices]
        self.fields["branding.name"].help_text = _("If empty, the company name.")
        self.fields["billing.time_zone"].help_text = _("If empty, your country's.")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        country = values.get("company.country")
        if not values.get("branding.name"):
            values["branding.name"] = values.get("company.name", "")
        if country and not values.get("billing.time_zone"):
            values["billing.time_zone"] = company.proposed_time_zone(country)
        needs = {
            "company.postcode": country and country not in COUNTRIES_WITHOUT_POSTCODES,
            "company.state": country in company.COUNTRIES_WITH_STATES,
        }
        for key, is_needed in needs.items():
            if is_needed and not values.get(key) and key not in self.errors:
                self.add_error(key, self.fields[key].error_messages["required"])
        return values

    def keep(self) -> None:
        company.save_company(self.setting_answers(), self.ctx)


class TaxForm(SetupForm):
    """The currency, and the tax at home."""

    currency = forms.ChoiceField(label=_("Currency"))
    tax_rate = LineField(
        label=_("Tax rate in percent"),
        max_length=20,
        help_text=_("Type “none” if you don't charge tax."),
    )
    tax_name = LineField(
        label=_("Tax name on invoices"),
        max_length=50,
        required=False,
        help_text=_("Such as VAT."),
    )
    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    eu_consumers = forms.ChoiceField(
        label=_("VAT rate for consumers in other EU countries"),
        choices=[
            ("destination", _("The customer's country")),
            ("origin", _("Your country")),
        ],
    )

    def prepare(self) -> None:
        country, day = get_setting("company.country"), business_date(self.ctx.at)
        rule = taxes.rule_of_country(country, day)
        rate, name = STANDARD_RATES.get(country, (0, ""))
        proposed = rate_text(rate) if rate else taxes.NO_TAX
        self.country, self.known_rate = country, taxes.known_rate(rule)
        choices = [(code, _currency_label(code)) for code in sorted(CURRENCY_EXPONENTS)]
        self.fields["currency"].choices = choices  # type: ignore[attr-defined]
        self.initial = {
            "currency": sales.chosen_currency(country, decided=rule is not None),
            "tax_rate": self.known_rate or proposed,
            "tax_name": rule.name if rule else name,
            "prices_include_tax": get_setting("tax.prices_include_tax"),
            "eu_consumers": shown_setting(taxes.CONSUMERS_KEY),
        }
        if not is_in_vat_area(country, day):
            del self.fields["eu_consumers"]

    def clean_tax_rate(self) -> str:
        return self._checked(
            "tax_rate",
            lambda typed: taxes.check_tax_rate(with_decimal_point(typed), self.known_rate),
        )

    def keep(self) -> None:
        values = self.cleaned_data
        answers = {
            "tax_rate": values["tax_rate"],
            "tax_name": values["tax_name"] or "Tax",
            "prices_include_tax": "on" if values["prices_include_tax"] else "off",
            "eu_consumers": values.get("eu_consumers", ""),
        }
        self._check_default_stays(values["currency"])
        sales.save_currency(values["currency"], self.ctx)
        taxes.save_taxes(answers, self.country, self.ctx)

    def _check_default_stays(self, code: str) -> None:
        """Raises ``BusinessError`` if another default currency is in use: changing it clears exchange rates."""
        default = Currency.objects.get(is_default=True)
        if code != default.pk and sales.is_selling():
            self.found = Currency.objects.filter(pk=code).first() or default
            raise BusinessError("currency.default_in_use", currency=default.pk, field="currency")


class ProductForm(SetupForm):
    """A product with its price."""

    product = LineField(label=_("Product name"), max_length=100, help_text=_("Such as Starter."))
    product_group = LineField(label=_("Product group"), max_length=100)
    price = LineField(label=_("Price per month"), max_length=20)

    def prepare(self) -> None:
        self.currency = sales.known_currency() or sales.default_currency()
        first = ProductGroup.objects.order_by("position", "pk").first()
        self.initial["product_group"] = first.name if first else _("Web hosting")
        self.fields["price"].help_text = self.currency

    def clean_product(self) -> str:
        return self._checked("product", sales.check_name)

    def clean_product_group(self) -> str:
        return self._checked("product_group", sales.check_name)

    def clean_price(self) -> str:
        return self._checked("price", _price_check(self.currency))

    def keep(self) -> None:
        self.found = sales.find_product_of_name(self.cleaned_data["product"])
        if self.found:
            raise BusinessError("product.name_taken", field="product")
        sales.save_sales({**self.cleaned_data, "currency": self.currency}, self.ctx)


class PaymentsForm(SetupForm):
    """The account for bank transfers."""

    account = LineField(label=_("IBAN or account number"), max_length=50)
    account_name = LineField(label=_("Account holder"), max_length=200)
    routing_number = LineField(
        label=_("Routing number or sort code"),
        max_length=50,
        required=False,
        help_text=_("Only without an IBAN."),
    )
    bic = LineField(label=_("BIC"), max_length=50, required=False)

    def prepare(self) -> None:
        of = bank_account.GATEWAY
        self.initial = {
            name: shown_setting(f"{of}.{name}")
            for name in ("account_name", "routing_number", "bic")
        }
        self.initial["account"] = shown_setting(f"{of}.iban") or shown_setting(
            f"{of}.account_number"
        )
        if not self.initial["account_name"]:
            self.initial["account_name"] = known_setting("company.name")

    def clean_account(self) -> str:
        return self._checked("account", bank_account.check_bank_account)

    def keep(self) -> None:
        bank_account.save_bank_account(bank_account.account_answers(**self.cleaned_data), self.ctx)


class MailForm(SetupForm):
    """Who emails come from."""

    setting_fields = {
        "mail.from_name": _("Sender name"),
        "mail.from_address": _("Sender address"),
    }

    def prepare(self) -> None:
        super().prepare()
        self.fields["mail.from_name"].help_text = _("If empty, the company name.")
        self.fields["mail.from_address"].help_text = _("If empty, the support email.")


class DomainsForm(SetupForm):
    """Where domains are registered, their nameservers, and a first TLD with its prices."""

    setting_fields = {
        "domains.ns1": _("Nameserver 1"),
        "domains.ns2": _("Nameserver 2"),
        "domains.registrar": _("Registrar"),
    }
    required_settings = frozenset(("domains.ns1", "domains.ns2"))
    tld = LineField(
        label=_("TLD to sell"), max_length=63, required=False, help_text=_("Such as com.")
    )
    register = LineField(label=_("Price per year"), max_length=20, required=False)

    def prepare(self) -> None:
        super().prepare()
        self.fields["domains.registrar"].initial = get_setting("domains.registrar")
        self.currency = sales.known_currency() or sales.default_currency()
        self.fields["register"].help_text = self.currency
        self.order_fields([*self.setting_fields, "tld", "register"])

    def clean_register(self) -> str:
        return self._checked("register", _price_check(self.currency))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("tld") and not values.get("register") and "register" not in self.errors:
            self.add_error("register", self.fields["register"].error_messages["required"])
        return values

    def keep(self) -> None:
        super().keep()
        if tld := self.cleaned_data["tld"]:
            price = parse_amount(self.cleaned_data["register"], self.currency)
            self.found = Tld.objects.filter(tld=normalize_tld(tld)).first()
            row = set_tld(tld=tld, is_new=True, is_active=True, ctx=self.ctx)
            set_tld_price(
                tld=row,
                currency_code=self.currency,
                register=price,
                renew=price,
                transfer=price,
                ctx=self.ctx,
            )
            sales.show_domain_search(self.ctx)


class ConsumersForm(SetupForm):
    """The rights of consumers: proposed, and switched on for who says that a lawyer has read what they do."""

    setting_fields = {
        ENABLED_KEY: _("Let consumers withdraw from contracts and cancel them at /cancel")
    }
    is_read = forms.BooleanField(
        label=_("A lawyer has read the settings and texts"), required=False
    )

    def prepare(self) -> None:
        super().prepare()
        self.fields[ENABLED_KEY].initial = "on"
        self.order_fields([ENABLED_KEY, "is_read"])
        if not are_rights_proposed():
            del self.fields["is_read"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get(ENABLED_KEY) == "on" and values.get("is_read") is False:
            self.add_error("is_read", _("Have a lawyer read them first, or skip this step."))
        return values
