"""What errors about carts and orders say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

ERRORS = {
    "cart.action_unknown": _("Choose whether to register or transfer the domain."),
    "cart.already_ordered": _("This cart has already been ordered."),
    "cart.changed": _("Your cart has changed. Review it before you place your order."),
    "cart.code_not_valid": _("Enter the authorization code from your current registrar."),
    "cart.currency_not_confirmed": _(
        "The currency of your cart has changed. Confirm it to continue."
    ),
    "cart.currency_not_sold": _("We don't sell in this currency."),
    "cart.domain_twice": _("%(name)s is already in your cart."),
    "cart.item_gone": _("This item is no longer in your cart."),
    "cart.just_used": _("This cart was just used to place an order."),
    "cart.of_quote": _("This order is a quote, so its items can't be changed. Ask us for another."),
    "cart.one_currency": _("Your account is billed in a single currency."),
    "cart.qty_is_one": _("The quantity of this item is always 1."),
    "cart.qty_out_of_range": _("Enter a quantity from 1 to 100."),
    "cart.term_fixed": _("The term of this item can't be changed."),
    "cart.too_many_items": _n(
        "A cart can hold %(most)s item. Remove one to add another.",
        "A cart can hold up to %(most)s items. Remove one to add another.",
        "most",
    ),
    "client.not_empty": _(
        "This client still has: %(left)s. End these first, or choose to end everything."
    ),
    "domain.no_auth_code": _("No authorization code is stored for %(domain)s."),
    "domain.not_ordered_here": _("This domain wasn't ordered here, so no code can be saved."),
    "domain.not_registered": _(
        "%(name)s isn't registered yet. Register it instead of transferring it."
    ),
    "domain.not_registrable": _("Domain registration isn't available right now."),
    "domain.of_other_client": _(
        "%(name)s is already in another account. If it's yours, contact us."
    ),
    "domain.premium": _("%(name)s is a premium domain. Contact us for a price."),
    "domain.taken": _("%(name)s is already registered. Choose another name, or transfer it to us."),
    "domain.tld_not_sold": _("We don't offer the TLD of %(name)s. Try another one."),
    "order.address_incomplete": _("Complete your billing address. Missing: %(missing)s."),
    "order.billed_again": _(
        "Something in this order was billed again. Cancel its services and domains instead."
    ),
    "order.canceled": _("This order was canceled."),
    "order.changed_meanwhile": _("Someone else just changed this order. Reload and try again."),
    "order.client_cannot_order": _(
        "Your account can't place orders right now. Contact us for help."
    ),
    "order.client_not_active": _("This client isn't active and can't place orders."),
    "order.currency_not_sold": _("We no longer sell in your currency. Contact us for help."),
    "order.email_not_verified": _("Confirm your email address before you place an order."),
    "order.form_used": _("This order has already been submitted."),
    "order.invoice_not_paid": _("The invoice of this order hasn't been paid."),
    "order.no_items": _("Add at least one item to the order."),
    "order.not_cancellable": _("This order can no longer be canceled."),
    "order.not_pending": _("This order isn't pending."),
    "order.not_signed_in": _("Sign in or create an account to place your order."),
    "order.not_under_review": _("This order isn't under review."),
    "order.on_hold": _("This order is already on hold."),
    "order.price_changed": _(
        "Prices have changed. Review the new total before you place your order."
    ),
    "order.terms_not_accepted": _("Accept the terms to place your order."),
    "order.too_many_items": _n(
        "An order can have %(most)s item. Split it into several orders.",
        "An order can have up to %(most)s items. Split it into several orders.",
        "most",
    ),
    "order.too_many_units": _n(
        "An order can have %(most)s unit. Split it into several orders.",
        "An order can have up to %(most)s units in all. Split it into several orders.",
        "most",
    ),
    "order.under_review": _("This order is already under review."),
    "price_override.discount_not_valid": _(
        "Enter a discount of up to 100%%, or an amount above 0."
    ),
    "price_override.domain_renews_in_full": _(
        "A domain renews at its regular price. Take the discount off the first invoice only."
    ),
    "price_override.negative": _("Enter a price of 0 or more."),
    "price_override.staff_only": _("Only staff can set custom prices or order without an invoice."),
    "price_override.too_large": _("This price is too large. Enter a smaller amount."),
    "product.needs_domain": _("%(name)s requires a domain."),
    "product.not_offered": _("%(name)s isn't available in this billing cycle and currency."),
    "product.not_sold": _("This product is no longer available."),
    "product.too_many_for_client": _n(
        "%(name)s is limited to %(most)s per customer.",
        "%(name)s is limited to %(most)s per customer.",
        "most",
    ),
    "quote.ended": _("What was quoted is no longer on sale. Ask for a new quote."),
    "quote.expired": _("This quote has expired. Ask for a new one."),
    "sales_quote.empty": _("Add at least one item to the quote."),
    "sales_quote.gone": _("This draft was deleted."),
    "sales_quote.has_newer_version": _("A newer version of this quote exists."),
    "sales_quote.lapsed": _("This quote has expired. Ask us for a new one."),
    "sales_quote.last_day": _(
        "Choose a day between today and %(most)s days from now, until which the quote is valid."
    ),
    "sales_quote.no_client": _("Add the caller as a client first."),
    "sales_quote.not_draft": _("This quote has been sent and can't be changed. Revise it instead."),
    "sales_quote.not_open": _("This quote isn't open."),
    "sales_quote.not_revisable": _("Only a quote that was sent and not accepted can be revised."),
    "sales_quote.of_other_client": _("This quote is for another account."),
    "sales_quote.other_currency": _(
        "This quote is in %(currency)s, but the account is billed in another currency."
    ),
    "sales_quote.version_accepted": _("Another version of this quote was accepted."),
    "tld.no_privacy": _("WHOIS privacy isn't available for .%(tld)s domains."),
}
