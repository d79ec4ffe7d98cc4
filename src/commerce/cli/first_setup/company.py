"""The part of `commerce init` about the company: who it is, where, and in which time zone it counts its days."""

from collections.abc import Mapping

from babel.core import get_global

from commerce.accounts.rules import COUNTRIES_WITHOUT_POSTCODES
from commerce.cli.first_setup.interview import SetupInterview
from commerce.cli.first_setup.setting_answers import (
    is_company_known,
    known_setting,
    save_settings,
    setting_check,
)
from commerce.kit.context import Context

COUNTRIES_WITH_STATES = frozenset("AU BR CA IN MX US".split())

type Answers = Mapping[str, str]


def ask_company(interview: SetupInterview) -> Answers:
    """The answers by their settings."""
    interview.heading("Company (shown on invoices and in emails)")
    name = _ask(interview, "company_name", "company.name", "Company name")
    country = interview.answer(
        "company_country",
        "Country code, e.g. DE",
        lambda typed: setting_check("company.country")(typed.strip().upper()),
        known=known_setting("company.country"),
    )
    return {
        "company.name": name,
        "company.country": country,
        **_ask_address(interview, country),
        "company.tax_id": _ask(
            interview,
            "company_tax_id",
            "company.tax_id",
            "Tax ID, such as a VAT number (Enter to skip)",
            required=False,
        ),
        "company.email": _ask(interview, "company_email", "company.email", "Support email"),
        "branding.name": _ask(
            interview, "portal_name", "branding.name", "Portal name", proposal=name
        ),
        "billing.time_zone": _ask(
            interview,
            "time_zone",
            "billing.time_zone",
            "Time zone",
            proposal=proposed_time_zone(country),
        ),
    }


def _ask_address(interview: SetupInterview, country: str) -> Answers:
    keys = {
        "company.address1": ("company_address", "Street address", True),
        "company.postcode": (
            "company_postcode",
            "Postal code",
            country not in COUNTRIES_WITHOUT_POSTCODES,
        ),
        "company.city": ("company_city", "City", True),
    }
    if country in COUNTRIES_WITH_STATES or interview.is_given("company_state"):
        keys["company.state"] = ("company_state", "State or region", True)
    return {
        key: _ask(interview, question, key, text, required=required)
        for key, (question, text, required) in keys.items()
    }


def _ask(
    interview: SetupInterview,
    question: str,
    key: str,
    text: str,
    *,
    proposal: str = "",
    required: bool = True,
) -> str:
    """The answer to a question about a setting."""
    known = known_setting(key)
    return interview.answer(
        question, text, setting_check(key), known=known, proposal=proposal, required=required
    )


def proposed_time_zone(country: str) -> str:
    """That of a country which has one, or one beside a place where few people live; else UTC."""
    zones = get_global("territory_zones").get(country, ())
    return zones[0] if 0 < len(zones) < 3 else "UTC"


def save_company(answers: Answers, ctx: Context) -> list[str]:
    """What changed, in a line each. At first, readers who chose no time zone get the company's."""
    zone = answers["billing.time_zone"]
    display = {} if is_company_known() else {"locale.display_zone": zone}
    return save_settings({**answers, **display}, ctx)
