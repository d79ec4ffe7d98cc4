"""The part of `commerce init` about what is sold: the currency, a product group, and a product with its price."""

from collections.abc import Mapping

from commerce.catalog.models import Price, ProductGroup
from commerce.cli.first_setup.interview import SetupInterview
from commerce.first_setup.sales import (
    check_currency_code,
    check_name,
    check_price,
    find_product_of_name,
    known_currency,
    known_price,
    proposed_currency,
)


def ask_sales(interview: SetupInterview, country: str) -> Mapping[str, str]:
    """The answers by question; without a ``product`` none is made."""
    interview.heading("What you sell")
    currency = interview.answer(
        "currency",
        "Currency code, e.g. EUR",
        check_currency_code,
        known=known_currency(),
        proposal=proposed_currency(country),
    )
    answers = {"currency": currency}
    if Price.objects.exists() and not interview.is_given("product", "price"):
        return answers
    answers["product"] = interview.answer(
        "product", "First product, e.g. Starter (Enter to skip)", check_name, required=False
    )
    if not answers["product"]:
        return answers
    found = find_product_of_name(answers["product"])
    first = ProductGroup.objects.order_by("position", "pk").first()
    answers["product_group"] = interview.answer(
        "product_group",
        "Product group",
        check_name,
        known=found.group.name if found else first.name if first else "",
        proposal="Web hosting",
    )
    answers["price"] = interview.answer(
        "price",
        f"Price per month in {currency}",
        lambda typed: check_price(typed, currency),
        known=known_price(found, currency),
    )
    return answers
