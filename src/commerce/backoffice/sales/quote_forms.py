"""What staff fill in while they put together an order or a quote: products, names, discounts, and how it is placed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.forms import StaffForm
from commerce.catalog.actions.client_details import open_client
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, price_list, product_options
from commerce.catalog.rules import OptionType, OrderItemAction, ProductStatus, ProductType
from commerce.domains.rules import normalize_name
from commerce.kit.acts.act import act_of
from commerce.kit.acts.inputs import Percent
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.orders.cart_lines import (
    CartLine,
    DomainCartLine,
    LineDiscount,
    PriceOverride,
    ProductCartLine,
)
from commerce.orders.sales_quotes.pricing import lines_of_quote, price_quote
from commerce.portal.base.acts.fields import act_fields
from commerce.portal.base.form_fields import LineField, WholeNumberField, with_decimal_point
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import CYCLE_LABELS

type Data = Mapping[str, Any]

MAX_YEARS = 10
_PERCENT = Percent(_lazy("Percent off"), parts=100)
PERCENT, AMOUNT, PRICE = "percent", "amount", "price"


class ProductLineForm(StaffForm):
    """A product in a billing cycle, with its options and their prices, for the quote's client."""

    product = forms.ModelChoiceField(Product.objects.all(), widget=forms.HiddenInput)

    def prepare(self) -> None:
        quote = self.record
        sold = Product.objects.filter(
            status=ProductStatus.ACTIVE, type__in=(ProductType.HOSTING, ProductType.OTHER)
        )
        rows = list(sold.order_by("group__position", "group", "position", "pk"))
        group_id = quote.client.group_id if quote.client else None
        prices = price_list([row.pk for row in rows], quote.currency_id, group_id)
        self.products = [row for row in rows if row.pk in prices]
        typed = str(self.data.get("product", self.query.get("product", "")) or "")
        self.chosen = next((row for row in self.products if str(row.pk) == typed), None)
        self.initial["product"] = self.chosen and self.chosen.pk
        self.options: tuple[OfferedOption, ...] = ()
        if self.chosen is None:
            return
        self.options = product_options([self.chosen.pk], quote.currency_id).get(self.chosen.pk, ())
        units = prices[self.chosen.pk]
        cycle = str(self.data.get("billing_cycle", "") or next(iter(units)))
        own: dict[str, forms.Field] = {
            "billing_cycle": forms.ChoiceField(
                label=_("Billing cycle"),
                choices=[(name, self._cycle(name, unit.base)) for name, unit in units.items()],
            )
        }
        if not self.chosen.require_domain:
            own["qty"] = WholeNumberField(
                label=_("Quantity"), min_value=1, max_value=100, initial=1
            )
        own["domain"] = LineField(
            label=_("Domain"), required=self.chosen.require_domain, max_length=253
        )
        own |= {f"option-{one.id}": self._option(one, cycle) for one in self.options}
        self.fields.update(own)

    def _money(self, amount: int) -> str:
        return format_money(amount, self.record.currency_id)

    def _cycle(self, name: str, amount: int) -> str:
        return _("%(cycle)s: %(price)s") % {
            "cycle": CYCLE_LABELS[name],
            "price": self._money(amount),
        }

    def _option(self, option: OfferedOption, cycle: str) -> forms.Field:
        prices = [value.at(cycle)[0] for value in option.values]
        each = self._money(prices[0]) if prices and prices[0] else ""
        match option.type:
            case OptionType.QUANTITY:
                least = option.minimum if option.required else 0
                return WholeNumberField(
                    label=option.name,
                    min_value=least,
                    max_value=option.maximum,
                    initial=least,
                    help_text=_("%(price)s each") % {"price": each} if each else "",
                )
            case OptionType.CHECKBOX:
                return forms.BooleanField(
                    label=option.name, required=option.required, help_text=each
                )
        choices = [
            (value.id, f"{value.name}: {self._money(price)}" if price else value.name)
            for value, price in zip(option.values, prices, strict=True)
        ]
        return forms.ChoiceField(
            label=option.name,
            required=option.required,
            choices=choices if option.required else [("", "–"), *choices],
        )

    def product_choices(self) -> list[tuple[int | str, str]]:
        """What can be ordered."""
        return [("", "–"), *((product.pk, product.name) for product in self.products)]

    def line(self) -> CartLine:
        """What was chosen."""
        values = self.cleaned_data
        assert self.chosen is not None  # the hidden field is required
        picked = [(one.id, values[f"option-{one.id}"]) for one in self.options]
        return ProductCartLine(
            product_id=self.chosen.pk,
            billing_cycle=values["billing_cycle"],
            qty=values.get("qty") or 1,
            domain=normalize_name(values["domain"], field="domain") if values["domain"] else "",
            options=tuple((key, int(value)) for key, value in picked if value not in (None, "")),
        )

    def clean(self) -> dict[str, Any]:
        """``line``: what was chosen."""
        values = super().clean() or self.cleaned_data
        if self.chosen is None:
            self.add_error(None, _("Choose a product."))
        elif not self.errors:
            try:
                values["line"] = self.line()
            except BusinessError as error:
                self.add_error(error.field or None, error.staff_text)
        return values


class DomainLineForm(StaffForm):
    """A name to register or to transfer."""

    name = LineField(label=_lazy("Domain"), max_length=253)
    action = forms.ChoiceField(
        label=_lazy("Action"),
        choices=[
            (OrderItemAction.REGISTER.value, _lazy("Register")),
            (OrderItemAction.TRANSFER.value, _lazy("Transfer")),
        ],
    )
    years = WholeNumberField(label=_lazy("Years"), min_value=1, max_value=MAX_YEARS, initial=1)

    def clean_name(self) -> str:
        try:
            return normalize_name(self.cleaned_data["name"], field="name")
        except BusinessError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """``line``: what was typed; a transfer is for one year."""
        values = super().clean() or self.cleaned_data
        if not self.errors:
            moves = values["action"] == OrderItemAction.TRANSFER
            values["line"] = DomainCartLine(
                action=values["action"],
                domain=values["name"],
                years=1 if moves else values["years"],
            )
        return values


class LineForm(StaffForm):
    """One of the lines, by its place."""

    line = WholeNumberField(min_value=0, max_value=99, widget=forms.HiddenInput)

    def clean_line(self) -> int:
        index: int = self.cleaned_data["line"]
        if index >= len(self.record.cart_lines):
            raise forms.ValidationError(_("This line is gone."))
        return index


class DiscountForm(LineForm):
    """What is taken off a line, or the price that takes the place of the catalog's, with the reason."""

    kind = forms.ChoiceField(
        label=_lazy("Discount"),
        choices=[
            (PERCENT, _lazy("Percent off")),
            (AMOUNT, _lazy("Amount off")),
            (PRICE, _lazy("Custom price per unit")),
        ],
    )
    value = LineField(label=_lazy("Value"), max_length=30, help_text=_lazy("0 removes it."))
    recurring = forms.BooleanField(
        label=_lazy("On every invoice"),
        required=False,
        help_text=_lazy("Otherwise on the first one only. Custom prices always stay."),
    )
    why = LineField(
        label=_lazy("Reason"), max_length=500, help_text=_lazy("The client never sees it.")
    )

    def prepare(self) -> None:
        if "line" in self.query:
            self.initial["line"] = self.query["line"]

    def clean_value(self) -> int:
        """Basis points, or minor units."""
        typed = with_decimal_point(self.cleaned_data["value"])
        try:
            if self.data.get("kind") == PERCENT:
                return int(_PERCENT.from_text(typed.removesuffix("%").strip(), None))
            return parse_amount(typed, self.record.currency_id)
        except BusinessError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """``changed``: the lines with it."""
        values = super().clean() or self.cleaned_data
        if not self.errors:
            values["changed"] = list(self._changed(values))
        return values

    def _changed(self, values: Data) -> Iterator[CartLine]:
        for index, line in enumerate(lines_of_quote(self.record)):
            if index != values["line"]:
                yield line
                continue
            kind, value, why = values["kind"], values["value"], values["why"]
            plain = replace(line, price_override=None, discount=None)
            if kind == PRICE:
                yield replace(plain, price_override=PriceOverride(value, why))
            elif not value:
                yield plain
            else:
                yield replace(
                    plain,
                    discount=LineDiscount(
                        reason=why,
                        percent=value if kind == PERCENT else 0,
                        amount=value if kind == AMOUNT else 0,
                        recurring=values["recurring"],
                    ),
                )


class PromoForm(StaffForm):
    """The promo code of the whole order; empty takes it away."""

    code = LineField(label=_lazy("Promo code"), required=False, max_length=50)

    def prepare(self) -> None:
        self.initial["code"] = self.record.promo_code


class PlaceForm(StaffForm):
    """How it is paid; ``shown_total`` is what staff read out."""

    shown_total = forms.IntegerField(widget=forms.HiddenInput)
    payment = forms.ChoiceField(label=_lazy("Payment"), widget=forms.RadioSelect, initial="invoice")

    def prepare(self) -> None:
        self.initial["shown_total"] = price_quote(self.record).sums.total
        choices = [
            ("invoice", _("Email an invoice")),
            ("none", _("No invoice: wait for approval, first period free")),
        ]
        self.set_choices("payment", choices)

    def show_anew(self) -> None:
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["shown_total"] = str(self.initial["shown_total"])  # type: ignore[index]


_OF_CLIENT = (
    *("owner_email", "first_name", "last_name", "company", "phone"),
    *("address1", "address2", "postcode", "city", "state", "country", "tax_id"),
)


class CallerAsClientForm(StaffForm):
    """What a client needs to order, beginning with what the caller said."""

    def prepare(self) -> None:
        quote = self.record
        fields = act_fields(act_of(open_client), None, self.data)
        self.fields.update({name: fields[name] for name in _OF_CLIENT})
        first, _blank, last = quote.name.rpartition(" ")
        self.initial = {
            **self.initial,
            "owner_email": quote.email,
            "first_name": first or last,
            "last_name": last,
            "country": quote.country,
        }
