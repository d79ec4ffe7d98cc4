"""The demo company: who it is, what it sells and at what price."""

from datetime import datetime

from commerce.catalog.actions import create_currency, create_group, create_product, set_price
from commerce.catalog.models import Currency, Product, ProductGroup
from commerce.hosting.actions import create_server
from commerce.hosting.models import Server
from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference
from commerce.preferences.models import Setting

SETTINGS = {
    "company.name": "Harbour Hosting Ltd",
    "company.email": "support@harbour-hosting.example",
    "company.address1": "4 Custom House Quay",
    "company.city": "Dublin",
    "company.postcode": "D01 X2P3",
    "company.country": "IE",
    "company.phone": "+353 1 555 0142",
    "company.website": "https://harbour-hosting.example",
    "company.tax_id": "IE1234567FA",
    "company.registration_no": "CRO 123456",
    "branding.name": "Harbour Hosting",
    "tax.vies_enabled": "off",  # a made-up company asks nobody about made-up numbers
}

CURRENCIES = {
    "USD": ("US dollar", "$", ""),
    "EUR": ("Euro", "€", ""),
    "JPY": ("Japanese yen", "¥", ""),
    "KWD": ("Kuwaiti dinar", "", "KWD"),
}

# Product: its group, what it is, and for each currency its prices by cycle, "+" before a setup fee, in minor units.
PRODUCTS = {
    "Starter hosting": (
        "Web hosting",
        "One website, 10 GB of storage, daily backups.",
        {
            "USD": "monthly 500, quarterly 1400, semi_annually 2700, annually 5000, biennially 9500",
            "EUR": "monthly 450, quarterly 1300, annually 4500",
            "JPY": "monthly 700, annually 7000",
        },
    ),
    "Business hosting": (
        "Web hosting",
        "Ten websites, 50 GB of storage, staging areas.",
        {
            "USD": "monthly 1200, quarterly 3400, semi_annually 6600, annually 12000",
            "EUR": "monthly 1100, annually 11000",
            "JPY": "monthly 1500, annually 15000",
            "KWD": "monthly 3750, annually 36500",
        },
    ),
    "Pro hosting": (
        "Web hosting",
        "Unlimited websites, 200 GB of storage, priority support.",
        {"USD": "monthly 2500+1500, annually 25000+1500, triennially 67500+1500"},
    ),
    "VPS S": (
        "Virtual servers",
        "2 cores, 4 GB of memory, 80 GB of storage.",
        {"USD": "monthly 1800+2500, annually 19000+2500", "EUR": "monthly 1700+2000"},
    ),
    "VPS L": (
        "Virtual servers",
        "8 cores, 16 GB of memory, 320 GB of storage.",
        {"USD": "monthly 4200+2500, annually 45000+2500"},
    ),
    "SSL certificate": (
        "Security",
        "Wildcard certificate, installed for you.",
        {"USD": "annually 4900, biennially 8900", "EUR": "annually 4500"},
    ),
    "Website migration": (
        "Help by people",
        "We move your website, mail and databases.",
        {"USD": "one_time 7500", "EUR": "one_time 7000"},
    ),
}

WITHOUT_ACCOUNT = {"SSL certificate", "Website migration"}
"""Products that no account on a server belongs to."""

NAMESERVERS = ("ns1.harbour-hosting.example", "ns2.harbour-hosting.example")


def open_shop(at: datetime) -> dict[str, Product]:
    """Settings, currencies, products with prices and servers, as they are before the first client comes.

    Settings that somebody made are kept.
    """
    if not Setting.objects.filter(key__startswith="company.").exists():
        for key, value in SETTINGS.items():
            set_preference(key=key, value=value, at=at, actor=SYSTEM)
    for code, (name, prefix, suffix) in CURRENCIES.items():
        if not Currency.objects.filter(pk=code).exists():
            create_currency(code=code, name=name, prefix=prefix, suffix=suffix, at=at, actor=SYSTEM)
    for name in ("web1", "web2", "vps1"):
        create_server(name=name, hostname=f"{name}.harbour-hosting.example", at=at, actor=SYSTEM)
    return _products(at)


def server_for(product: Product, number: int) -> Server | None:
    """The server on which a service of a product is set up."""
    if product.name in WITHOUT_ACCOUNT:
        return None
    name = "vps1" if product.name.startswith("VPS") else f"web{number % 2 + 1}"
    return Server.objects.get(name=name)


def _products(at: datetime) -> dict[str, Product]:
    groups: dict[str, ProductGroup] = {}
    products: dict[str, Product] = {}
    for position, (name, (group, description, prices)) in enumerate(PRODUCTS.items()):
        if group not in groups:
            groups[group] = create_group(name=group, position=len(groups), at=at, actor=SYSTEM)
        products[name] = create_product(
            group=groups[group],
            name=name,
            kind="other" if name in WITHOUT_ACCOUNT else "hosting",
            description=description,
            position=position,
            at=at,
            actor=SYSTEM,
        )
        for code, listed in prices.items():
            _set_prices(products[name], code, listed, at)
    return products


def _set_prices(product: Product, code: str, listed: str, at: datetime) -> None:
    for entry in listed.split(", "):
        cycle, _, amounts = entry.partition(" ")
        price, _, setup = amounts.partition("+")
        set_price(
            product=product,
            currency_code=code,
            billing_cycle=cycle,
            price=int(price),
            setup_fee=int(setup or 0),
            at=at,
            actor=SYSTEM,
        )
