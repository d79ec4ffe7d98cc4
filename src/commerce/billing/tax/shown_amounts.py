"""Amounts as one client is shown them: with tax or without, to the unit as invoices say them (portal.md 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import DraftLine, LineTax, PricedInvoice, price_lines
from commerce.billing.tax.queries import (
    tax_buyer_of_client,
    tax_rates,
    tax_seller,
    taxes_by_state,
)
from commerce.billing.tax.rules import (
    Taxation,
    TaxBuyer,
    determine_taxation,
    shows_prices_with_tax,
)
from commerce.presentation.formats import format_tax_rate
from commerce.site_settings.current import get_setting


@dataclass(frozen=True, slots=True)
class ShownAmounts:
    """How amounts are shown to one client or guest. ``state_decides``: tax may come on top once their state is known.

    ``kind`` is always the tax kind of what is sold, amounts are as prices, services and domains have them.
    """

    with_tax: bool
    taxation: Taxation
    state_decides: bool = False

    def tax_of_kind(self, kind: str) -> LineTax:
        """The tax that an amount of this kind holds, or that comes on top of it."""
        return self.taxation.taxes([kind])[0]

    def amount(self, kind: str, amount: int) -> int:
        """One amount as it is shown; a negative one is a discount of as much."""
        if amount < 0:
            return -self.amount(kind, -amount)
        priced = self.priced(kind, (amount,))
        return priced.total if self.with_tax else priced.subtotal

    def total(self, kind: str, amount: int) -> int:
        """What is paid for it, however it is shown."""
        return self.priced(kind, (amount,)).total

    def parts(self, kind: str, amounts: Sequence[int]) -> list[int]:
        """Amounts that one invoice charges together, as they are shown: they add up to the shown sum."""
        lines = self.priced(kind, tuple(amounts)).lines
        return [line.net + line.tax if self.with_tax else line.net for line in lines]

    def note(self, kind: str) -> str:
        """What a price says of its tax: "incl. 19% VAT", "plus 19% VAT", or nothing where none is due."""
        tax = self.tax_of_kind(kind)
        if not tax.rate_milli:
            return _("plus tax") if self.state_decides else ""
        values = {"rate": format_tax_rate(tax.rate_milli), "tax": tax.name}
        if self.with_tax:
            return (_("incl. %(rate)s %(tax)s") if tax.name else _("incl. %(rate)s tax")) % values
        return (_("plus %(rate)s %(tax)s") if tax.name else _("plus %(rate)s tax")) % values

    def common_note(self, kinds: Sequence[str]) -> str:
        """The note of amounts of several kinds; where they differ, whether tax is in them."""
        notes = list(dict.fromkeys(self.note(kind) for kind in kinds))
        if len(notes) < 2:
            return "".join(notes)
        return _("incl. tax") if self.with_tax else _("plus tax")

    def priced(self, kind: str, amounts: tuple[int, ...]) -> PricedInvoice:
        """Amounts of one kind with their tax, as the lines of one invoice."""
        return _priced(
            amounts,
            tax=self.tax_of_kind(kind),
            home_rate_milli=self.taxation.home_rate_milli(kind),
            prices_include_tax=self.taxation.prices_include_tax,
        )


@lru_cache(maxsize=4096)  # nothing but these values decides, and pages ask for the same
def _priced(
    amounts: tuple[int, ...], *, tax: LineTax, home_rate_milli: int, prices_include_tax: bool
) -> PricedInvoice:
    lines = [DraftLine("", each, tax, home_rate_milli=home_rate_milli) for each in amounts]
    return price_lines(lines, prices_include_tax=prices_include_tax)


def how_shown(client: Client | None, country: str, on: date) -> ShownAmounts:
    """How amounts are shown to a client, or to a guest of a country, who is taken for a consumer."""
    seller = tax_seller()
    buyer = tax_buyer_of_client(client, seller, on) if client else TaxBuyer(country=country)
    return ShownAmounts(
        with_tax=shows_prices_with_tax(get_setting("portal.show_prices"), buyer, seller, on),
        taxation=determine_taxation(buyer, seller, tax_rates(), on),
        state_decides=seller.taxes and not buyer.state and taxes_by_state(buyer.country),
    )


def amounts_shown_to(client: Client, on: date) -> ShownAmounts:
    """How amounts are shown to a client: pages, mails and documents alike."""
    return how_shown(client, "", on)
