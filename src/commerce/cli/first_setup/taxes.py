"""The part of `commerce init` about tax: the rule of the home country, and those of other members of the EU."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from commerce.accounts.vat import is_in_vat_area
from commerce.billing.tax.rate_text import rate_text
from commerce.billing.tax.standard_rates import STANDARD_RATES
from commerce.cli.first_setup.interview import SetupInterview
from commerce.first_setup.answers import known_setting, setting_check, shown_setting
from commerce.first_setup.taxes import (
    CONSUMERS_KEY,
    NO_TAX,
    check_tax_rate,
    known_rate,
    rule_of_country,
)
from commerce.presentation.countries import country_name


def ask_taxes(interview: SetupInterview, country: str, day: date) -> Mapping[str, str]:
    """The answers by question; a ``tax_rate`` of "none" charges no tax."""
    interview.heading("Tax")
    rule = rule_of_country(country, day)
    rate, name = STANDARD_RATES.get(country, (0, ""))
    known = known_rate(rule)
    answers = {
        "tax_rate": interview.answer(
            "tax_rate",
            f"Tax rate in {country_name(country)} in percent (none: no tax)",
            partial(check_tax_rate, known=known),
            known=known,
            proposal=rate_text(rate) if rate else NO_TAX,
        )
    }
    if answers["tax_rate"] == NO_TAX:
        return answers
    answers["tax_name"] = interview.answer(
        "tax_name",
        "Tax name on invoices",
        str.strip,
        known=rule.name if rule else "",
        proposal="" if rule else name or "Tax",
        required=rule is None,
    )
    answers["prices_include_tax"] = interview.answer(
        "prices_include_tax",
        "Prices include tax (on or off)",
        setting_check("tax.prices_include_tax"),
        known=known_setting("tax.prices_include_tax"),
        proposal=shown_setting("tax.prices_include_tax"),
    )
    if is_in_vat_area(country, day):
        answers["eu_consumers"] = interview.answer(
            "eu_consumers",
            "VAT rate for consumers in other EU countries (destination: theirs, origin: yours)",
            setting_check(CONSUMERS_KEY),
            known=known_setting(CONSUMERS_KEY),
            proposal=shown_setting(CONSUMERS_KEY),
        )
    return answers
