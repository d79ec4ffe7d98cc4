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


def account_answers(
    *, account: str, account_name: str, routing_number: str, bic: str
) -> dict[str, str]:
    """The answers by their settings: an IBAN has no routing number, and the other way round."""
    by_iban = looks_like_iban("".join(account.split()))
    return {
        f"{GATEWAY}.iban": account if by_iban else "",
        f"{GATEWAY}.account_number": "" if by_iban else account,
        f"{GATEWAY}.account_name": account_name,
        f"{GATEWAY}.routing_number": "" if by_iban else routing_number,
        f"{GATEWAY}.bic": bic,
    }


def save_bank_account(answers: Mapping[str, str], ctx: Context) -> list[str]:
    """What changed, in a line each; a new account is offered to clients at once."""
    if not answers:
        return []
    is_new = not is_changed(f"{GATEWAY}.account_name")
    changed = save_settings(answers, ctx)
    return changed + (save_settings({f"{GATEWAY}.enabled": "on"}, ctx) if is_new else [])
