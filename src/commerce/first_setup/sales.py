"""What is sold: the currency, a product group, and a product with its price."""

from collections.abc import Mapping

from babel.numbers import get_currency_name, get_currency_symbol, get_territory_currencies

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.catalog.actions.currencies import (
    activate_currency,
    create_currency,
    make_default_currency,
)
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.products import create_product_group
from commerce.catalog.models import Currency, Price, Product, ProductGroup
from commerce.catalog.rules import slugify_name
from commerce.domains.models import TldPrice
from commerce.first_setup.answers import is_company_known, save_settings
from commerce.kit import money
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.kit.periods import BillingCycle


def check_currency_code(typed: str) -> str:
    """A code of ISO 4217. Raises ``BusinessError``."""
    code = typed.strip().upper()
    if code not in money.CURRENCY_EXPONENTS:
        raise BusinessError("currency.code_not_valid", code=code, field="code")
    return code


def check_name(typed: str) -> str:
    """A name of which an address in the store can be made. Raises ``BusinessError``."""
    if not slugify_name(typed):
        raise BusinessError("product.address_not_valid", field="slug")
    return typed.strip()


def check_price(typed: str, currency_code: str) -> str:
    """An amount of 0 or more in the decimals of its currency. Raises ``BusinessError``."""
    if parse_amount(typed, currency_code or "USD") < 0:
        raise BusinessError("price.negative", field="price")
    return typed.strip()


def is_selling() -> bool:
    """Whether there are clients, prices or exchange rates: the default currency is in use."""
    rows = (Client.objects, Price.objects, TldPrice.objects, Currency.objects.exclude(rate=""))
    return any(some.exists() for some in rows)


def known_currency() -> str:
    """The default currency, once somebody decided about it or it is in use."""
    row = Currency.objects.filter(is_default=True).first()
    return row.code if row and (is_company_known() or is_selling()) else ""


def default_currency() -> str:
    """The code of the default currency, decided about or not."""
    return str(Currency.objects.get(is_default=True).code)


def chosen_currency(country: str, *, decided: bool) -> str:
    """What an assistant proposes: the default currency once it is in use or somebody ``decided`` about it, else the
    company's country's.
    """
    if decided or is_selling():
        return default_currency()
    return proposed_currency(country) or default_currency()


def proposed_currency(country: str) -> str:
    """The legal tender of a country that is counted as ISO 4217 says; nothing if there is none."""
    codes = get_territory_currencies(country) if country else []
    return next((code for code in codes if code in money.CURRENCY_EXPONENTS), "")


def find_product_of_name(name: str) -> Product | None:
    """The product of this name, in any case, or at the address that the name would get."""
    products = Product.objects.select_related("group")
    return (
        products.filter(name__iexact=name).first()
        or products.filter(slug=slugify_name(name)).first()
    )


def known_price(product: Product | None, currency_code: str) -> str:
    row = _monthly_price(product, currency_code) if product else None
    return str(Money(row.price, currency_code)).split()[0] if row else ""


def _monthly_price(product: Product, currency_code: str) -> Price | None:
    return product.prices.filter(currency=currency_code, billing_cycle=BillingCycle.MONTHLY).first()


def save_sales(answers: Mapping[str, str], ctx: Context) -> list[str]:
    """What changed, in a line each."""
    code = answers["currency"]
    changed = save_currency(code, ctx)
    if name := answers.get("product"):
        product = find_product_of_name(name)
        if product is None:
            product = create_product(
                group=_group_of_name(answers["product_group"], ctx), name=name, ctx=ctx
            )
            changed.append(f"Product: {product.name}, at /store/{product.slug}")
        changed += _save_price(product, code, parse_amount(answers["price"], code), ctx)
    return changed


def show_domain_search(ctx: Context) -> list[str]:
    """Let visitors search names once a TLD on sale has prices, unless somebody decided about it before."""
    key = "portal.show_domain_search"
    priced = TldPrice.objects.filter(tld__is_active=True, register__isnull=False)
    decided = AuditEntry.objects.filter(record_kind="setting", record_name=key)
    if decided.exists() or not priced.exists():
        return []
    return save_settings({key: "on"}, ctx)


def save_currency(code: str, ctx: Context) -> list[str]:
    """Sell in a currency, and make it the default one."""
    row = Currency.objects.filter(pk=code).first()
    if row is None:
        symbol, name = get_currency_symbol(code, "en"), get_currency_name(code, locale="en")
        signs = {"suffix": code} if symbol == code else {"prefix": symbol}
        row = create_currency(code=code, name=name, **signs, ctx=ctx)
    elif not row.is_active:
        activate_currency(currency=row, ctx=ctx)
        row.refresh_from_db()
    if row.is_default:
        return []
    make_default_currency(currency=row, ctx=ctx)
    return [f"Default currency: {code}"]


def _group_of_name(name: str, ctx: Context) -> ProductGroup:
    groups = ProductGroup.objects
    found = (
        groups.filter(name__iexact=name).first() or groups.filter(slug=slugify_name(name)).first()
    )
    return found or create_product_group(name=name, ctx=ctx)


def _save_price(product: Product, code: str, amount: int, ctx: Context) -> list[str]:
    """The monthly price; the setup fee of one that exists stays."""
    row = _monthly_price(product, code)
    if row and row.price == amount:
        return []
    set_price(
        product=product,
        currency_code=code,
        billing_cycle=BillingCycle.MONTHLY,
        price=amount,
        setup_fee=row.setup_fee if row else 0,
        ctx=ctx,
    )
    return [f"Price of {product.name}: {Money(amount, code)} per month"]
