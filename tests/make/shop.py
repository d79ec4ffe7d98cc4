"""A small shop for browsers: options of every type, a set-up fee, few left, a cheaper year, a promo code, a TLD."""

from datetime import UTC, datetime

from commerce.catalog import actions as catalog
from commerce.catalog.models import Currency, Product
from commerce.domains import actions as domains
from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
WHO = {"at": AT, "actor": SYSTEM}
PREFERENCES = {
    "company.name": "Bright Hosting GmbH",
    "company.country": "DE",
    "company.tax_id": "DE123456789",
    "branding.name": "Bright Hosting",
    "domains.ns1": "ns1.example.net",
    "domains.ns2": "ns2.example.net",
    "gateway.bank_transfer.account_name": "Bright Hosting GmbH",
    "gateway.bank_transfer.iban": "DE89370400440532013000",
    "gateway.bank_transfer.enabled": "on",
}


def fill() -> None:
    """Open the shop."""
    for key, value in PREFERENCES.items():
        set_preference(key=key, value=value, **WHO)
    catalog.make_default_currency(currency=Currency.objects.get(pk="EUR"), **WHO)
    hosting = catalog.create_group(
        name="Web hosting", description="Fast disks, daily backups, no surprises.", **WHO
    )
    machines = catalog.create_group(name="Servers", **WHO)
    rocket = _product(hosting, "Rocket", {"monthly": 990, "annually": 9900}, setup=1500)
    _product(hosting, "Shuttle", {"monthly": 490, "annually": 4900})
    small = _product(machines, "Small server", {"monthly": 1290})
    catalog.set_stock(product=small, left=3, **WHO)
    catalog.set_stock(product=_product(machines, "Large server", {"monthly": 4990}), left=0, **WHO)
    _options(rocket)
    catalog.create_promo(code="WELCOME", percent=2000, **WHO)
    tld = domains.set_tld(tld="test", **WHO)
    domains.set_tld_price(
        tld=tld, currency_code="EUR", register=1200, renew=1400, transfer=1200, restore=None, **WHO
    )


def _product(group: object, name: str, prices: dict[str, int], setup: int = 0) -> Product:
    text = "For **busy** sites.\n\n* Free certificates\n* Backups each night\n* Help by people"
    product = catalog.create_product(name=name, group=group, description=text, **WHO)
    for cycle, price in prices.items():
        catalog.set_price(
            product=product,
            currency_code="EUR",
            billing_cycle=cycle,
            price=price,
            setup_fee=setup,
            **WHO,
        )
    return product


def _options(product: Product) -> None:
    group = catalog.create_option_group(name="Extras", products=[product], **WHO)
    for name, kind, values, price in (
        ("Memory", "dropdown", ["4 GB", "8 GB"], 300),
        ("Addresses", "quantity", ["IPv4 address"], 200),
        ("Backup elsewhere", "checkbox", ["Yes"], 250),
    ):
        more = {"maximum": 8, "required": False} if kind == "quantity" else {}
        if kind == "checkbox":
            more = {"required": False}
        option = catalog.create_option(
            group=group, name=name, kind=kind, values=values, **more, **WHO
        )
        for cycle, months in (("monthly", 1), ("annually", 10)):
            catalog.set_option_price(
                value=option.values.order_by("pk").last(),
                currency_code="EUR",
                billing_cycle=cycle,
                price=price * months,
                **WHO,
            )
