"""`/domains`: the search for names, and what every TLD on sale costs (domains.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.domains.offers import TldOffer, tld_offers
from commerce.orders.price_display import PriceDisplay
from commerce.portal.base.listing import ColumnHeading
from commerce.portal.shop.domain_search.rows import tax_context
from commerce.portal.shop.domain_search.search import while_shown
from commerce.portal.shop.guest_caching import cacheable_for_guests
from commerce.portal.shop.metadata import page_metadata
from commerce.portal.shop.shopper import shopper
from commerce.portal.shop.storefront import visitor_context
from commerce.presentation.amounts import signs_of
from commerce.presentation.idn import ascii_name, readable_name

PRICE_COLUMNS = {
    "register": _lazy("Register"),
    "renew": _lazy("Renew"),
    "transfer": _lazy("Transfer"),
    "restore": _lazy("Restore"),
}
"""What can be bought of a TLD, in the order of the table."""

MAX_FILTER_LENGTH = 63


@dataclass(frozen=True, slots=True)
class TldPriceRow:
    """A TLD with its prices as they are shown, by the year; ``None`` is not offered."""

    tld: str
    min_years: int
    amounts: tuple[int | None, ...]

    @property
    def cells(self) -> list[tuple[Any, int | None]]:
        """The words of each column with its amount."""
        return list(zip(PRICE_COLUMNS.values(), self.amounts, strict=True))


@require_safe
@while_shown
@cacheable_for_guests
def domains(request: HttpRequest) -> HttpResponse:
    """The search box and the price table, which can be sorted and filtered by its address."""
    buyer = shopper(request)
    wanted = ascii_name(request.GET.get("tld", "")[:MAX_FILTER_LENGTH].strip().strip("."))
    sort = request.GET.get("sort", "")
    rows = _rows(tld_offers(buyer.currency).values(), buyer.price_display())
    context = tax_context(buyer) | {
        "table": _table_html(rows, wanted, sort, buyer.currency),
        "sells": bool(rows),
        "wanted": readable_name(wanted),
        "sort": sort,
        "metadata": page_metadata(
            request,
            title=_("Domain names"),
            description=_("Find a domain name and compare the prices of all TLDs."),
        ),
    }
    context |= visitor_context(request, buyer)
    return render(request, "portal/shop/domain_search/domains.html", context)


def _rows(offers: Sequence[TldOffer] | Any, display: PriceDisplay) -> list[TldPriceRow]:
    found = [
        TldPriceRow(
            offer.tld,
            offer.min_years,
            tuple(display.name_amount(_price(offer, column)) for column in PRICE_COLUMNS),
        )
        for offer in offers
    ]
    return [row for row in found if any(amount is not None for amount in row.amounts)]


def _price(offer: TldOffer, column: str) -> int | None:
    sold = column not in ("register", "transfer") or offer.is_sold(column)
    return getattr(offer, column) if sold else None


def _table_html(rows: list[TldPriceRow], wanted: str, sort: str, currency: str) -> str:
    """The table in the reader's language; a process keeps it under all that is seen in it, as the store its cards."""
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    known = ("tld", *PRICE_COLUMNS)
    if column not in known:
        column = ""
    listed = _sorted([row for row in rows if wanted in row.tld], column, descending=descending)
    headings = [_heading(name, column, wanted, descending=descending) for name in known]
    context = {"rows": listed, "headings": headings, "currency": currency, "wanted": wanted}
    seen = (tuple(listed), wanted, column, descending, currency, signs_of(currency), get_language())
    shown = _ShownTable(seen, context)
    # Of what strangers type nothing is kept.
    return _kept_table_html.__wrapped__(shown) if wanted else _kept_table_html(shown)


def _sorted(rows: list[TldPriceRow], column: str, *, descending: bool) -> list[TldPriceRow]:
    """By a column; what is not offered comes last either way."""
    if column == "tld":
        return sorted(rows, key=lambda row: row.tld, reverse=descending)
    if not column:
        return rows
    place = list(PRICE_COLUMNS).index(column)
    priced = [row for row in rows if row.amounts[place] is not None]
    priced.sort(key=lambda row: (row.amounts[place] or 0, row.tld), reverse=descending)
    return priced + [row for row in rows if row.amounts[place] is None]


def _heading(name: str, column: str, wanted: str, *, descending: bool) -> ColumnHeading:
    turned = f"-{name}" if name == column and not descending else name
    address = {"tld": wanted, "sort": turned} if wanted else {"sort": turned}
    direction = ("descending" if descending else "ascending") if name == column else ""
    return ColumnHeading(
        label=PRICE_COLUMNS.get(name, _lazy("TLD")),
        is_amount=name != "tld",
        url=f"?{urlencode(address)}#prices",
        direction=direction,
    )


@dataclass(frozen=True, slots=True)
class _ShownTable:
    seen: tuple[Any, ...]
    context: Mapping[str, Any] = field(compare=False, repr=False)


@lru_cache(maxsize=8)
def _kept_table_html(shown: _ShownTable) -> SafeString:
    return render_to_string("portal/shop/domain_search/partials/prices.html", shown.context)
