"""What domain names are offered for in a currency (domains.md 2 and 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from commerce.catalog.quote import DomainPrice
from commerce.catalog.rules import OrderItemAction
from commerce.domains.models import Tld, TldPrice
from commerce.domains.price_lists import PRICE_COLUMNS, TLD_COLUMNS, PriceListRow
from commerce.domains.rules import possible_tlds, tld_of
from commerce.kit.errors import BusinessError


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
