"""Tax: the rule of the home country, and those of other members of the EU."""

from collections.abc import Mapping
from datetime import date

from commerce.accounts.vat import vat_area_countries
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.billing.tax.rate_text import format_rate, parse_rate, rate_text
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.billing.tax.standard_rates import STANDARD_RATES, STANDARD_RATES_AS_OF
from commerce.first_setup.answers import is_company_known, save_settings
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.countries import country_name
from commerce.site_settings.current import business_date, get_setting

CONSUMERS_KEY = "tax.eu_consumer_basis"
NO_TAX = "none"
"""The answer of a company that charges none."""


def rule_of_country(country: str, day: date) -> TaxRule | None:
    """The rule for everything and everybody in a whole country on a day."""
    rules = TaxRule.objects.filter(
        country=country,
        state="",
        product_kind=TaxProductKind.ALL,
        client_kind=TaxClientKind.ALL,
        valid_from__lte=day,
    )
    return rules.order_by("-valid_from").first()


def known_rate(rule: TaxRule | None) -> str:
    """What was decided about the rate at home; nothing while nobody did."""
    if is_company_known() and not get_setting("tax.enabled"):
        return NO_TAX
    return rate_text(rule.rate_milli) if rule else ""


def check_tax_rate(typed: str, known: str = "") -> str:
    """A percentage above 0, or "none"; also the one that stands, which may be 0."""
    if typed == known:
        return typed
    if typed.strip().lower() == NO_TAX:
        return NO_TAX
    rate = parse_rate(typed)
    if not 0 < rate <= 100_000:
        raise BusinessError("tax.rate_not_valid", field="rate")
    return rate_text(rate)


def save_taxes(answers: Mapping[str, str], country: str, ctx: Context) -> list[str]:
    """What changed, in a line each."""
    if answers["tax_rate"] == NO_TAX:
        return save_settings({"tax.enabled": "off"}, ctx)
    settings = {"tax.enabled": "on", "tax.prices_include_tax": answers["prices_include_tax"]}
    if basis := answers.get("eu_consumers"):
        settings[CONSUMERS_KEY] = basis
    changed = save_settings(settings, ctx)
    day = business_date(ctx.at)
    rule = rule_of_country(country, day)
    wanted = (parse_rate(answers["tax_rate"]), answers["tax_name"])
    if rule is None or (rule.rate_milli, rule.name) != wanted:
        if rule is not None and rule.valid_from == day:  # of an earlier run
            remove_tax_rule(rule=rule, ctx=ctx)
        changed.append(_add_rule(country, *wanted, ctx))
    if basis == "destination":
        changed += _add_rules_of_members(ctx)
    return changed


def _add_rules_of_members(ctx: Context) -> list[str]:
    """The standard rates of members of the EU of which there is no rule; one line for all of them."""
    day = business_date(ctx.at)
    added = [
        _add_rule(member, *STANDARD_RATES[member], ctx)
        for member in sorted(vat_area_countries(day))
        if rule_of_country(member, day) is None
    ]
    text = f"Standard VAT rates of {len(added)} other EU countries, as of {STANDARD_RATES_AS_OF}"
    return [f"{text}. Review them: commerce tax rule list"] if added else []


def _add_rule(country: str, rate_milli: int, name: str, ctx: Context) -> str:
    add_tax_rule(
        country=country,
        rate=rate_milli,
        category="S",
        name=name,
        valid_from=business_date(ctx.at),
        ctx=ctx,
    )
    return f"Tax rule: {format_rate(rate_milli)} {name} in {country_name(country)}"
