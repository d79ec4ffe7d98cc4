"""Whether a name that is ordered is what its order needs: free, or registered elsewhere (domains.md 8)."""

from commerce.catalog.rules import OrderItemAction
from commerce.domains.availability import NameAnswer, NameState, check_names, seconds_to_wait
from commerce.domains.rules import normalize_name
from commerce.kit.errors import BusinessError
from commerce.orders.cart_lines import DomainCartLine
from commerce.orders.quote import OrderQuote


def check_name_answer(answer: NameAnswer, action: str) -> None:
    """Raises ``BusinessError`` for a name that certainly cannot be registered or transferred.

    One that could not be checked passes: it is asked again before it is registered, and credited if it was taken.
    """
    if answer.state == NameState.MANAGED_HERE:
        raise BusinessError("domain.already_managed", name=answer.name, field="domain")
    if action == OrderItemAction.TRANSFER:
        if answer.state in (NameState.AVAILABLE, NameState.PREMIUM):
            raise BusinessError("domain.not_registered", name=answer.name, field="domain")
    elif answer.state == NameState.TAKEN:
        raise BusinessError("domain.taken", name=answer.name, field="domain")
    elif answer.state == NameState.PREMIUM:
        raise BusinessError("domain.premium", name=answer.name, field="domain")


def check_name(name: str, action: str, currency_code: str) -> NameAnswer:
    """Ask the registrar about a name (in ASCII form) and say what is known. Not inside a transaction.

    Raises ``BusinessError`` for what is no name, and as ``check_name_answer``; what is not sold the cart refuses.
    """
    name = normalize_name(name, field="domain")
    with seconds_to_wait() as seconds:
        answer = check_names([name], currency_code, seconds=seconds)[name]
    check_name_answer(answer, action)
    return answer


def check_names_of_order(quote: OrderQuote) -> None:
    """Ask the registrars about the names of an order once more. Not inside a transaction. Raises ``BusinessError``."""
    actions = {
        line.domain: line.action for line in quote.cart_lines if isinstance(line, DomainCartLine)
    }
    if not actions:
        return
    for name, answer in check_names(actions, quote.currency_code).items():
        check_name_answer(answer, actions[name])
