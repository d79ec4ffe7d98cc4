"""What errors about products, prices, currencies and promo codes say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

ERRORS = {
    "billing_cycle.not_valid": _("%(billing_cycle)s isn't a billing cycle."),
    "billing_cycle.unknown": _("Select a billing cycle from the list."),
    "catalog.text_too_long": _("Shorten %(label)s to %(maximum)s characters or fewer."),
    "currency.already_active": _("This currency is already active."),
    "currency.already_default": _("This is the default currency."),
    "currency.already_inactive": _("This currency is already inactive."),
    "currency.code_not_valid": _(
        "%(code)s isn't an ISO 4217 currency code. Use a code such as EUR."
    ),
    "currency.default_in_use": _(
        "%(currency)s is your default currency and already in use. "
        "Set another default in the catalog."
    ),
    "currency.default_inactive": _("Activate this currency before you make it the default."),
    "currency.default_not_deletable": _(
        "You can't delete the default currency. Set another default first."
    ),
    "currency.default_rate_fixed": _("The exchange rate of the default currency is always 1."),
    "currency.default_stays_active": _(
        "You can't deactivate the default currency. Set another default first."
    ),
    "currency.exists": _("Currency %(code)s already exists."),
    "currency.in_use": _(
        "%(name)s can't be deleted because it's in use: %(users)s. Deactivate it to stop new orders."
    ),
    "currency.no_rate_held": _("No published rate waits to be confirmed."),
    "currency.not_active": _("Currency %(currency)s isn't active."),
    "currency.rate_not_positive": _("Enter an exchange rate above 0."),
    "currency.rate_too_long": _("Enter an exchange rate with 23 digits or fewer."),
    "currency.rates_by_hand": _(
        "Exchange rates are set by hand. To get them from the European Central Bank, change that in the tax settings."
    ),
    "currency.rates_not_fetched": _(
        "The European Central Bank gave no exchange rates, so yours stay as they are: %(reason)s."
    ),
    "currency.unknown": _("Currency %(currency)s hasn't been set up."),
    "currency.used_by_clients": _(
        "%(currency)s can't be deleted because clients are billed in it. Deactivate it to "
        "stop new orders."
    ),
    "currency.used_by_setting": _(
        "%(currency)s can't be deleted because a setting uses it. Deactivate it to stop new orders."
    ),
    "option.last_value": _("This is the last value. Delete the option instead."),
    "option.name_taken": _("This group already has an option with this name."),
    "option.not_of_product": _("This option isn't available for this product."),
    "option.not_on_or_off": _("Set %(option)s to on or off."),
    "option.not_ticked": _("Select %(option)s to continue."),
    "option.number_out_of_range": _(
        "Enter a whole number from %(least)s to %(most)s for %(option)s."
    ),
    "option.one_value_only": _("Checkboxes and quantities have exactly one value."),
    "option.range_not_valid": _("The minimum can't be greater than the maximum."),
    "option.total_negative": _("The selected options can't bring the price below zero."),
    "option.value_not_offered": _("Select one of the values offered for %(option)s."),
    "option.value_taken": _("This option already has this value."),
    "option.values_not_distinct": _("Each value of an option must be different."),
    "option_group.name_taken": _("An option group with this name already exists."),
    "option_group.used_by_products": _(
        "Option group %(group)s can't be deleted because products use it: %(products)s. "
        "Unlink them first."
    ),
    "price.changed_meanwhile": _(
        "Someone else changed these prices in the meantime. Check yours, then save again."
    ),
    "price.negative": _("Enter a price of 0 or more."),
    "price.none": _("No products have prices yet."),
    "price.setup_fee_negative": _("Enter a setup fee of 0 or more."),
    "price.unknown": _("This price doesn't exist."),
    "product.address_not_valid": _("Enter a slug of lowercase letters, digits, and hyphens."),
    "product.address_taken": _("A product with this slug already exists."),
    "product.feature_doubled": _("The feature %(feature)s is listed twice. Keep one of them."),
    "product.feature_too_long": _(
        "The feature “%(feature)s” is too long. Shorten it to %(maximum)s characters or fewer."
    ),
    "product.in_use": _(
        "%(name)s can't be deleted because it's in use: %(users)s. Retire it to stop selling it."
    ),
    "product.is_retired": _("This product is retired. Hide it first, then offer it again."),
    "product.mail_template_unknown": _("Mail template %(name)s not found. Create it first."),
    "product.module_unknown": _("Module %(name)s not found. Available modules: %(known)s."),
    "product.name_taken": _("A product with this name already exists."),
    "product.no_name": _("Enter a name."),
    "product.priced_by_tld": _("Domains are priced by TLD. Set their prices with the TLD instead."),
    "product.sold_out": _("%(name)s is sold out."),
    "product.status_unchanged": _("The product already has this status."),
    "product.too_few_left": _n(
        "Only %(left)s of %(name)s is in stock. Reduce the quantity.",
        "Only %(left)s of %(name)s are in stock. Reduce the quantity.",
        "left",
    ),
    "product.too_many_features": _("Enter %(maximum)s features or fewer."),
    "product.unknown": _("Product %(slug)s not found."),
    "product.used_by_promo_codes": _(
        "Product %(product)s can't be deleted because promo codes use it: %(promo_codes)s. "
        "Remove it from them, or retire it."
    ),
    "product_group.address_taken": _("A product group with this slug already exists."),
    "product_group.in_use": _(
        "%(name)s can't be deleted because it's in use: %(users)s. "
        "Move its products to another group, or hide it."
    ),
    "product_group.unknown": _("Product group %(slug)s not found."),
    "promo_code.amount_not_positive": _("Enter an amount above 0."),
    "promo_code.code_not_valid": _(
        "Use up to 50 letters, digits, hyphens, and underscores for the code."
    ),
    "promo_code.currency_unknown": _("Currency %(currencies)s hasn't been set up."),
    "promo_code.discount_not_valid": _("Enter a discount of up to 100%%, or an amount."),
    "promo_code.ended": _("This promo code has expired."),
    "promo_code.ends_before_start": _("The end date can't be before the start date."),
    "promo_code.exists": _("This promo code already exists."),
    "promo_code.for_new_clients": _("This promo code is for new customers only."),
    "promo_code.in_use": _(
        "%(name)s can't be deleted because it's in use: %(users)s. Deactivate it instead."
    ),
    "promo_code.not_begun": _("This promo code isn't active yet."),
    "promo_code.not_for_this_cart": _("This promo code doesn't apply to the items in your cart."),
    "promo_code.not_in_currency": _("This promo code isn't available in %(currency)s."),
    "promo_code.not_valid": _("This promo code isn't valid. Check the spelling and try again."),
    "promo_code.used_by_client": _("You've already used this promo code."),
    "promo_code.used_up": _("This promo code is no longer available."),
    "server_group.in_use": _("%(name)s can't be deleted because it's in use: %(users)s."),
    "server_group.name_taken": _("A server group with this name already exists."),
    "server_group.unknown": _("Server group %(name)s not found."),
    "setting.currency_unknown": _("Currency %(currencies)s hasn't been set up. Add it first."),
    "setting.rate_days_too_few": _(
        "With rates of the European Central Bank, enter %(least)s days or more: it publishes none on its holidays."
    ),
}
