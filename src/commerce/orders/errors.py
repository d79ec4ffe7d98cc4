"""What errors about carts and orders say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "cart.action_unknown": _("A name is registered or transferred."),
    "cart.already_ordered": _("This cart was ordered already."),
    "cart.changed": _("Your cart has changed since you saw it. Look at it before you order."),
    "cart.currency_not_confirmed": _("Your cart is in another currency now; confirm that first."),
    "cart.currency_not_sold": _("We do not sell in this currency."),
    "cart.domain_twice": _("%(name)s is in the cart already."),
    "cart.item_gone": _("This item is not in the cart any more."),
    "cart.just_used": _("This cart was used just now."),
    "cart.one_currency": _("Your account is kept in one currency."),
    "cart.qty_is_one": _("The quantity of this is 1."),
    "cart.qty_out_of_range": _("The quantity is a whole number from 1 to 100."),
    "cart.term_fixed": _("The term of this cannot be chosen."),
    "cart.too_many_items": _("A cart holds at most %(most)s items."),
    "client.not_empty": _(
        "There is something left: %(left)s. End it first, or choose to end everything."
    ),
    "domain.auth_code_missing": _("The transfer needs the authorisation code."),
    "domain.no_auth_code": _("No authorisation code of %(domain)s is kept."),
    "domain.not_a_name": _("%(name)s is not a domain name."),
    "domain.not_registrable": _("Domain names cannot be registered here at present."),
    "domain.of_other_client": _("%(name)s is managed here for another account."),
    "domain.tld_not_sold": _("%(name)s: this ending is not sold here."),
    "order.address_incomplete": _("The billing address lacks this: %(missing)s."),
    "order.changed_meanwhile": _("This order was changed by somebody else just now."),
    "order.client_cannot_order": _("This account cannot order at present; please contact us."),
    "order.client_not_active": _("This client is %(status)s and cannot order."),
    "order.currency_not_sold": _("We do not sell in your currency any more."),
    "order.email_not_verified": _("Confirm your e-mail address before you order."),
    "order.form_used": _("This order form was used already."),
    "order.invoice_not_paid": _("The invoice of this order is not paid."),
    "order.no_items": _("An order needs at least one item."),
    "order.not_cancellable": _("This order cannot be cancelled any more."),
    "order.not_pending": _("Only a pending order can be put on hold."),
    "order.not_signed_in": _("Sign in or register before you order."),
    "order.notes_too_long": _("Notes have at most %(maximum)s characters."),
    "order.price_changed": _("The price has changed. Look at the new total before you order."),
    "order.terms_not_accepted": _("Accept the terms to order."),
    "order.too_many_items": _("An order has at most %(most)s items."),
    "price_override.negative": _("An agreed price must not be negative."),
    "price_override.staff_only": _(
        "Only staff agree on other prices, or order without an invoice."
    ),
    "price_override.too_large": _("This price is too large."),
    "product.needs_domain": _("%(name)s needs a domain name."),
    "product.not_offered": _("%(name)s is not offered in this billing cycle and currency."),
    "product.not_sold": _("This product is not sold any more."),
    "product.too_many_for_client": _("%(name)s: at most %(most)s for each client."),
    "tld.no_privacy": _(".%(tld)s has no privacy of the holder."),
}
