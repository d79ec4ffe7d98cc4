"""Everything that changes orders. One file per verb family; import the verbs from here."""

from commerce.orders.actions.placing import place_order, product_item
from commerce.orders.actions.states import (
    activate_order,
    cancel_order,
    move_order,
    release_order,
    stop_order_as_fraud,
)

__all__ = [
    "activate_order",
    "cancel_order",
    "move_order",
    "place_order",
    "product_item",
    "release_order",
    "stop_order_as_fraud",
]
