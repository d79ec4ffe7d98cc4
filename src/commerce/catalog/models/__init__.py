"""What is sold and for how much. One file per noun; import the models from here."""

from commerce.catalog.models.currencies import Currency, SharedRevision
from commerce.catalog.models.options import Option, OptionGroup, OptionPrice, OptionValue
from commerce.catalog.models.prices import GroupPrice, Price
from commerce.catalog.models.products import (
    FormerSlug,
    Product,
    ProductGroup,
    ProductPicture,
    ServerGroup,
    Stock,
    tax_kind_expression,
)
from commerce.catalog.models.promos import PromoAmount, PromoCode

__all__ = [
    "Currency",
    "FormerSlug",
    "GroupPrice",
    "Option",
    "OptionGroup",
    "OptionPrice",
    "OptionValue",
    "Price",
    "Product",
    "ProductGroup",
    "ProductPicture",
    "PromoAmount",
    "PromoCode",
    "ServerGroup",
    "SharedRevision",
    "Stock",
    "tax_kind_expression",
]
