"""Whether a name that is ordered is what its order needs: free, or registered elsewhere (domains.md 8)."""

from commerce.catalog.rules import OrderItemAction
from commerce.domains.availability import NameAnswer, NameState, check_names, seconds_to_wait
from commerce.domains.rules import normalize_name
from commerce.kit.errors import BusinessError
from commerce.orders.models import Cart


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


def check_cart_names(cart: Cart) -> None:
    """Ask the registrars about the names in a cart once more. Not inside a transaction. Raises ``BusinessError``."""
    items = cart.items.exclude(action=OrderItemAction.PRODUCT).order_by("position")
    actions = dict(items.values_list("domain", "action"))
    if not actions:
        return
    for name, answer in check_names(actions, cart.currency_id).items():
        check_name_answer(answer, actions[name])
