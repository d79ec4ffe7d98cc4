"""Everything that changes the catalogue. One file per noun; import the verbs from here."""

from commerce.catalog.actions.currencies import (
    change_currency,
    create_currency,
    delete_currency,
    make_default_currency,
    set_rate,
)
from commerce.catalog.actions.options import (
    add_value,
    change_option,
    change_option_group,
    change_value,
    create_option,
    create_option_group,
    link_products,
    remove_option,
    remove_value,
    set_option_price,
)
from commerce.catalog.actions.prices import (
    remove_group_price,
    remove_price,
    set_group_price,
    set_price,
)
from commerce.catalog.actions.products import (
    change_group,
    change_product,
    create_group,
    create_product,
    move_product,
    rename_product,
    return_stock,
    set_slug,
    set_stock,
    take_stock,
)
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.actions.removal import (
    delete_group,
    delete_option_group,
    delete_product,
    delete_promo,
)
from commerce.catalog.actions.shared import lay_first_rows, raise_shared_revision

__all__ = [
    "add_value",
    "change_currency",
    "change_group",
    "change_option",
    "change_option_group",
    "change_product",
    "change_promo",
    "change_value",
    "create_currency",
    "create_group",
    "create_option",
    "create_option_group",
    "create_product",
    "create_promo",
    "delete_currency",
    "delete_group",
    "delete_option_group",
    "delete_product",
    "delete_promo",
    "lay_first_rows",
    "link_products",
    "make_default_currency",
    "move_product",
    "raise_shared_revision",
    "remove_group_price",
    "remove_option",
    "remove_price",
    "remove_value",
    "rename_product",
    "return_stock",
    "set_group_price",
    "set_option_price",
    "set_price",
    "set_rate",
    "set_slug",
    "set_stock",
    "take_stock",
]
