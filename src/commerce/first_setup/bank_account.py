"""Being paid by bank transfer: the account that clients are shown."""

from collections.abc import Mapping

from commerce.first_setup.answers import is_changed, save_settings, setting_check
from commerce.kit.context import Context
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.rules import PaymentMethod

GATEWAY = f"gateway.{gateway_of_method(PaymentMethod.BANK_TRANSFER)}"


def looks_like_iban(text: str) -> bool:
    """Whether it begins as an IBAN does: two letters and two digits."""
    return text[:2].isalpha() and text[2:4].isdecimal()


def check_bank_account(typed: str) -> str:
    """An IBAN with the right check digits, or another number. Raises ``BusinessError``."""
    compact = "".join(typed.split())
    field = "iban" if looks_like_iban(compact) else "account_number"
    return setting_check(f"{GATEWAY}.{field}")(typed)


def save_bank_account(answers: Mapping[str, str], ctx: Context) -> list[str]:
    """What changed, in a line each; a new account is offered to clients at once."""
    if not answers:
        return []
    is_new = not is_changed(f"{GATEWAY}.account_name")
    return save_settings({**answers, **({f"{GATEWAY}.enabled": "on"} if is_new else {})}, ctx)
