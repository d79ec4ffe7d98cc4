"""The settings about tax (backoffice.md 5)."""

from django.utils.translation import gettext_lazy as _

from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.parsers import integer_between, one_of, parse_switch, text_matching

TAX_DEFINITIONS: dict[str, SettingDefinition] = {
    "tax.enabled": SettingDefinition(parse_switch, True, _("Charge tax by the tax rules")),
    "tax.prices_include_tax": SettingDefinition(
        parse_switch, False, _("Catalog prices include tax; can't be changed once invoices exist")
    ),
    "tax.eu_consumer_basis": SettingDefinition(
        one_of("destination", "origin"),
        "destination",
        _("Whose tax rate consumers in the EU pay: destination or origin"),
    ),
    "tax.non_eu_services": SettingDefinition(
        one_of("G", "O"),
        "G",
        _(
            "Category in e-invoices of services that a company in the EU sells outside it, G or O;"
            " ask a tax adviser which one is right for you"
        ),
    ),
    "tax.vies_enabled": SettingDefinition(parse_switch, True, _("Validate VAT numbers online")),
    "tax.vies_cache_days": SettingDefinition(
        integer_between(1, 365), 30, _("Days that a VAT validation stays valid")
    ),
    "tax.accounting_currency": SettingDefinition(
        text_matching("([A-Z]{3})?", "setting.optional_currency_not_valid"),
        "",
        _("Accounting currency for tax totals; if empty, the default currency"),
    ),
    "tax.rate_source": SettingDefinition(
        one_of("manual", "ecb"),
        "manual",
        _("Where exchange rates come from: set by hand, or the European Central Bank's, every day"),
    ),
    "tax.rate_days": SettingDefinition(
        integer_between(1, 366),
        7,
        _(
            "Days after which an exchange rate is too old: tax isn't converted with it, and staff are told;"
            " at least 5 with rates of the European Central Bank, because of its holidays"
        ),
    ),
}
