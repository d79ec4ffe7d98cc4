"""The form of a product in the store: cycle, options, quantity, domain name. It holds no price."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, OfferedValue, UnitPrice
from commerce.portal import formats
from commerce.portal.signing_forms import Line


class ProductForm(forms.Form):
    """What a buyer chooses of a product; fields of options are called ``option-{id}``."""

    billing_cycle = forms.ChoiceField(label=later("Billing cycle"), widget=forms.RadioSelect)
    qty = forms.IntegerField(label=later("Quantity"), min_value=1, max_value=100, initial=1)
    domain = Line(
        label=later("Domain name"),
        max_length=253,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "url", "placeholder": "example.com"}
        ),
    )
    domain_action = forms.ChoiceField(
        label=later("What about this name?"),
        required=False,
        initial="own",
        widget=forms.RadioSelect,
        choices=[
            ("own", later("I have it already, and keep it where it is")),
            ("register", later("Register it for me")),
            ("transfer", later("Transfer it here")),
        ],
    )
    auth_code = forms.CharField(
        label=later("Authorisation code"),
        max_length=255,
        required=False,
        help_text=later("For a transfer: your present registrar gives it to you."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        product: Product,
        prices: Mapping[str, UnitPrice],
        options: Sequence[OfferedOption],
        currency: str,
        sells_domains: bool,
    ) -> None:
        super().__init__(data)
        self.options, self.prices, self.currency = options, prices, currency
        cycles = self.fields["billing_cycle"]
        assert isinstance(cycles, forms.ChoiceField)
        cycles.choices = [(cycle, self._price(cycle)) for cycle in prices]
        cycles.initial = next(iter(prices), "")
        for option in options:
            self.fields[f"option-{option.id}"] = self._field(option)
        if product.require_domain:
            del self.fields["qty"]
            self.fields["domain"].required = True
        if product.type != Product.Type.HOSTING and not product.require_domain:
            del self.fields["domain"]
        if "domain" not in self.fields or not sells_domains:
            del self.fields["domain_action"], self.fields["auth_code"]

    def _price(self, cycle: str) -> str:
        unit = self.prices[cycle]
        text = f"{formats.CYCLES[cycle]}: {formats.money_text(unit.base, self.currency)}"
        if unit.setup_fee:
            fee = formats.money_text(unit.setup_fee, self.currency)
            text += _(", set-up once %(fee)s") % {"fee": fee}
        return text

    def _field(self, option: OfferedOption) -> forms.Field:
        if option.type == "quantity":
            return forms.IntegerField(
                label=option.name,
                min_value=option.minimum,
                max_value=option.maximum or None,
                initial=option.minimum,
                required=option.required,
                help_text=self._each(option.values[0]) if option.values else "",
            )
        if option.type == "checkbox":
            extra = self._each(option.values[0]) if option.values else ""
            return forms.BooleanField(label=option.name, required=False, help_text=extra)
        choices = [(str(value.id), self._named(value)) for value in option.values]
        if not option.required:
            choices.insert(0, ("", _("None")))
        return forms.ChoiceField(
            label=option.name,
            choices=choices,
            required=False,
            initial=choices[0][0] if choices else "",
            widget=forms.Select if option.type == "dropdown" else forms.RadioSelect,
        )

    def _each(self, value: OfferedValue) -> str:
        price, fee = value.at(self.cycle())
        if not price and not fee:
            return _("Included")
        text = formats.money_text(price, self.currency)
        return text + (f" + {formats.money_text(fee, self.currency)}" if fee else "")

    def _named(self, value: OfferedValue) -> str:
        price, fee = value.at(self.cycle())
        return f"{value.name}: {self._each(value)}" if price or fee else value.name

    def _typed(self, name: str) -> str:
        return str(self.data.get(name, "")) if self.is_bound else ""

    def cycle(self) -> str:
        """The chosen billing cycle, or the first one offered."""
        typed = self._typed("billing_cycle")
        return typed if typed in self.prices else next(iter(self.prices), "")

    def quantity(self) -> int:
        """The typed quantity if it is one, else 1."""
        typed = self._typed("qty")
        return int(typed) if typed.isascii() and typed.isdecimal() and int(typed[:4]) > 0 else 1

    def picked(self) -> dict[int, int]:
        """Option id and what was chosen of it, as the cart takes it; nothing said is left out."""
        found: dict[int, int] = {}
        for option in self.options:
            typed = self._typed(f"option-{option.id}")
            if option.type == "checkbox":
                if self.is_bound:
                    found[option.id] = 1 if typed else 0
            elif typed.isascii() and typed.isdecimal() and len(typed) < 10:
                found[option.id] = int(typed)
        return found

    def clean(self) -> dict[str, Any]:
        """A field that this product does not ask for has its plain value."""
        cleaned = super().clean() or self.cleaned_data
        return {"qty": 1, "domain": ""} | cleaned
