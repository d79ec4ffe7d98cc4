"""Everything that changes orders. One file per verb family; import the verbs from here, those of carts from
``carts``.
"""

from commerce.orders.actions.closing import close_account
from commerce.orders.actions.life import (
    activate_order,
    activate_paid_order,
    approve_order,
    hold_order,
    note_order,
)
from commerce.orders.actions.ordering import (
    PriceChanged,
    PromoRefused,
    place_cart,
    place_quoted_order,
)
from commerce.orders.actions.placing import place_order, product_item
from commerce.orders.actions.states import (
    cancel_order,
    cancel_order_without_invoice,
    cancel_unpaid_order,
    is_unpaid,
    move_order,
    reject_order,
)
from commerce.orders.actions.stopping import release_order, stop_order_as_fraud

__all__ = [
    "PriceChanged",
    "PromoRefused",
    "activate_order",
    "activate_paid_order",
    "approve_order",
    "cancel_order",
    "cancel_order_without_invoice",
    "cancel_unpaid_order",
    "close_account",
    "hold_order",
    "is_unpaid",
    "move_order",
    "note_order",
    "place_cart",
    "place_order",
    "place_quoted_order",
    "product_item",
    "reject_order",
    "release_order",
    "stop_order_as_fraud",
]
