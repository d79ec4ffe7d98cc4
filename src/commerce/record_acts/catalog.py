"""What can be done with what is sold, its prices, currencies and taxes."""

from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.changes.price_changes.reprice_runs import withdraw_price_changes
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.catalog.actions import currencies, options
from commerce.catalog.actions.deletion import (
    delete_option_group,
    delete_product,
    delete_product_group,
    delete_promo,
)
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.catalog.actions.products import (
    change_product_group,
    create_product_group,
    set_product_status,
    set_stock,
)
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates_now
from commerce.domains.actions.tld_settings import add_tld, edit_tld, switch_sale_of_tlds
from commerce.kit.acts.act import Acts

PRODUCT_ACTS: Acts = (
    create_product,
    change_product,
    set_product_status,
    set_stock,
    delete_product,
)
"""What is done with a product besides its prices, picture, zone and welcome email."""

PRODUCT_GROUP_ACTS: Acts = (create_product_group, change_product_group, delete_product_group)

OPTION_GROUP_ACTS: Acts = (
    options.create_option_group,
    options.change_option_group,
    options.create_option,
    delete_option_group,
)

OPTION_ACTS: Acts = (options.change_option, options.add_option_value, options.remove_option)

OPTION_VALUE_ACTS: Acts = (options.change_option_value, options.remove_option_value)

PROMO_CODE_ACTS: Acts = (create_promo, change_promo, delete_promo)

CURRENCY_ACTS: Acts = (
    currencies.create_currency,
    fetch_exchange_rates_now,
    currencies.change_currency,
    currencies.set_exchange_rate,
    confirm_held_rate,
    currencies.activate_currency,
    currencies.deactivate_currency,
    currencies.make_default_currency,
    currencies.delete_currency,
)

TAX_RULE_ACTS: Acts = (add_tax_rule, remove_tax_rule)

PRICE_CHANGE_ACTS: Acts = (drop_price_change,)

PRICE_CHANGE_ACT_ACTS: Acts = (withdraw_price_changes,)
"""Of all that was announced at once."""

TLD_ACTS: Acts = (add_tld, edit_tld, switch_sale_of_tlds)
"""What is done with TLDs besides their prices and what their registries ask for."""
