"""Ways to pay, for tests."""

from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT

ACCOUNT = {
    "account_name": "Example Hosting GmbH",
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
}


def switch_on_bank_transfer(**over: str) -> None:
    """Bank transfer with an account; ``over`` are its fields."""
    for name, value in {**ACCOUNT, **over, "enabled": "on"}.items():
        set_setting(key=f"gateway.bank_transfer.{name}", value=value, ctx=Context(AT, SYSTEM))
