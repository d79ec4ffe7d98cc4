"""A client whose VAT number decides about his tax."""

from datetime import date

from commerce.accounts.models import Client
from commerce.billing.tax.actions import add_tax_rule
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client

SWEDISH = "SE556677889901"


def sell_from_ireland() -> None:
    """The company is Irish and has a number; Ireland takes 23 %, Sweden 25 %."""
    for key, value in (("company.country", "IE"), ("company.tax_id", "IE6433435F")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    for country, rate in (("IE", 23_000), ("SE", 25_000)):
        since = date(2020, 1, 1)
        add_tax_rule(
            country=country,
            rate=rate,
            category="S",
            valid_from=since,
            ctx=Context(AT, SYSTEM),
        )


def make_swede(**over: object) -> Client:
    """A Swedish business with a number that VIES can be asked about, and a company in Ireland that sells to it."""
    sell_from_ireland()
    return make_client(**{"country": "SE", "tax_id": SWEDISH, "company": "Lindqvist"} | over)
