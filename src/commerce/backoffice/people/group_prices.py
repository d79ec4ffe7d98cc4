"""The prices of a client group for one product, as a grid of billing cycles and currencies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import ClientGroup
from commerce.backoffice.base.forms import StaffForm
from commerce.catalog.actions.prices import remove_group_price, set_group_price
from commerce.catalog.models import GroupPrice, Price, Product
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.kit.periods import BillingCycle
from commerce.portal.base.form_fields import PlainTextField, with_decimal_point
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import number_signs
from commerce.presentation.labels import CYCLE_LABELS, Text

type Key = tuple[str, str]
"""Currency and billing cycle of a cell."""
KEY_COLUMNS = ("currency_id", "billing_cycle")


@dataclass(frozen=True, slots=True)
class GridCell:
    """What the group pays in one currency and cycle, beside the regular price."""

    fields: tuple[tuple[forms.BoundField, Text], ...]
    """The two inputs, each with what it is called within the cell."""
    regular: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One billing cycle; None where the product is not sold in a currency."""

    label: Text
    cells: list[GridCell | None]


class GroupPricesForm(StaffForm):
    """A price and a setup fee for each cycle and currency that a product is sold in; an empty one is the regular."""

    product = forms.ModelChoiceField(Product.objects.all(), widget=forms.HiddenInput)

    def prepare(self) -> None:
        """The cells of the product that was chosen, of the first one otherwise."""
        chosen = str(self.data.get("product") or self.query.get("product") or "")
        sold = Product.objects.filter(prices__isnull=False).distinct()
        self.products = list(sold.order_by("group", "position", "pk"))
        named = [product for product in self.products if str(product.pk) == chosen]
        self.chosen = next(iter(named or self.products), None)
        self.initial["product"] = self.chosen and self.chosen.pk
        regular = Price.objects.filter(product=self.chosen).order_by("currency_id")
        self.regular = {(one.currency_id, one.billing_cycle): one for one in regular}
        special = GroupPrice.objects.filter(group=self.record, product=self.chosen)
        self.special = {(one.currency_id, one.billing_cycle): one for one in special}
        for key in self.regular:
            self._add_cell(key)

    def _add_cell(self, key: Key) -> None:
        code, cycle = key
        named = {"cycle": CYCLE_LABELS[cycle], "currency": code}
        labels = {
            "price": _("Price, %(cycle)s in %(currency)s") % named,
            "setup": _("Setup fee, %(cycle)s in %(currency)s") % named,
        }
        for kind, text in labels.items():
            name = f"{kind}-{code}-{cycle}"
            typed = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            self.fields[name] = PlainTextField(
                label=text, max_length=30, required=False, widget=typed
            )
        if now := self.special.get(key):
            self.initial[f"price-{code}-{cycle}"] = _typed(now.price, code)
            self.initial[f"setup-{code}-{cycle}"] = _typed(now.setup_fee, code)

    def clean(self) -> dict[str, Any]:
        """``cells``: price and setup fee in minor units by key, None for one that is to be the regular price."""
        values = super().clean() or self.cleaned_data
        values["cells"] = {key: self._cell(key, values) for key in self.regular}
        return values

    def _cell(self, key: Key, values: Mapping[str, Any]) -> tuple[int, int] | None:
        code, cycle = key
        price, setup = (
            self._amount(f"{kind}-{code}-{cycle}", code, values) for kind in ("price", "setup")
        )
        if price is None and setup:
            self.add_error(f"price-{code}-{cycle}", _("Enter a price, or remove the setup fee."))
        return None if price is None else (price, setup or 0)

    def _amount(self, name: str, code: str, values: Mapping[str, Any]) -> int | None:
        typed = values.get(name) or ""
        if not typed:
            return None
        try:
            return parse_amount(with_decimal_point(typed), code)
        except BusinessError as error:
            self.add_error(name, str(error))
            return None

    def product_choices(self) -> list[tuple[int, str]]:
        """Those whose prices can be shown."""
        return [(product.pk, product.name) for product in self.products]

    def currencies(self) -> list[str]:
        """The heads of the grid."""
        return sorted({code for code, _cycle in self.regular})

    def grid(self) -> Iterator[GridRow]:
        """The rows of the grid, from the shortest billing cycle to the longest."""
        for cycle in BillingCycle:
            cells = [self._shown((code, cycle)) for code in self.currencies()]
            if any(cells):
                yield GridRow(CYCLE_LABELS[cycle], cells)

    def _shown(self, key: Key) -> GridCell | None:
        regular = self.regular.get(key)
        if regular is None:
            return None
        code, cycle = key
        return GridCell(
            (
                (self[f"price-{code}-{cycle}"], _lazy("Price")),
                (self[f"setup-{code}-{cycle}"], _lazy("Setup fee")),
            ),
            format_money(regular.price, code),
        )


def _typed(amount: int, code: str) -> str:
    return str(Money(amount, code).decimal()).replace(".", number_signs()[0])


def stored_group_prices(group: ClientGroup) -> list[tuple[Any, ...]]:
    """All that a group pays now, to see whether another person changes it meanwhile."""
    rows = GroupPrice.objects.filter(group=group).order_by("pk")
    return list(rows.values_list("product_id", *KEY_COLUMNS, "price", "setup_fee"))


def save_group_prices(group: ClientGroup, data: Mapping[str, Any], ctx: Context) -> str:
    """Write the cells that differ from what the group pays now."""
    product = data["product"]
    rows = GroupPrice.objects.filter(group=group, product=product)
    now = {(one.currency_id, one.billing_cycle): (one.price, one.setup_fee) for one in rows}
    for key, wanted in data["cells"].items():
        if wanted == now.get(key):
            continue
        cell: dict[str, Any] = {
            "group": group,
            "product": product,
            "currency_code": key[0],
            "billing_cycle": key[1],
        }
        if wanted is None:
            remove_group_price(**cell, ctx=ctx)
        else:
            set_group_price(**cell, price=wanted[0], setup_fee=wanted[1], ctx=ctx)
    return _("Prices saved. Existing services keep their price.")
