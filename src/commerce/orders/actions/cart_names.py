"""What is chosen of a name that is in a cart already: the code of its transfer, and WHOIS privacy."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.catalog.rules import OrderItemAction
from commerce.domains.offers import offer_for_name
from commerce.kit.errors import BusinessError
from commerce.orders.actions.carts import lock_open_cart
from commerce.orders.models import Cart, CartItem
from commerce.orders.quote import encrypt_auth_code


@transaction.atomic
def set_cart_auth_code(*, cart: Cart, item_id: int, auth_code: str, at: datetime) -> None:
    """The code of a transfer, in place of the one before. Raises ``BusinessError`` for another item."""
    lock_open_cart(cart)
    item = _name(cart, item_id)
    if item.action != OrderItemAction.TRANSFER:
        raise BusinessError("cart.item_gone")
    _change(cart, item, at, auth_code=encrypt_auth_code(auth_code))


@transaction.atomic
def set_cart_privacy(*, cart: Cart, item_id: int, enabled: bool, at: datetime) -> None:
    """Whether the holder of a name shall be hidden. Raises ``BusinessError`` where its TLD does not allow that."""
    lock_open_cart(cart)
    item = _name(cart, item_id)
    offer = offer_for_name(item.domain, cart.currency_id)
    if enabled and offer is not None and not offer.privacy_available:
        raise BusinessError("tld.no_privacy", tld=offer.tld, field="whois_privacy")
    _change(cart, item, at, whois_privacy=enabled)


def _name(cart: Cart, item_id: int) -> CartItem:
    found = cart.items.exclude(action=OrderItemAction.PRODUCT).filter(pk=item_id).first()
    if found is None:
        raise BusinessError("cart.item_gone")
    return found


def _change(cart: Cart, item: CartItem, at: datetime, **values: Any) -> None:
    CartItem.objects.filter(pk=item.pk).update(**values)
    Cart.objects.filter(pk=cart.pk).update(changed_at=at)
    cart.refresh_from_db()
