"""What errors about products, prices, currencies and promo codes say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "billing_cycle.not_valid": _("%(billing_cycle)s is not a billing cycle."),
    "billing_cycle.unknown": _("There is no such billing cycle."),
    "catalog.in_use": _("%(name)s is in use (%(users)s) and cannot be deleted. %(instead)s"),
    "catalog.limit_not_positive": _("A limit is at least 1."),
    "catalog.text_too_long": _("The %(label)s has at most %(maximum)s characters."),
    "currency.code_not_valid": _("%(code)s is not a currency of ISO 4217, such as EUR."),
    "currency.default_not_deletable": _(
        "The default currency cannot be deleted. Make another one the default first."
    ),
    "currency.default_rate_fixed": _("The default currency is worth 1."),
    "currency.default_stays_active": _("The default currency is always active."),
    "currency.exists": _("%(code)s exists already."),
    "currency.not_active": _("%(currency)s is not active."),
    "currency.rate_not_positive": _("A rate is a number above 0."),
    "currency.rate_too_long": _("A rate has at most 23 digits."),
    "currency.unknown": _("%(currency)s is not a currency of this installation."),
    "currency.used_by_clients": _(
        "Clients are billed in %(currency)s and it cannot be deleted. Make it inactive: no "
        "new orders are taken in it."
    ),
    "currency.used_by_setting": _(
        "A setting names %(currency)s and it cannot be deleted. Make it inactive: no new "
        "orders are taken in it."
    ),
    "option.name_taken": _("The group has an option of this name already."),
    "option.no_values": _("An option has at least one value."),
    "option.not_of_product": _("This option does not belong to the product."),
    "option.not_on_or_off": _("%(option)s is either on or off."),
    "option.not_ticked": _("%(option)s must be ticked."),
    "option.number_out_of_range": _("%(option)s is a whole number from %(least)s to %(most)s."),
    "option.one_value_only": _("A %(kind)s has exactly one value."),
    "option.range_not_valid": _("The smallest number is not above the largest."),
    "option.total_negative": _("The chosen options cost less than nothing."),
    "option.value_not_offered": _("%(option)s is not offered with this value."),
    "option.value_taken": _("The option has this value already."),
    "option.values_not_distinct": _("An option has values that differ."),
    "option_group.name_taken": _("An option group has this name already."),
    "option_group.used_by_products": _(
        "%(group)s cannot be deleted: products offer it (%(products)s). Unlink them first."
    ),
    "price.negative": _("A price is not negative."),
    "price.setup_fee_negative": _("A setup fee is not negative."),
    "price.unknown": _("There is no such price."),
    "product.activation_unknown": _("A product is activated manual or immediate."),
    "product.address_not_valid": _("An address has small letters, digits and hyphens; give one."),
    "product.address_taken": _("A product has this address already."),
    "product.feature_doubled": _("The feature %(feature)s is listed twice. Keep one of them."),
    "product.feature_too_long": _(
        "The feature “%(feature)s” is too long. Use at most %(maximum)s characters."
    ),
    "product.mail_template_unknown": _(
        "There is no mail template %(name)s. `commerce mail template set` makes it."
    ),
    "product.module_unknown": _("There is no module %(name)s. There is: %(known)s."),
    "product.no_name": _("Give a name."),
    "product.priced_by_tld": _("Domains are priced by their TLD."),
    "product.sold_out": _("%(name)s is sold out."),
    "product.stock_negative": _("A stock is not negative."),
    "product.tax_kind_unknown": _("A tax kind is hosting, domain or other."),
    "product.too_few_left": _("%(name)s: only %(left)s left."),
    "product.too_many_features": _("A product can have at most %(maximum)s features."),
    "product.used_by_promo_codes": _(
        "%(product)s cannot be deleted: promo codes name it (%(promo_codes)s). Take it out of"
        " them first, or retire it."
    ),
    "product_group.address_taken": _("A product group has this address already."),
    "promo_code.amount_not_positive": _("An amount is above 0."),
    "promo_code.code_not_valid": _("A code has letters, digits, _ and -, at most 50."),
    "promo_code.currency_unknown": _("%(currencies)s is not a currency here."),
    "promo_code.discount_not_valid": _("A code takes off up to 100 %%, or an amount."),
    "promo_code.ended": _("This promo code has ended."),
    "promo_code.ends_before_start": _("A code does not end before it starts."),
    "promo_code.exists": _("This code exists already."),
    "promo_code.for_new_clients": _("This promo code is for new clients only."),
    "promo_code.not_begun": _("This promo code cannot be used yet."),
    "promo_code.not_for_this_cart": _("This promo code is not for what is in the cart."),
    "promo_code.not_in_currency": _("This promo code cannot be used in %(currency)s."),
    "promo_code.not_valid": _("This promo code is not known."),
    "promo_code.used_by_client": _("You have used this promo code already."),
    "promo_code.used_up": _("This promo code is used up."),
    "setting.currency_unknown": _(
        "%(currencies)s is no currency of this installation; `commerce currency list` has them."
    ),
}
