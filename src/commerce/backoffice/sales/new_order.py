"""An order that staff place for a client: `/admin/orders/new` asks for whom, `/admin/clients/<id>/order` for what."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.models import Client
from commerce.accounts.records.clients import client_title
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.billing.tax.actions import refresh_vat_check
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, price_list, product_options
from commerce.catalog.rules import OptionType, OrderItemAction, ProductStatus
from commerce.domains.rules import normalize_name
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine, DomainCartLine, PriceOverride, ProductCartLine
from commerce.portal.base.form_fields import (
    LineField,
    MultilineField,
    WholeNumberField,
    with_decimal_point,
)
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import CYCLE_LABELS, Text

type Data = Mapping[str, Any]

MAX_YEARS = 10


class ClientChoiceForm(StaffForm):
    """For whom the order is."""

    client = LineField(label=_lazy("Client ID or billing email"), max_length=254)

    def clean_client(self) -> Client:
        typed = self.cleaned_data["client"]
        rows = Client.objects.filter(email__iexact=typed)
        if typed.isascii() and typed.isdecimal() and len(typed) < 19:
            rows = Client.objects.filter(pk=int(typed))
        found = list(rows.order_by("pk")[:2])
        if not found:
            raise forms.ValidationError(_("No client has this ID or billing email."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several clients have this billing email. Enter the ID of one.")
            )
        return found[0]


def _go_on(_record: None, data: Data, _ctx: Context) -> Done:
    client: Client = data["client"]
    url = reverse("admin:accounts_client_order", args=[client.pk])
    return Done(_("Choose what to order for %(client)s.") % {"client": client_title(client)}, url)


class NewOrderForm(StaffForm):
    """One product with its options, and domains to register; a price that was agreed on, with its reason."""

    product = forms.ModelChoiceField(
        Product.objects.all(), required=False, widget=forms.HiddenInput
    )
    register = MultilineField(
        label=_lazy("Domains to register"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("One per line, with the years after it, such as: acme.com 2"),
    )
    transfer = MultilineField(
        label=_lazy("Domains to transfer"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("One per line. The client is asked for the authorization code."),
    )
    promo_code = LineField(label=_lazy("Promo code"), required=False, max_length=50)
    with_invoice = forms.BooleanField(
        label=_lazy("Issue an invoice"),
        required=False,
        initial=True,
        help_text=_lazy("Without one, the order waits for approval, and its first period is free."),
    )

    def prepare(self) -> None:
        client: Client = self.record
        sold = Product.objects.filter(status=ProductStatus.ACTIVE, type__in=_SOLD_TYPES)
        rows = list(sold.order_by("group__position", "group", "position", "pk"))
        prices = price_list([row.pk for row in rows], client.currency_code, client.group_id)
        self.products = [row for row in rows if row.pk in prices]
        typed = str(self.data.get("product", self.query.get("product", "")) or "")
        self.chosen = next((row for row in self.products if str(row.pk) == typed), None)
        self.initial["product"] = self.chosen and self.chosen.pk
        self.options: tuple[OfferedOption, ...] = ()
        if self.chosen is not None:
            found = product_options([self.chosen.pk], client.currency_code)
            self.options = found.get(self.chosen.pk, ())
            self._add_product_fields(
                [
                    (cycle, _cycle_text(cycle, unit.base, client.currency_code))
                    for cycle, unit in prices[self.chosen.pk].items()
                ]
            )

    def product_choices(self) -> list[tuple[int | str, str]]:
        """What can be ordered; nothing, where only domains are."""
        return [
            ("", _("Only domains")),
            *((product.pk, product.name) for product in self.products),
        ]

    def _add_product_fields(self, cycles: list[tuple[str, str]]) -> None:
        own: dict[str, forms.Field] = {
            "billing_cycle": forms.ChoiceField(label=_("Billing cycle"), choices=cycles),
            "qty": WholeNumberField(label=_("Quantity"), min_value=1, max_value=100, initial=1),
            "domain": LineField(label=_("Domain"), required=False, max_length=253),
        }
        own |= {f"option-{option.id}": _option_field(option) for option in self.options}
        code = self.record.currency_code
        own["agreed_price"] = LineField(
            label=_("Agreed price in %(currency)s") % {"currency": code},
            required=False,
            max_length=30,
            help_text=_(
                "Per unit, with its options and without setup, instead of the regular price."
            ),
        )
        own["price_reason"] = LineField(
            label=_("Reason for the agreed price"),
            required=False,
            max_length=500,
            help_text=_("The client never sees it."),
        )
        self.fields = {**own, **self.fields}

    def clean_register(self) -> list[tuple[str, int]]:
        """Names and years."""
        return [
            _name_and_years(line) for line in self.cleaned_data["register"].splitlines() if line
        ]

    def clean_transfer(self) -> list[str]:
        """Names."""
        try:
            return [
                normalize_name(name, field="transfer")
                for name in self.cleaned_data["transfer"].split()
            ]
        except BusinessError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_agreed_price(self) -> int | None:
        typed = self.cleaned_data["agreed_price"]
        if not typed:
            return None
        try:
            return parse_amount(with_decimal_point(typed), self.record.currency_code)
        except BusinessError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """``cart_lines``: what is ordered."""
        values = super().clean() or self.cleaned_data
        if not self.errors:
            values["cart_lines"] = self._cart_lines(values)
            if not values["cart_lines"]:
                self.add_error(None, _("Choose a product, or enter a domain."))
            elif values.get("agreed_price") is not None and not values["price_reason"]:
                self.add_error("price_reason", _("Enter why this price was agreed on."))
        return values

    def _cart_lines(self, values: Data) -> list[CartLine]:
        lines: list[CartLine] = [
            DomainCartLine(action=OrderItemAction.REGISTER, domain=name, years=years)
            for name, years in values["register"]
        ]
        lines += [
            DomainCartLine(action=OrderItemAction.TRANSFER, domain=name)
            for name in values["transfer"]
        ]
        if self.chosen is None:
            return lines
        amount = values["agreed_price"]
        line = ProductCartLine(
            product_id=self.chosen.pk,
            billing_cycle=values["billing_cycle"],
            qty=values["qty"],
            domain=values["domain"],
            options=tuple(self._picked(values)),
            price_override=(
                None if amount is None else PriceOverride(amount, values["price_reason"])
            ),
        )
        return [line, *lines]

    def _picked(self, values: Data) -> list[tuple[int, int]]:
        typed = [(option.id, values[f"option-{option.id}"]) for option in self.options]
        return [(pk, int(value)) for pk, value in typed if value not in (None, "")]


_SOLD_TYPES = ("hosting", "other")


def _cycle_text(cycle: str, amount: int, code: str) -> str:
    return _("%(cycle)s: %(price)s") % {
        "cycle": CYCLE_LABELS[cycle],
        "price": format_money(amount, code),
    }


def _option_field(option: OfferedOption) -> forms.Field:
    match option.type:
        case OptionType.QUANTITY:
            least = option.minimum if option.required else 0
            return WholeNumberField(
                label=option.name, min_value=least, max_value=option.maximum, initial=least
            )
        case OptionType.CHECKBOX:
            return forms.BooleanField(label=option.name, required=option.required)
    values = [(value.id, value.name) for value in option.values]
    choices = values if option.required else [("", "–"), *values]
    return forms.ChoiceField(label=option.name, required=option.required, choices=choices)


def _name_and_years(line: str) -> tuple[str, int]:
    name, _blank, years = line.strip().partition(" ")
    if years and not (years.isascii() and years.isdecimal() and 1 <= int(years) <= MAX_YEARS):
        raise forms.ValidationError(
            _("Enter 1 to %(maximum)d years after %(domain)s.")
            % {"maximum": MAX_YEARS, "domain": name}
        )
    try:
        return normalize_name(name, field="register"), int(years or 1)
    except BusinessError as error:
        raise forms.ValidationError(str(error)) from error


def _place(client: Client, data: Data, ctx: Context) -> Done:
    order = place_cart_lines(
        cart_lines=data["cart_lines"],
        client=client,
        placed_by=None,
        shown_total=None,
        vat_refresh=refresh_vat_check(client=client, ctx=ctx),
        idempotency_key=ids.random_key(),  # the form is run once
        promo_code=data["promo_code"],
        with_invoice=data["with_invoice"],
        ctx=ctx,
    )
    url = reverse("admin:orders_order_change", args=[order.pk])
    return Done(_("Order %(number)s placed.") % {"number": order.number}, url)


def _is_not_active(client: Client) -> Text | None:
    return None if client.status == ClientStatus.ACTIVE else _lazy("Reactivate the client first.")


CHOOSE_CLIENT = RecordAction(
    name="new",
    label=_lazy("New order"),
    permission=StaffPermission.ORDERS_MANAGE,
    form=ClientChoiceForm,
    submit=_lazy("Continue"),
    run=_go_on,
)
PLACE_ORDER = RecordAction(
    name="order",
    label=_lazy("New order"),
    permission=StaffPermission.ORDERS_MANAGE,
    form=NewOrderForm,
    submit=pgettext_lazy("by staff", "Place order"),
    run=_place,
    is_atomic=False,
    template="backoffice/sales/new_order.html",
    unavailable=_is_not_active,
)
