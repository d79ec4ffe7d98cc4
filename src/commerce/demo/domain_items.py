"""Domain items of demo orders, at the usual prices."""

from commerce.billing.rules import Tax
from commerce.demo.company import NAMESERVERS
from commerce.orders.rules import DomainItem

# Currency: a year of registration, a transfer, a year of renewal; minor units.
PRICES = {"USD": (1200, 1100, 1400), "EUR": (1100, 1000, 1300), "KWD": (3600, 3300, 4200)}


def registration(
    name: str, tax: Tax, *, currency: str = "USD", years: int = 1, renews: bool = True
) -> DomainItem:
    """A registration with the company's nameservers."""
    price, _, renewal = PRICES[currency]
    return DomainItem(
        action="register",
        domain=name,
        unit_amount=price,
        renewal=renewal,
        years=years,
        nameservers=NAMESERVERS,
        auto_renew=renews,
        tax=tax,
    )


def transfer(name: str, tax: Tax, *, currency: str = "USD") -> DomainItem:
    """A transfer to us; its nameservers are not known before it is done."""
    _, price, renewal = PRICES[currency]
    return DomainItem(action="transfer", domain=name, unit_amount=price, renewal=renewal, tax=tax)
