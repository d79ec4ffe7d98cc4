"""The part of `commerce init` about tax: the rule of the home country, and those of other members of the EU."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from commerce.accounts.vat import is_in_vat_area, vat_area_countries
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.billing.tax.standard_rates import STANDARD_RATES, STANDARD_RATES_AS_OF
from commerce.cli.first_setup.interview import SetupInterview
from commerce.cli.first_setup.setting_answers import (
    is_company_known,
    known_setting,
    save_settings,
    setting_check,
    shown_setting,
)
from commerce.cli.output import as_text, format_milli_percent, percent_of_milli
from commerce.cli.param_types import NONE_WORD, parse_milli_percent
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.countries import country_name
from commerce.site_settings.current import business_date, get_setting

CONSUMERS_KEY = "tax.eu_consumer_basis"


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
            proposal=_percent(rate) if rate else NONE_WORD,
        )
    }
    if answers["tax_rate"] == NONE_WORD:
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


def known_rate(rule: TaxRule | None) -> str:
    """What was decided about the rate at home; nothing while nobody did."""
    if is_company_known() and not get_setting("tax.enabled"):
        return NONE_WORD
    return _percent(rule.rate_milli) if rule else ""


def check_tax_rate(typed: str, known: str = "") -> str:
    """A percentage above 0, or "none"; also the one that stands, which may be 0."""
    if typed == known:
        return typed
    if typed.strip().lower() == NONE_WORD:
        return NONE_WORD
    rate = parse_milli_percent(typed)
    if not 0 < rate <= 100_000:
        raise BusinessError("tax.rate_not_valid", field="rate")
    return _percent(rate)


def _percent(rate_milli: int) -> str:
    return as_text(percent_of_milli(rate_milli))


def save_taxes(answers: Mapping[str, str], country: str, ctx: Context) -> list[str]:
    """What changed, in a line each."""
    if answers["tax_rate"] == NONE_WORD:
        return save_settings({"tax.enabled": "off"}, ctx)
    settings = {"tax.enabled": "on", "tax.prices_include_tax": answers["prices_include_tax"]}
    if basis := answers.get("eu_consumers"):
        settings[CONSUMERS_KEY] = basis
    changed = save_settings(settings, ctx)
    day = business_date(ctx.at)
    rule = rule_of_country(country, day)
    wanted = (parse_milli_percent(answers["tax_rate"]), answers["tax_name"])
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
        rate_milli=rate_milli,
        category="S",
        name=name,
        valid_from=business_date(ctx.at),
        ctx=ctx,
    )
    return f"Tax rule: {format_milli_percent(rate_milli)} {name} in {country_name(country)}"
