"""What wishes cost today: the one answer for cart, checkout, order and invoice (catalog-and-orders.md 5).

Rows are read here and priced by ``catalog.quote``, ``billing.tax`` and ``billing.rules.price``; nothing is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from commerce.accounts.models import Client
from commerce.billing.rules import Priced, price
from commerce.billing.tax import Buyer, Taxation, taxation_for, taxation_of
from commerce.catalog import promos, quote
from commerce.catalog.models import PromoCode
from commerce.hosting.rules import first_due_date
from commerce.kit.errors import Refused
from commerce.kit.periods import add_months
from commerce.orders.models import Order, PromoUse
from commerce.orders.offered import Shelf, shelf_for
from commerce.orders.rules import DomainItem, Item, Option, ProductItem, Sums, lines, sums
from commerce.orders.wishes import DomainWish, Wish
from commerce.preferences import current
from commerce.preferences.secrets import ring


@dataclass(frozen=True, slots=True)
class Entry:
    """One wish with what it costs, or with the problem that blocks it (``problem``, and the field it belongs to)."""

    wish: Wish
    item: Item | None = None
    problem: str = ""
    field: str = ""
    name: str = ""
    """Of the product, or of the domain."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What renews when and for how much: ``amount`` as prices are stated, ``total`` with tax, for all units."""

    name: str
    billing_cycle: str
    years: int
    first_on: date | None
    amount: int
    total: int


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """The whole cart. ``problem_free``: it could be ordered so. ``promo``: the code that counts, if one does."""

    currency_code: str
    entries: tuple[Entry, ...]
    priced: Priced
    renewals: tuple[Renewal, ...]
    taxation: Taxation = field(repr=False)
    promo: PromoCode | None = None
    promo_problem: str = ""

    @property
    def items(self) -> list[Item]:
        """Those without a problem, in the order of the wishes."""
        return [entry.item for entry in self.entries if entry.item is not None]

    @property
    def problem(self) -> str:
        """The first problem of an item; empty if there is none."""
        return next((entry.problem for entry in self.entries if entry.problem), "")

    @property
    def problem_free(self) -> bool:
        return not (self.problem or self.promo_problem)

    @property
    def sums(self) -> Sums:
        """Subtotal, discount, tax and total due now: those of the order and of its invoice (M7)."""
        return sums(self.priced)


def quote_for(
    wishes: Sequence[Wish],
    *,
    currency_code: str,
    on: date,
    client: Client | None = None,
    country: str = "",
    promo_code: str = "",
) -> OrderQuote:
    """Price wishes for a client, or for a guest of a country (the company's own, if he chose none).

    Wishes with a problem are marked and left out of the sums. A code that does not fit is left out as well, and
    ``promo_problem`` says why.
    """
    shelf = shelf_for(wishes, currency_code=currency_code, client=client)
    judged = [_judge(shelf, wish) for wish in wishes]
    good = [item for item, _ in judged if item is not None]
    promo, row, promo_problem = _promo(promo_code, good, currency_code, on, client)
    percent = client.group.discount if client and client.group else 0
    quoted = iter(quote.quote(good, group_percent=percent, promo=promo).items)
    taxation = taxation_for(client, on) if client else taxation_of(_guest(country), on)
    items = _taxed(
        [
            _sold(shelf, wish, next(quoted)) if item is not None else None
            for wish, (item, _) in zip(wishes, judged, strict=True)
        ],
        taxation,
    )
    entries = tuple(
        Entry(wish, item, str(wrong or ""), (wrong and wrong.field) or "", _name(shelf, wish))
        for wish, item, (_, wrong) in zip(wishes, items, judged, strict=True)
    )
    sold = [item for item in items if item is not None]
    return OrderQuote(
        currency_code=currency_code,
        entries=entries,
        priced=price(lines(sold), prices_include_tax=taxation.prices_include_tax),
        renewals=_renewals(sold, taxation, on),
        taxation=taxation,
        promo=row,
        promo_problem=promo_problem,
    )


def _judge(shelf: Shelf, wish: Wish) -> tuple[quote.Item | None, Refused | None]:
    try:
        return shelf.item(wish), None
    except Refused as refused:
        return None, refused


def _guest(country: str) -> Buyer:
    return Buyer(country=country or current.get("company.country"))


def _promo(
    typed: str, items: Sequence[quote.Item], currency_code: str, on: date, client: Client | None
) -> tuple[quote.Promo | None, PromoCode | None, str]:
    if not typed:
        return None, None, ""
    row = promos.find(typed)

    def used() -> promos.Uses:
        uses = PromoUse.objects.filter(promo=row).exclude(order__status=Order.Status.CANCELLED)
        return promos.Uses(uses.count(), uses.for_client(client).count() if client else 0)

    try:
        promo = promos.check(
            row,
            items=items,
            currency_code=currency_code,
            on=on,
            used=used,
            new_client=client is None
            or not Order.objects.for_client(client).exclude(activated_at=None).exists(),
        )
    except Refused as refused:
        return None, None, str(refused)
    return promo, row, ""


def _name(shelf: Shelf, wish: Wish) -> str:
    if isinstance(wish, DomainWish):
        return wish.domain
    product = shelf.products.get(wish.product_id)
    return product.name if product else ""


def _sold(shelf: Shelf, wish: Wish, quoted: quote.Quoted) -> Item:
    """The item of the order that a wish becomes, before it is known how it is taxed."""
    code = quoted.promo.code if quoted.promo else ""
    reason = wish.agreed.reason if wish.agreed else ""
    if isinstance(wish, DomainWish):
        assert isinstance(quoted.item, quote.DomainItem)
        return DomainItem(
            action=wish.action,
            domain=wish.domain,
            unit_amount=quoted.item.price,
            renewal=quoted.item.renewal,
            years=quoted.item.years,
            nameservers=wish.nameservers or _own_nameservers(wish),
            chose_nameservers=bool(wish.nameservers),
            whois_privacy=wish.whois_privacy,
            auth_code=wish.auth_code,
            registrant=wish.registrant,
            extra_fields=wish.extra_fields,
            promo_off=quoted.promo_discount,
            promo_code=code,
            list_amount=quoted.item.in_place_of,
            price_reason=reason,
        )
    assert isinstance(quoted.item, quote.ProductItem)
    product = shelf.products[wish.product_id]
    return ProductItem(
        product_id=product.pk,
        product_name=product.name,
        billing_cycle=wish.billing_cycle,
        base=quoted.item.base,
        qty=wish.qty,
        options=tuple(Option(one.name, one.value, one.amount) for one in quoted.item.options),
        setup_fee=quoted.item.setup,
        group_discount=quoted.units[0].group_discount,
        promo_discounts=tuple(unit.promo_discount for unit in quoted.units),
        promo_code=code,
        promo_recurs=bool(quoted.promo and quoted.promo.recurring),
        domain=wish.domain,
        list_amount=quoted.item.in_place_of,
        price_reason=reason,
        tax_kind=product.taxed_as,
    )


def _own_nameservers(wish: DomainWish) -> tuple[str, ...]:
    """Ours, for a registration without any; a transfer keeps those that the name has."""
    if wish.action == "transfer":
        return ()
    return tuple(filter(None, (current.get(f"domains.ns{n}") for n in range(1, 5))))


def _taxed(items: Sequence[Item | None], taxation: Taxation) -> list[Item | None]:
    """The items with their tax, asked for all of them at once: what one is taxed by may depend on the others."""
    taxes = iter(taxation.taxes([item.tax_kind for item in items if item is not None]))
    return [
        item
        and replace(item, tax=next(taxes), home_rate_milli=taxation.home_rate_milli(item.tax_kind))
        for item in items
    ]


def _renewals(items: Sequence[Item], taxation: Taxation, on: date) -> tuple[Renewal, ...]:
    return tuple(_renewal(item, taxation, on) for item in items if item.billing_cycle != "one_time")


def _renewal(item: Item, taxation: Taxation, on: date) -> Renewal:
    if isinstance(item, DomainItem):
        amount, years, name = item.recurring(), item.years, item.domain
        first: date | None = add_months(on, 12 * years)
    else:
        amount, years = sum(item.recurring(unit) for unit in range(item.qty)), 0
        name, first = item.product_name, first_due_date(on, item.billing_cycle)
    line = replace(item.lines()[0], unit_amount=amount, quantity_milli=1000)
    total = price([line], prices_include_tax=taxation.prices_include_tax).total
    return Renewal(name, item.billing_cycle, years, first, amount, total)


def seal(secret: str) -> str:
    """An authorisation code as it is kept; empty stays empty."""
    return ring().encrypt(secret) if secret else ""


def unseal(sealed: str) -> str:
    """The code again, for the registrar."""
    return ring().decrypt(sealed) if sealed else ""
