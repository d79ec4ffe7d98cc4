"""The part of `commerce init` about the company: who it is, where, and in which time zone it counts its days."""

from collections.abc import Mapping

from commerce.accounts.rules import COUNTRIES_WITHOUT_POSTCODES
from commerce.cli.first_setup.interview import SetupInterview
from commerce.first_setup.answers import known_setting, setting_check
from commerce.first_setup.company import COUNTRIES_WITH_STATES, proposed_time_zone

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
