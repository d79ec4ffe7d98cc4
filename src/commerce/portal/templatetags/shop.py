"""Tags of the store: Markdown of product texts, names of countries, the number on the cart."""

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.kit.periods import BillingCycle
from commerce.orders.quote import RenewalQuote
from commerce.portal.shop import shopper
from commerce.presentation.amounts import format_money
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_day, format_percent
from commerce.presentation.markdown import markdown

register = template.Library()

BILLED_TEXTS = {
    BillingCycle.MONTHLY: _lazy("%(amount)s billed monthly"),
    BillingCycle.QUARTERLY: _lazy("%(amount)s billed every three months"),
    BillingCycle.SEMI_ANNUALLY: _lazy("%(amount)s billed every six months"),
    BillingCycle.ANNUALLY: _lazy("%(amount)s billed yearly"),
    BillingCycle.BIENNIALLY: _lazy("%(amount)s billed every two years"),
    BillingCycle.TRIENNIALLY: _lazy("%(amount)s billed every three years"),
    BillingCycle.ONE_TIME: _lazy("%(amount)s billed once"),
}
"""What is charged in each cycle, in words."""

RENEWAL_TEXTS = {
    BillingCycle.MONTHLY: _lazy("Renews on %(day)s at %(amount)s per month"),
    BillingCycle.QUARTERLY: _lazy("Renews on %(day)s at %(amount)s every three months"),
    BillingCycle.SEMI_ANNUALLY: _lazy("Renews on %(day)s at %(amount)s every six months"),
    BillingCycle.ANNUALLY: _lazy("Renews on %(day)s at %(amount)s per year"),
    BillingCycle.BIENNIALLY: _lazy("Renews on %(day)s at %(amount)s every two years"),
    BillingCycle.TRIENNIALLY: _lazy("Renews on %(day)s at %(amount)s every three years"),
}
"""What renews when and for how much, in words."""

register.filter("markdown", markdown)
register.filter("country", country_name)
register.filter("percent", format_percent)


@register.simple_tag
def billed(cycle: str, amount: int, currency: str) -> str:
    """``{% billed "annually" 5000 "USD" %}``: "$50.00 billed yearly"."""
    return BILLED_TEXTS[BillingCycle(cycle)] % {"amount": format_money(amount, currency)}


@register.simple_tag
def renewal_text(renewal: RenewalQuote, currency: str) -> str:
    """``{% renewal_text renewal "USD" %}``: "Renews on Dec 27, 2026 at $14.76 per month", with tax."""
    assert renewal.first_on is not None
    values = {
        "day": format_day(renewal.first_on),
        "amount": format_money(renewal.total, currency),
        "years": renewal.years,
    }
    if renewal.years > 1:
        return (
            ngettext(
                "Renews on %(day)s at %(amount)s every %(years)s year",
                "Renews on %(day)s at %(amount)s every %(years)s years",
                renewal.years,
            )
            % values
        )
    return RENEWAL_TEXTS[BillingCycle(renewal.billing_cycle)] % values


@register.simple_tag(takes_context=True)
def cart_count(context: template.Context) -> int:
    """``{% cart_count as items %}``: how many items the visitor's cart has."""
    request = context.get("request")
    return shopper.count_cart_items(request) if isinstance(request, HttpRequest) else 0
