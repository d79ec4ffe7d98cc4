"""What a program expects an act to cost, so that nothing is bought at another price (client-api-v2.md 4)."""

from typing import Annotated

from msgspec import Meta, Struct

from commerce.api.core.errors import ApiProblem, Error
from commerce.api.v2.writing.bodies import member_problem, missing_member
from commerce.presentation.amounts import format_money


class ExpectedTotal(Struct, frozen=True, forbid_unknown_fields=True):
    """The gross amount that an act bills, before credit; what is due, for a payment."""

    amount: Annotated[
        int,
        Meta(
            description="In the currency's smallest unit. Negative for a downgrade.",
            examples=[1440],
        ),
    ]
    currency_code: Annotated[
        str,
        Meta(
            pattern=r"^[A-Z]{3}$",
            description="The currency, an ISO 4217 code: that of the account.",
            examples=["EUR"],
        ),
    ]


def check_expected(expected: ExpectedTotal | None, *, amount: int, currency_code: str) -> None:
    """That an act costs what was expected. Raises ``ApiProblem``: 422 if nothing was said, 409 if it is another price,
    which it names.
    """
    if expected is None:
        raise member_problem([missing_member("expected_total")])
    if expected != ExpectedTotal(amount, currency_code):
        raise price_changed(amount, currency_code)


def price_changed(amount: int, currency_code: str) -> ApiProblem:
    """409 with what it costs now."""
    text = f"The price is now {format_money(amount, currency_code)}."
    return ApiProblem(409, Error(text), code="price.changed")
