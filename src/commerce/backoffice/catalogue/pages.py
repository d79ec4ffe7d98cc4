"""The pages of the catalog."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.catalogue.options import (
    OptionAdmin,
    OptionGroupAdmin,
    OptionValueAdmin,
)
from commerce.backoffice.catalogue.price_changes import PriceChangeActAdmin, PriceChangeAdmin
from commerce.backoffice.catalogue.products import ProductAdmin, ProductGroupAdmin
from commerce.backoffice.catalogue.promos import PromoCodeAdmin
from commerce.backoffice.catalogue.rates import CurrencyAdmin, TaxRuleAdmin
from commerce.backoffice.catalogue.tlds import TLD_PAGES, TldAdmin

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
