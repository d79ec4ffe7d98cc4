"""The pages of the catalog."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.catalog.options import (
    OptionAdmin,
    OptionGroupAdmin,
    OptionValueAdmin,
)
from commerce.backoffice.catalog.price_changes import PriceChangeActAdmin, PriceChangeAdmin
from commerce.backoffice.catalog.products import ProductAdmin, ProductGroupAdmin
from commerce.backoffice.catalog.promos import PromoCodeAdmin
from commerce.backoffice.catalog.rates import CurrencyAdmin, TaxRuleAdmin
from commerce.backoffice.catalog.tlds import TLD_PAGES, TldAdmin

ROOM = Room(
    records=(
        ProductAdmin,
        ProductGroupAdmin,
        OptionGroupAdmin,
        OptionAdmin,
        OptionValueAdmin,
        PromoCodeAdmin,
        CurrencyAdmin,
        TaxRuleAdmin,
        PriceChangeAdmin,
        PriceChangeActAdmin,
        TldAdmin,
    ),
    pages=TLD_PAGES,
)
