"""What domain names are offered for in a currency (domains.md 2 and 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from commerce.catalog.quote import DomainPrice
from commerce.catalog.rules import OrderItemAction
from commerce.domains.models import Tld, TldPrice
from commerce.domains.price_lists import PRICE_COLUMNS, TLD_COLUMNS, PriceListRow
from commerce.domains.rules import normalize_name, possible_tlds, tld_of
from commerce.kit.errors import BusinessError
from commerce.presentation.idn import stored_name

NAMES_ON_PAGE = 20
"""Other TLDs that are searched at a time."""
MAX_NAMES = 50
"""Of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TldOffer:
    """A TLD on sale with its prices in one currency, in minor units; a price that is ``None`` is not offered.

    ``register`` and ``renew`` are those of one year.
    """

    tld: str
    register: int | None
    renew: int | None
    transfer: int | None
    restore: int | None
    min_years: int
    max_years: int
    code_required: bool
    privacy_available: bool
    transfer_adds_year: bool
    registrar: str
    extra_fields: list[dict[str, Any]]

    def is_sold(self, action: str) -> bool:
        """Whether names can be registered or transferred: only with a price to renew them by as well."""
        price = self.transfer if action == OrderItemAction.TRANSFER else self.register
        return price is not None and self.renew is not None

    def domain_price(self, action: str, years: int | None = None) -> DomainPrice:
        """A registration for some years (as few as possible, if not said) or a transfer, before discounts.

        Raises ``BusinessError`` for what is not offered.
        """
        price = self.transfer if action == OrderItemAction.TRANSFER else self.register
        if price is None or self.renew is None:
            raise BusinessError("tld.not_in_currency", tld=self.tld, field="domain")
        years = self.min_years if years is None else years
        if not self.min_years <= years <= self.max_years:
            raise BusinessError(
                "tld.years_not_offered",
                tld=self.tld,
                least=self.min_years,
                most=self.max_years,
                field="years",
            )
        return DomainPrice(
            action=action, tld=self.tld, unit_amount=price, renewal=self.renew, years=years
        )


def tld_offers(currency_code: str, tlds: Iterable[str] | None = None) -> dict[str, TldOffer]:
    """TLDs on sale (or those of ``tlds``) in the order of the list, also those without a price in the currency."""
    rows = Tld.objects.on_sale() if tlds is None else Tld.objects.on_sale().filter(tld__in=tlds)
    prices = {
        price.tld_id: price
        for price in TldPrice.objects.filter(currency_id=currency_code, tld__in=rows)
    }
    return {row.tld: _offer(row, prices.get(row.pk, TldPrice())) for row in rows}


def offer_for_name(name: str, currency_code: str) -> TldOffer | None:
    """What a name (in ASCII form) is sold under; none if its TLD is not in our table or not on sale."""
    return offers_for_names([name], currency_code).get(name)


def offers_for_names(names: Iterable[str], currency_code: str) -> dict[str, TldOffer]:
    """What each of the names (in ASCII form) is sold under; without those under no TLD on sale."""
    names = list(names)
    known = Tld.objects.among({ending for name in names for ending in possible_tlds(name)})
    sold = tld_offers(currency_code, known)
    found = {name: sold.get(tld_of(name, known)) for name in names}
    return {name: offer for name, offer in found.items() if offer is not None}


def renewal_prices(currency_code: str, tlds: Iterable[str]) -> dict[str, int]:
    """What a year's renewal costs under each TLD that has a price for it, on sale at present or not."""
    rows = TldPrice.objects.filter(currency_id=currency_code, tld__tld__in=list(tlds))
    found = rows.values_list("tld__tld", "renew")
    return {tld: price for tld, price in found if price is not None}


def price_list_rows() -> list[PriceListRow]:
    """The whole table with its prices, for the CSV file: one line for each TLD and currency that it has prices in."""
    rows = TldPrice.objects.select_related("tld").order_by("tld__position", "tld__tld", "currency")
    return [
        PriceListRow(
            row.tld.tld,
            {name: getattr(row.tld, name) for name in TLD_COLUMNS},
            row.currency_id,
            {name: getattr(row, name) for name in PRICE_COLUMNS},
        )
        for row in rows
    ]


def _offer(row: Tld, price: TldPrice) -> TldOffer:
    return TldOffer(
        tld=row.tld,
        register=price.register,
        renew=price.renew,
        transfer=price.transfer,
        restore=price.restore,
        min_years=row.min_years,
        max_years=row.max_years,
        code_required=row.code_required,
        privacy_available=row.privacy_available,
        transfer_adds_year=row.transfer_adds_year,
        registrar=row.registrar,
        extra_fields=row.extra_fields,
    )


@dataclass(frozen=True, slots=True)
class SearchedNames:
    """What a search is about: the name that was ``asked`` for, if its TLD was typed, and the same under other TLDs."""

    label: str
    asked: str
    others: tuple[str, ...]
    unsold_tld: str = ""
    """The TLD that was typed, if it is not on sale."""


def search_names(typed: str, tlds: Sequence[str]) -> SearchedNames:
    """What to look for when a word, a name or an address of a page was typed. Raises ``BusinessError`` for none."""
    text = "".join(typed.lower().split()).rpartition("://")[2].partition("/")[0]
    name = stored_name(text).removesuffix(".")
    endings = possible_tlds(name) if "." in name else []
    tld = next((ending for ending in endings if ending in tlds), "")
    if tld:
        label = name.removesuffix(f".{tld}").rpartition(".")[2]
    else:
        label = name.removeprefix("www.").partition(".")[0]
    normalize_name(f"{label}.{tld or 'com'}", field="q")
    others = [f"{label}.{one}" for one in tlds if one != tld]
    return SearchedNames(
        label=label,
        asked=f"{label}.{tld}" if tld else "",
        others=tuple(one for one in others if len(one) <= 253),
        unsold_tld=endings[-1] if endings and not tld else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNames:
    """What a search is about: the names in their order, and what was typed and is no name."""

    names: Sequence[str] = ()
    invalid: Sequence[str] = ()
    unsold_tld: str = ""
    has_more: bool = False
    offers: dict[str, TldOffer]


def find_names(typed: str, currency_code: str, *, page: int = 1) -> FoundNames:
    """A word or a name under all TLDs on sale, 20 at a time. Raises ``BusinessError`` for what is neither."""
    offers = tld_offers(currency_code)
    searched = search_names(typed, list(offers))
    start = (page - 1) * NAMES_ON_PAGE
    others = searched.others[start : start + NAMES_ON_PAGE]
    asked = (searched.asked,) if searched.asked and page == 1 else ()
    names = (*asked, *others)
    return FoundNames(
        names=names,
        unsold_tld=searched.unsold_tld if page == 1 else "",
        has_more=len(searched.others) > start + NAMES_ON_PAGE,
        offers={name: offers[name.removeprefix(f"{searched.label}.")] for name in names},
    )


def find_listed_names(typed: Sequence[str], currency_code: str) -> FoundNames:
    """Several names. Raises ``BusinessError`` for too many of them."""
    if len(typed) > MAX_NAMES:
        raise BusinessError("domain.too_many_names", most=MAX_NAMES, field="q")
    names, invalid = dict[str, None](), []
    for one in typed:
        try:
            names[normalize_name(stored_name(one.strip()))] = None
        except BusinessError:
            invalid.append(one.strip())
    return FoundNames(
        names=list(names), invalid=invalid, offers=offers_for_names(names, currency_code)
    )
