"""A guest's cart joins that of the client as whom they sign in (catalog-and-orders.md 6)."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from commerce.accounts.models import Client
from commerce.catalog.rules import OrderItemAction
from commerce.kit.context import Context
from commerce.orders.actions.carts import get_or_create_cart, lock_open_cart, move_cart
from commerce.orders.models import Cart, CartItem
from commerce.orders.rules import MAX_ORDER_ITEMS, CartStatus


@dataclass(frozen=True, slots=True)
class CartMerge:
    """The client's cart, and what of the guest's had no room in it."""

    cart: Cart
    left_out: tuple[str, ...] = ()


@transaction.atomic
def merge_carts(*, guest_key: str, client: Client, ctx: Context) -> CartMerge:
    """A guest signed in: their cart goes into the client's, the same name once, priced in the client's currency.

    As many items are taken as have room. A change of currency has to be confirmed before the order.
    """
    cart = get_or_create_cart(at=ctx.at, client=client)
    guest = Cart.objects.for_guest(guest_key).open().first()
    if guest is None:
        return CartMerge(cart)
    for each in sorted((cart, guest), key=lambda row: row.pk):
        lock_open_cart(each)
    known = set(cart.items.exclude(action=OrderItemAction.PRODUCT).values_list("domain", flat=True))
    room = MAX_ORDER_ITEMS - cart.items.count()
    position = cart.items.aggregate(last=Max("position"))["last"] or 0
    left_out = []
    for item in guest.items.order_by("position").select_related("product"):
        if item.action != OrderItemAction.PRODUCT and item.domain in known:
            continue
        if room <= 0:
            left_out.append(str(item))
            continue
        room, position = room - 1, position + 1
        CartItem.objects.filter(pk=item.pk).update(cart=cart, position=position)
    changed: dict[str, Any] = {}
    if guest.currency_id != cart.currency_id and cart.items.exists():
        changed["confirm_currency"] = True
    if guest.promo_code and not cart.promo_code:
        changed["promo_code"] = guest.promo_code
    Cart.objects.filter(pk=cart.pk).update(changed_at=ctx.at, **changed)
    move_cart(cart=guest, to=CartStatus.MERGED, ctx=ctx)
    guest.items.all().delete()
    cart.refresh_from_db()
    return CartMerge(cart, tuple(left_out))
