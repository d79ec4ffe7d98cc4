"""What prices hold without tax, for figures over many services at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from commerce.billing.reports.rules import net_within
from commerce.billing.tax.queries import tax_seller, taxation_for_buyer
from commerce.billing.tax.rules import Taxation, TaxBuyer
from commerce.kit.request_cache import cached_for_request

_BUYER = (
    *("client__country", "client__state", "client__company", "client__tax_id"),
    *("client__tax_exempt", "client__tax_exempt_until"),
)
INCLUSIVE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "service": (*_BUYER, "product__tax_kind", "product__type"),
    "domain": _BUYER,
}
"""What a net price depends on where prices hold tax."""


class NetPrices:
    """Net amounts of stored prices on a day.

    Where prices hold tax, it is that of the buyer's place; of a buyer who pays none it is the rate at home, as on
    invoices. Whether a VAT number is valid isn't asked: an answer would change the rate of a few, not the sum of all.
    """

    def __init__(self, day: date, tax_kind: str = "") -> None:
        self.day, self.tax_kind = day, tax_kind
        self.hold_tax = tax_seller().prices_include_tax
        self._taxations: dict[tuple[Any, ...], Taxation] = {}

    def net_of(self, amount: int, row: Mapping[str, Any]) -> int:
        """The net part of an amount of a row that has ``INCLUSIVE_COLUMNS`` where prices hold tax."""
        if not self.hold_tax:
            return amount
        kind = self.tax_kind or row["product__tax_kind"] or row["product__type"]
        taxation = self._taxation(row)
        rate = taxation.taxes([kind])[0].rate_milli or taxation.home_rate_milli(kind)
        return net_within(amount, rate)

    def _taxation(self, row: Mapping[str, Any]) -> Taxation:
        until = row["client__tax_exempt_until"]
        is_exempt = row["client__tax_exempt"] and not (until and until < self.day)
        buyer = TaxBuyer(
            country=row["client__country"],
            state=row["client__state"],
            is_business=bool(row["client__company"] or row["client__tax_id"]),
            exempt_reason="exempt" if is_exempt else "",
        )
        key = (buyer.country, buyer.state, buyer.is_business, buyer.exempt_reason)
        if key not in self._taxations:
            with cached_for_request():
                self._taxations[key] = taxation_for_buyer(buyer, self.day)
        return self._taxations[key]
