"""A small shop for browsers: options of every type, a set-up fee, few left, a cheaper year, a promo code, a TLD."""

from datetime import UTC, datetime

from commerce.catalog.actions.currencies import make_default_currency
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.catalog.actions.products import (
    create_product_group,
    set_stock,
)
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Currency, Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.support.actions import create_faq_entry

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
CTX = Context(AT, SYSTEM)
SETTINGS = {
    "company.name": "Bright Hosting GmbH",
    "company.country": "DE",
    "company.tax_id": "DE123456789",
    "branding.name": "Bright Hosting",
    "company.email": "hello@bright.example",
    "portal.about": "We host **what matters** to you.",
    "portal.highlights": "Backups | Each night. ; Support | By people.",
    "portal.show_faq": "on",
    "domains.ns1": "ns1.example.net",
    "domains.ns2": "ns2.example.net",
    "gateway.bank_transfer.account_name": "Bright Hosting GmbH",
    "gateway.bank_transfer.iban": "DE89370400440532013000",
    "gateway.bank_transfer.enabled": "on",
}


def fill_store() -> None:
    """Open the shop."""
    for key, value in SETTINGS.items():
        set_setting(key=key, value=value, ctx=CTX)
    make_default_currency(currency=Currency.objects.get(pk="EUR"), ctx=CTX)
    hosting = create_product_group(
        name="Web hosting", description="Fast disks, daily backups, no surprises.", ctx=CTX
    )
    machines = create_product_group(name="Servers", ctx=CTX)
    rocket = _product(hosting, "Rocket", {"monthly": 990, "annually": 9900}, setup=1500)
    shuttle = _product(hosting, "Shuttle", {"monthly": 490, "annually": 4900})
    small = _product(machines, "Small server", {"monthly": 1290})
    set_stock(product=small, units=3, ctx=CTX)
    set_stock(product=_product(machines, "Large server", {"monthly": 4990}), units=0, ctx=CTX)
    change_product(product=rocket, features="Storage: 9 GB\nBackups", is_featured=True, ctx=CTX)
    change_product(product=shuttle, features="Storage: 1 GB", ctx=CTX)
    on_request = create_product(name="Cluster", group=machines, ctx=CTX)
    set_price(product=on_request, currency_code="USD", billing_cycle="monthly", price=9900, ctx=CTX)
    create_faq_entry(question="Do you move my website?", answer="Yes, **free**.", ctx=CTX)
    _options(rocket)
    create_promo(code="WELCOME", percent=2000, ctx=CTX)
    tld = set_tld(tld="test", ctx=CTX)
    set_tld_price(
        tld=tld,
        currency_code="EUR",
        register=1200,
        renew=1400,
        transfer=1200,
        restore=None,
        ctx=CTX,
    )


def _product(group: object, name: str, prices: dict[str, int], setup: int = 0) -> Product:
    text = "For **busy** sites.\n\n* Free certificates\n* Backups each night\n* Help by people"
    product = create_product(name=name, group=group, description=text, ctx=CTX)
    for cycle, price in prices.items():
        set_price(
            product=product,
            currency_code="EUR",
            billing_cycle=cycle,
            price=price,
            setup_fee=setup,
            ctx=CTX,
        )
    return product


def _options(product: Product) -> None:
    group = create_option_group(name="Extras", products=[product], ctx=CTX)
    for name, kind, values, price in (
        ("Memory", "dropdown", ["4 GB", "8 GB"], 300),
        ("Addresses", "quantity", ["IPv4 address"], 200),
        ("Backup elsewhere", "checkbox", ["Yes"], 250),
    ):
        more = {"maximum": 8, "required": False} if kind == "quantity" else {}
        if kind == "checkbox":
            more = {"required": False}
        option = create_option(group=group, name=name, kind=kind, values=values, **more, ctx=CTX)
        for cycle, months in (("monthly", 1), ("annually", 10)):
            set_option_price(
                value=option.values.order_by("pk").last(),
                currency_code="EUR",
                billing_cycle=cycle,
                price=price * months,
                ctx=CTX,
            )
