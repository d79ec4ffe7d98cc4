"""What the demo company sells: products with prices and options, domain names, promo codes, a client group."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import ClientGroup
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.products import create_product_group
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Option, Product, ProductGroup
from commerce.catalog.rules import ProductActivation, ProductType
from commerce.demo.company import PRODUCTS_WITHOUT_ACCOUNT, create_company
from commerce.demo.texts import FEATURED_PRODUCTS, GROUP_TEXTS, PRODUCT_TEXTS
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.kit.periods import BillingCycle

# Product: its group, and for each currency its prices by cycle, "+" before a setup fee, in minor units.
PRODUCTS = {
    "Starter hosting": (
        "Web hosting",
        {
            "USD": "monthly 500, quarterly 1400, semi_annually 2700, annually 5000, biennially 9500",
            "EUR": "monthly 450, quarterly 1300, annually 4500",
            "JPY": "monthly 700, annually 7000",
        },
    ),
    "Business hosting": (
        "Web hosting",
        {
            "USD": "monthly 1200, quarterly 3400, semi_annually 6600, annually 12000",
            "EUR": "monthly 1100, annually 11000",
            "JPY": "monthly 1500, annually 15000",
            "KWD": "monthly 3750, annually 36500",
        },
    ),
    "Pro hosting": (
        "Web hosting",
        {
            "USD": "monthly 2500+1500, annually 25000+1500, triennially 67500+1500",
            "EUR": "monthly 2300+1500, annually 23000+1500",
        },
    ),
    "VPS S": (
        "Virtual servers",
        {"USD": "monthly 1800+2500, annually 19000+2500", "EUR": "monthly 1700+2000"},
    ),
    "VPS L": (
        "Virtual servers",
        {"USD": "monthly 4200+2500, annually 45000+2500", "EUR": "monthly 3900+2300"},
    ),
    "SSL certificate": (
        "Security",
        {"USD": "annually 4900, biennially 8900", "EUR": "annually 4500"},
    ),
    "Website migration": (
        "Expert help",
        {"USD": "one_time 7500", "EUR": "one_time 7000"},
    ),
    "Community hosting": (
        "Web hosting",
        {"USD": "monthly 0, annually 0", "EUR": "monthly 0, annually 0"},
    ),
}

# Option: the products that offer it, its kind, and its values with their price a month, minor units, US dollars.
OPTIONS = {
    "Extra storage": (
        ("Business hosting", "Pro hosting"),
        "dropdown",
        {"50 GB": 300, "200 GB": 1000},
    ),
    "PHP version": (
        ("Starter hosting", "Business hosting", "Pro hosting"),
        "dropdown",
        {"8.4": 0, "8.3": 0},
    ),
    "Extra IPv4 addresses": (("VPS S", "VPS L"), "quantity", {"address": 250}),
    "Daily snapshots": (("VPS S", "VPS L"), "checkbox", {"yes": 400}),
}

OPTION_CYCLE_MONTHS = {
    BillingCycle.MONTHLY: 1,
    BillingCycle.QUARTERLY: 3,
    BillingCycle.SEMI_ANNUALLY: 6,
    BillingCycle.ANNUALLY: 12,
}
OPTION_PRICE_FACTORS = {"USD": 1, "EUR": 1, "JPY": 1}
"""An option costs as many yen as cents."""

# Registration, transfer and renewal of a year, minor units; a restore is 8 renewals.
TLD_PRICES = {
    "example": {
        "USD": (1200, 1100, 1400),
        "EUR": (1100, 1000, 1300),
        "JPY": (1800, 1700, 2100),
        "KWD": (3600, 3300, 4200),
    },
    "com": {"USD": (1299, 1299, 1499), "EUR": (1199, 1199, 1399), "JPY": (1900, 1900, 2200)},
    "net": {"USD": (1499, 1499, 1699), "EUR": (1399, 1399, 1599), "JPY": (2200, 2200, 2500)},
    "org": {"USD": (1249, 1249, 1449), "EUR": (1149, 1149, 1349), "JPY": (1900, 1900, 2100)},
    "io": {"USD": (4900, 4900, 5400), "EUR": (4500, 4500, 4900), "JPY": (7200, 7200, 7900)},
    "dev": {"USD": (1499, 1499, 1599), "EUR": (1399, 1399, 1499), "JPY": (2200, 2200, 2400)},
    # Renewals below what the sandbox takes for them, which `commerce registrar prices` tells.
    "shop": {"USD": (399, 3200, 3400), "EUR": (369, 2900, 3100), "JPY": (590, 4700, 5000)},
    "co.uk": {"USD": (899, 0, 999), "EUR": (849, 0, 949)},
    "de": {"USD": (799, 799, 899), "EUR": (699, 699, 799)},
}
TLD_TERMS: dict[str, dict[str, Any]] = {
    "example": {"renew_advance_days": 33},
    "co.uk": {"privacy_available": False, "transfer_adds_year": False},
    "de": {"privacy_available": False, "transfer_adds_year": False, "max_years": 1},
}
"""Where a TLD differs from what holds for others."""


@dataclass(frozen=True, slots=True)
class DemoCatalog:
    """What orders and clients refer to."""

    products: dict[str, Product]
    options: dict[str, Option]
    friends_group: ClientGroup

    def picked(self, name: str, choice: str | int) -> tuple[int, int]:
        """An option and what is chosen of it, as an order names them."""
        option = self.options[name]
        if isinstance(choice, int):
            return option.pk, choice
        return option.pk, option.values.get(name=choice).pk


def create_catalog(at: datetime) -> DemoCatalog:
    """The company and all that it sells, before the first client comes."""
    create_company(at)
    products = _products(at)
    shop = DemoCatalog(
        products,
        _options(products, at),
        create_client_group(
            name="Clubs and charities", discount=1000, color="#0f766e", ctx=Context(at, SYSTEM)
        ),
    )
    _names(at)
    _promos(products, at)
    return shop


def _products(at: datetime) -> dict[str, Product]:
    groups: dict[str, ProductGroup] = {}
    products: dict[str, Product] = {}
    for position, (name, (group, prices)) in enumerate(PRODUCTS.items()):
        description, *features = PRODUCT_TEXTS[name]
        if group not in groups:
            groups[group] = create_product_group(
                name=group,
                description=GROUP_TEXTS[group],
                position=len(groups),
                ctx=Context(at, SYSTEM),
            )
        by_people = name in PRODUCTS_WITHOUT_ACCOUNT
        products[name] = create_product(
            group=groups[group],
            name=name,
            kind=ProductType.OTHER if by_people else ProductType.HOSTING,
            activation=ProductActivation.IMMEDIATE if by_people else ProductActivation.MANUAL,
            description=description,
            features="\n".join(features),
            is_featured=name in FEATURED_PRODUCTS,
            position=position,
            ctx=Context(at, SYSTEM),
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
            ctx=Context(at, SYSTEM),
        )


def _options(products: dict[str, Product], at: datetime) -> dict[str, Option]:
    options: dict[str, Option] = {}
    ctx = Context(at, SYSTEM)
    for position, (name, (offering, kind, values)) in enumerate(OPTIONS.items()):
        group = create_option_group(
            name=name, products=[products[one] for one in offering], position=position, ctx=ctx
        )
        options[name] = create_option(
            group=group,
            name=name,
            kind=kind,
            values=list(values),
            required=False,
            minimum=0,
            maximum=8,
            ctx=ctx,
        )
        for value in options[name].values.all():
            for cycle, months in OPTION_CYCLE_MONTHS.items():
                for code, times in OPTION_PRICE_FACTORS.items():
                    if amount := values[value.name] * months * times:
                        set_option_price(
                            value=value,
                            currency_code=code,
                            billing_cycle=cycle,
                            price=amount,
                            ctx=ctx,
                        )
    return options


def _names(at: datetime) -> None:
    """The one ending that belongs to nobody, which history is made of, and some that visitors know."""
    ctx = Context(at, SYSTEM)
    for position, (name, prices) in enumerate(TLD_PRICES.items()):
        tld = set_tld(tld=name, position=position, **TLD_TERMS.get(name, {}), ctx=ctx)
        for code, (register, transfer, renew) in prices.items():
            set_tld_price(
                tld=tld,
                currency_code=code,
                register=register,
                transfer=transfer,
                renew=renew,
                restore=8 * renew,
                ctx=ctx,
            )


def _promos(products: dict[str, Product], at: datetime) -> None:
    """One that stays with a service, one for the first invoice, one that takes off an amount."""
    ctx = Context(at, SYSTEM)
    create_promo(
        code="PARTNER10",
        percent=1000,
        recurring=True,
        products=[products["Starter hosting"]],
        ctx=ctx,
    )
    create_promo(code="SPRING20", percent=2000, products=[products["Business hosting"]], ctx=ctx)
    create_promo(
        code="WILLKOMMEN", amounts={"EUR": 500, "USD": 500}, max_uses_per_client=1, ctx=ctx
    )
