"""The demo company: who it is, how it is paid, its servers, and the taxes that it charges."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.currencies import create_currency, set_exchange_rate
from commerce.catalog.exchange_rates.rules import decimal_text
from commerce.catalog.models import Currency, Product
from commerce.demo.texts import QUESTIONS, STOREFRONT_SETTINGS
from commerce.hosting.actions.server_groups import create_server_group
from commerce.hosting.actions.servers import create_server
from commerce.hosting.models import Server
from commerce.kit.context import SYSTEM, Context
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from commerce.site_settings.models import SiteSetting
from commerce.support.actions import create_faq_entry
from commerce.support.models import FaqEntry

NAMESERVERS = ("ns1.harbour-hosting.example", "ns2.harbour-hosting.example")

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
    "tax.vies_cache_days": "365",
    "tax.accounting_currency": "EUR",
    "tax.rate_days": "31",  # rates are set each month
    # The example of the registry of IBANs: nobody's account.
    "gateway.bank_transfer.account_name": "Harbour Hosting Ltd",
    "gateway.bank_transfer.iban": "IE29 AIBK 9311 5212 3456 78",
    "gateway.bank_transfer.bic": "AIBKIE2D",
    "gateway.bank_transfer.enabled": "on",
    "domains.ns1": NAMESERVERS[0],
    "domains.ns2": NAMESERVERS[1],
}

TEST_CARDS = {"gateway.test_card.enabled": "on"}
"""What an installation that is no demo does not have."""

# What each is called, its signs, and what one of it is worth in US dollars.
CURRENCIES = {
    "USD": ("US dollar", "$", "", "1"),
    "EUR": ("Euro", "€", "", "1.1"),
    "JPY": ("Japanese yen", "¥", "", "0.0067"),
    "KWD": ("Kuwaiti dinar", "", "KWD", "3.25"),
}

VAT_RATES = {
    "AT": 20,
    "BE": 21,
    "BG": 20,
    "CY": 19,
    "CZ": 21,
    "DE": 19,
    "DK": 25,
    "ES": 21,
    "FR": 20,
    "GB": 20,
    "GR": 24,
    "HR": 25,
    "HU": 27,
    "IE": 23,
    "IT": 22,
    "LT": 21,
    "LU": 17,
    "LV": 21,
    "MT": 18,
    "NL": 21,
    "PL": 23,
    "PT": 23,
    "SE": 25,
    "SI": 22,
}
"""Per cent; the company is registered in the United Kingdom as well."""

NEW_YORK_MILLI = 8875

PRODUCTS_WITHOUT_ACCOUNT = {"SSL certificate", "Website migration"}
"""Products that no account on a server belongs to: active as soon as they are paid."""


def create_company(at: datetime) -> None:
    """Settings, currencies, taxes and servers, as they are before the first client comes.

    Settings, rates and taxes that somebody made are kept.
    """
    if not SiteSetting.objects.filter(key__startswith="company.").exists():
        cards = TEST_CARDS if "test_card" in GATEWAY_CLASSES else {}
        for key, value in (SETTINGS | STOREFRONT_SETTINGS | cards).items():
            set_setting(key=key, value=value, ctx=Context(at, SYSTEM))
    for key in ("domains.ns1", "domains.ns2"):  # names cannot be sold without
        if not current.get_setting(key):
            set_setting(key=key, value=SETTINGS[key], ctx=Context(at, SYSTEM))
    for code, (name, prefix, suffix, _rate) in CURRENCIES.items():
        if not Currency.objects.filter(pk=code).exists():
            create_currency(
                code=code, name=name, prefix=prefix, suffix=suffix, ctx=Context(at, SYSTEM)
            )
    set_demo_rates(at)
    _tax(at)
    _questions(at)
    create_server_group(name="vps", ctx=Context(at, SYSTEM))
    for number in ("web1", "web2", "vps1"):
        hostname = f"{number}.harbour-hosting.example"
        create_server(
            name=number,
            hostname=hostname,
            group="vps" if number.startswith("vps") else None,
            panel_url=f"https://{hostname}:2083",
            nameservers=NAMESERVERS,
            ctx=Context(at, SYSTEM),
        )


def set_demo_rates(at: datetime) -> None:
    """Set the rates of the demo anew, as of that day; those that somebody made are kept."""
    day, rows = current.business_date(at), Currency.objects.in_bulk()
    default = next(row.code for row in rows.values() if row.is_default)
    if default not in CURRENCIES:
        return
    unit = Fraction(CURRENCIES[default][3])
    for code, (*_signs, worth) in CURRENCIES.items():
        rate = decimal_text(Fraction(worth) / unit)
        if code != default and rows[code].rate in ("", rate):
            set_exchange_rate(
                currency=rows[code], rate=Decimal(rate), on=day, ctx=Context(at, SYSTEM)
            )


def _questions(at: datetime) -> None:
    if FaqEntry.objects.exists():
        return
    for position, (question, answer) in enumerate(QUESTIONS):
        create_faq_entry(
            question=question, answer=answer, position=position, ctx=Context(at, SYSTEM)
        )


def _tax(at: datetime) -> None:
    day = current.business_date(at)
    rules = [(country, "", rate * 1000, "VAT") for country, rate in VAT_RATES.items()]
    rules.append(("US", "NY", NEW_YORK_MILLI, "Sales tax"))
    for country, state, rate, name in rules:
        add_tax_rule(
            country=country,
            state=state,
            rate=rate,
            category="S",
            name=name,
            valid_from=day,
            ctx=Context(at, SYSTEM),
        )


def server_for(product: Product, number: int) -> Server | None:
    """The server on which a service of a product is set up."""
    if product.name in PRODUCTS_WITHOUT_ACCOUNT:
        return None
    name = "vps1" if product.name.startswith("VPS") else f"web{number % 2 + 1}"
    return Server.objects.get(name=name)
