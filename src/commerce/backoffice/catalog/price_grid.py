"""A table of amounts in one form: a row for each billing cycle, a column for each currency.

Saved at once; what is wrong is told at its cell, and nothing that was typed is lost.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.money.fields import MinorUnitsField
from commerce.catalog.actions.price_tables import (
    PriceKey,
    set_option_price_table,
    set_price_table,
    stored_prices,
)
from commerce.catalog.models import Currency, OptionPrice, OptionValue, Price, Product
from commerce.domains.actions.tlds import set_tld_price_table, stored_tld_prices
from commerce.domains.models import Tld
from commerce.domains.price_lists import PRICE_COLUMNS
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.kit.periods import BillingCycle
from commerce.presentation.labels import CYCLE_LABELS, Text

TLD_PRICE_LABELS: Mapping[str, Text] = {
    "register": _lazy("Registration per year"),
    "renew": _lazy("Renewal per year"),
    "transfer": _lazy("Transfer"),
    "restore": _lazy("Restore"),
}


@dataclass(frozen=True, slots=True)
class GridInput:
    """An input of a cell; its ``label`` is shown where a cell has several."""

    field: BoundField
    label: Text


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row for the template: its label, and the inputs of each cell."""

    label: Text
    cells: Sequence[Sequence[GridInput]]


class GridForm(StaffForm):
    """What price tables have in common: the fields of each row and currency, and their layout."""

    table_version = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    currencies: Sequence[str]
    stored: Any
    """The table as it is now: what an action expects to find."""
    rows: Mapping[str, Text]
    parts: Mapping[str, Text] = {"": ""}
    """The inputs of one cell, such as price and setup fee."""

    def add_cells(
        self, stored: Mapping[tuple[str, str], Sequence[int | None]], **limits: Any
    ) -> None:
        """A field for each part of each cell, filled with the amounts of ``stored``."""
        self.currencies = currencies_of_table(code for code, _row in stored)
        for row, row_label in self.rows.items():
            for code in self.currencies:
                amounts = stored.get((code, row), [None] * len(self.parts))
                for (part, label), amount in zip(self.parts.items(), amounts, strict=True):
                    self.fields[cell_name(part, code, row)] = MinorUnitsField(
                        code,
                        required=False,
                        initial=amount,
                        label=" · ".join(str(each) for each in (row_label, code, label) if each),
                        **limits.get(part, {}),
                    )

    def remember(self, stored: Any) -> None:
        """Keep which table the person sees: another may save theirs meanwhile."""
        self.stored = stored
        version = hashlib.sha256(repr(sorted(stored.items())).encode()).hexdigest()
        self.initial["table_version"] = version

    def check_version(self) -> None:
        """Tell the person, once, when the table is no longer the one that they saw; what they typed stays."""
        if self.cleaned_data.get("table_version") != self.initial["table_version"]:
            data = QueryDict(mutable=True)
            data.update(dict(self.data.items()) | {"table_version": self.initial["table_version"]})
            self.data = data
            self.add_error(None, str(StateConflict("price.changed_meanwhile")))

    def grid(self) -> Iterator[GridRow]:
        """The rows as the template shows them."""
        for row, label in self.rows.items():
            yield GridRow(
                label,
                [
                    [
                        GridInput(self[cell_name(part, code, row)], words)
                        for part, words in self.parts.items()
                    ]
                    for code in self.currencies
                ],
            )

    def amounts(self, code: str, row: str) -> list[int | None]:
        """What was typed in a cell; None where it is blank."""
        return [self.cleaned_data.get(cell_name(part, code, row)) for part in self.parts]


def cell_name(part: str, code: str, row: str) -> str:
    """The name of an input."""
    return f"{part}-{code}-{row}"


def currencies_of_table(priced: Iterable[str]) -> list[str]:
    """Columns: currencies on sale, the default first, and others in which there is a price."""
    on_sale = list(Currency.objects.on_sale().values_list("code", flat=True))
    return [*on_sale, *sorted(set(priced) - set(on_sale))]


class _CycleGrid(GridForm):
    rows = CYCLE_LABELS
    parts: Mapping[str, Text] = {"price": _lazy("Price"), "setup": _lazy("Setup fee")}

    def clean(self) -> dict[str, Any]:
        """The table as the actions take it, in ``prices``; a setup fee needs a price beside it."""
        prices: dict[PriceKey, tuple[int, int] | None] = {}
        for cycle in BillingCycle:
            for code in self.currencies:
                price, setup = self.amounts(code, cycle)
                if price is None and setup and self.needs_price:
                    text = _("Enter a price, or remove the setup fee.")
                    self.add_error(cell_name("price", code, cycle), text)
                is_blank = price is None and setup is None
                prices[code, cycle] = None if is_blank else (price or 0, setup or 0)
        self.cleaned_data |= {"prices": prices, "expected": self.stored}
        self.check_version()
        return self.cleaned_data

    needs_price = True


class ProductPriceGrid(_CycleGrid):
    """What a product costs. Blank: not offered; 0: free."""

    def prepare(self) -> None:
        """The stored table."""
        self.remember(stored_prices(Price.objects.filter(product=self.record)))
        self.add_cells(self.stored)


class OptionPriceGrid(_CycleGrid):
    """What a value of an option adds to the price, or takes off it. Blank: free."""

    needs_price = False

    def prepare(self) -> None:
        """The stored table."""
        self.remember(stored_prices(OptionPrice.objects.filter(value=self.record)))
        self.add_cells(self.stored, price={"least": None})


class TldPriceGrid(GridForm):
    """What names under a TLD cost. Blank: not offered."""

    rows = TLD_PRICE_LABELS

    def prepare(self) -> None:
        """The stored table."""
        self.remember(stored_tld_prices(self.record))
        self.add_cells(
            {
                (code, name): [amount]
                for code, prices in self.stored.items()
                for name, amount in prices.items()
            }
        )

    def clean(self) -> dict[str, Any]:
        """The table as the action takes it, in ``prices``."""
        self.cleaned_data["prices"] = {
            code: {name: self.amounts(code, name)[0] for name in PRICE_COLUMNS}
            for code in self.currencies
        }
        self.cleaned_data["expected"] = self.stored
        self.check_version()
        return self.cleaned_data


def save_product_prices(product: Product, typed: Mapping[str, Any], ctx: Context) -> str:
    """Save a product's table; the message says how much changed."""
    table = {name: typed[name] for name in ("prices", "expected")}
    return _message(set_price_table(product=product, **table, ctx=ctx))


def save_option_prices(value: OptionValue, typed: Mapping[str, Any], ctx: Context) -> str:
    """The same for a value of an option."""
    table = {name: typed[name] for name in ("prices", "expected")}
    return _message(set_option_price_table(value=value, **table, ctx=ctx))


def save_tld_prices(tld: Tld, typed: Mapping[str, Any], ctx: Context) -> str:
    """The same for a TLD."""
    table = {name: typed[name] for name in ("prices", "expected")}
    return _message(set_tld_price_table(tld=tld, **table, ctx=ctx))


def _message(changed: int) -> str:
    return _("The prices were saved.") if changed else _("No price was changed.")
