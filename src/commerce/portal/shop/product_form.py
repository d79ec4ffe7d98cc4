"""The form of a product in the store: cycle, options, quantity, domain name. It holds no price."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, OfferedValue, UnitPrice, cycle_saving
from commerce.catalog.rules import OptionType, OrderItemAction, ProductType
from commerce.domains.offers import TldOffer
from commerce.domains.rules import normalize_name
from commerce.kit.errors import BusinessError
from commerce.orders.cart_lines import DomainCartLine
from commerce.portal.base.form_fields import LineField, PlainTextField, WholeNumberField
from commerce.portal.shop.tampering import TamperProofForm
from commerce.presentation import labels
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_percent
from commerce.presentation.idn import stored_name

_CYCLE_PRICE_TEXTS = {
    (False, False): _lazy("%(cycle)s: %(price)s"),
    (True, False): _lazy("%(cycle)s: %(price)s, plus %(fee)s setup fee"),
    (False, True): _lazy("%(cycle)s: %(price)s (save %(percent)s)"),
    (True, True): _lazy("%(cycle)s: %(price)s (save %(percent)s), plus %(fee)s setup fee"),
}
"""What a billing cycle costs, by whether it has a setup fee and whether it saves against paying by the month."""


def year_choices(min_years: int, max_years: int) -> list[tuple[str, str]]:
    """Terms to choose from, in words."""
    return [
        (str(n), ngettext("%(years)s year", "%(years)s years", n) % {"years": n})
        for n in range(min_years, max_years + 1)
    ]


class ProductForm(TamperProofForm):
    """What a buyer chooses of a product; fields of options are called ``option-{id}``."""

    restored_fields: ClassVar[tuple[str, ...]] = (
        *("billing_cycle", "qty", "option-*"),
        *("domain", "domain_action", "years", "whois_privacy"),
    )

    DOMAIN_FIELDS = ("domain_action", "years", "whois_privacy", "auth_code")
    """What is asked of a name where names are sold."""

    billing_cycle = forms.ChoiceField(label=_lazy("Billing cycle"), widget=forms.RadioSelect)
    qty = WholeNumberField(label=_lazy("Quantity"), min_value=1, max_value=100, initial=1)
    domain = LineField(
        label=_lazy("Domain name"),
        max_length=253,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "url", "placeholder": "example.com"}
        ),
    )
    domain_action = forms.ChoiceField(
        label=_lazy("Use a domain"),
        required=False,
        initial="own",
        widget=forms.RadioSelect,
        choices=[
            ("own", _lazy("I already own this domain")),
            ("register", _lazy("Register a new domain")),
            ("transfer", _lazy("Transfer my domain to you")),
        ],
    )
    years = forms.TypedChoiceField(
        label=_lazy("Registration period"), required=False, coerce=int, empty_value=None
    )
    whois_privacy = forms.BooleanField(
        label=_lazy("WHOIS privacy"),
        required=False,
        help_text=_lazy("Not available for every TLD."),
    )
    auth_code = PlainTextField(
        label=_lazy("Authorization code"),
        max_length=255,
        required=False,
        help_text=_lazy("Get it from your current registrar."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        typed: QueryDict | None,
        product: Product,
        prices: Mapping[str, UnitPrice],
        options: Sequence[OfferedOption],
        currency: str,
        endings: Sequence[TldOffer],
    ) -> None:
        """``data`` is sent to order; ``typed`` is what the price was asked for, which is shown again unjudged.

        ``endings`` are those under which names are registered here.
        """
        super().__init__(data)
        self.options, self.prices, self.currency = options, prices, currency
        self.typed = typed if data is None else data
        cycles = self.fields["billing_cycle"]
        assert isinstance(cycles, forms.ChoiceField)
        cycles.choices = [(cycle, self._price(cycle)) for cycle in prices]
        cycles.initial = next(iter(prices), "")
        for option in options:
            name = f"option-{option.id}"
            self.fields[name] = self._field(option)
            if (
                data is not None
                and option.type in (OptionType.DROPDOWN, OptionType.RADIO)
                and not data.get(name)
            ):
                # The page always has one chosen; for a program that says none, the first one counts.
                self.fields[name].required = False
        for name in self.fields.keys() - self.fields_of(product) - set(self._names()):
            del self.fields[name]
        if product.require_domain:
            self.fields["domain"].required = True
        self._ask_about_name(endings)
        self.order_fields(["billing_cycle", *self._names(), "qty"])
        if typed is not None and data is None:
            self.initial = {
                name: typed.get(name, "") for name in self.fields if name != "auth_code"
            }

    def _ask_about_name(self, endings: Sequence[TldOffer]) -> None:
        if not endings:
            for name in self.DOMAIN_FIELDS:
                self.fields.pop(name, None)
            return
        if "domain_action" not in self.fields:
            return
        # The page always has one chosen; a program may leave it out.
        self.fields["domain_action"].required = not self.is_bound or "domain_action" in self.data
        for name in ("years", "auth_code"):
            # They stand there only for a registration, or a transfer.
            self.fields[name].depends = True  # type: ignore[attr-defined]
        terms = self.fields["years"]
        assert isinstance(terms, forms.TypedChoiceField)
        least, most = min(one.min_years for one in endings), max(one.max_years for one in endings)
        terms.choices = [("", _("Minimum term")), *year_choices(least, most)]
        if not any(one.privacy_available for one in endings):
            del self.fields["whois_privacy"]

    @staticmethod
    def fields_of(product: Product) -> set[str]:
        """What is asked for this product beside its options."""
        found = {"billing_cycle"}
        if not product.require_domain:
            found.add("qty")
        if product.require_domain or product.type == ProductType.HOSTING:
            found |= {"domain", *ProductForm.DOMAIN_FIELDS}
        return found

    def bound_options(self) -> list[forms.BoundField]:
        """The fields of the options, in their order."""
        return [self[name] for name in self._names()]

    def bound_others(self) -> list[forms.BoundField]:
        """The fields after the options: quantity and domain name."""
        first = {"billing_cycle", *self._names()}
        return [self[name] for name in self.fields if name not in first]

    def _names(self) -> list[str]:
        return [f"option-{option.id}" for option in self.options]

    def _price(self, cycle: str) -> str:
        unit, saving = self.prices[cycle], cycle_saving(self.prices, cycle)
        text = _CYCLE_PRICE_TEXTS[bool(unit.setup_fee), bool(saving)]
        return text % {
            "cycle": labels.CYCLE_LABELS[cycle],
            "price": format_money(unit.base, self.currency),
            "fee": format_money(unit.setup_fee, self.currency),
            "percent": format_percent(saving),
        }

    def _field(self, option: OfferedOption) -> forms.Field:
        if option.type == OptionType.QUANTITY:
            return WholeNumberField(
                label=option.name,
                min_value=option.minimum if option.required else 0,
                max_value=option.maximum,
                initial=option.minimum if option.required else 0,
                required=option.required,
                help_text=self._for_each(option.values[0]) if option.values else "",
            )
        if option.type == OptionType.CHECKBOX:
            extra = self._each(option.values[0]) if option.values else ""
            return forms.BooleanField(label=option.name, required=False, help_text=extra)
        choices = [(str(value.id), self._named(value)) for value in option.values]
        if not option.required:
            choices.insert(0, ("", pgettext("option", "None")))
        return forms.ChoiceField(
            label=option.name,
            choices=choices,
            required=option.required,
            initial=choices[0][0] if choices else "",
            widget=forms.Select if option.type == OptionType.DROPDOWN else forms.RadioSelect,
        )

    def _each(self, value: OfferedValue) -> str:
        price, fee, values = self._values_of(value)
        if not price and not fee:
            return _("Included")
        return (_("%(price)s, plus %(fee)s setup fee") if fee else "%(price)s") % values

    def _for_each(self, value: OfferedValue) -> str:
        price, fee, values = self._values_of(value)
        if not price and not fee:
            return _("Included")
        return (
            _("%(price)s each, plus %(fee)s setup fee") if fee else _("%(price)s each")
        ) % values

    def _named(self, value: OfferedValue) -> str:
        price, fee, values = self._values_of(value)
        if not price and not fee:
            return value.name
        text = (
            _("%(value)s: %(price)s, plus %(fee)s setup fee") if fee else _("%(value)s: %(price)s")
        )
        return text % values

    def _values_of(self, value: OfferedValue) -> tuple[int, int, dict[str, str]]:
        """Price and setup fee of an option's value in the chosen cycle, and both as texts take them."""
        price, fee = value.at(self.cycle())
        texts = {
            "value": value.name,
            "price": format_money(price, self.currency),
            "fee": format_money(fee, self.currency),
        }
        return price, fee, texts

    def _typed(self, name: str) -> str:
        return str(self.typed.get(name, "")) if self.typed is not None else ""

    def cycle(self) -> str:
        """The chosen billing cycle, or the first one offered."""
        typed = self._typed("billing_cycle")
        return typed if typed in self.prices else next(iter(self.prices), "")

    def quantity(self) -> int:
        """The typed quantity if it is one, else 1."""
        return _number(self._typed("qty")) or 1

    def picked(self) -> dict[int, int]:
        """Option id and what was chosen of it, as the cart takes it; what was not said is left out."""
        found: dict[int, int] = {}
        for option in self.options:
            typed = self._typed(f"option-{option.id}")
            number = _number(typed)
            if option.type == OptionType.CHECKBOX:
                found[option.id] = 1 if typed else 0
            elif number is not None:
                found[option.id] = number
        return found

    def typed_name(self) -> DomainCartLine | None:
        """The name that is to be registered (``years`` 0: for its shortest term) or transferred beside the product."""
        action = self._typed("domain_action")
        try:
            name = normalize_name(stored_name(self._typed("domain")))
        except BusinessError:
            return None
        if "domain_action" not in self.fields or action == "own" or action not in OrderItemAction:
            return None
        years = (_number(self._typed("years")) or 0) if action == OrderItemAction.REGISTER else 1
        return DomainCartLine(action=action, domain=name, years=years)

    def clean_domain(self) -> str:
        """The name as it is stored."""
        return stored_name(self.cleaned_data["domain"])

    def clean(self) -> dict[str, Any]:
        """A field that this product does not ask for has its plain value; an option of another product is refused."""
        cleaned = super().clean()
        if any(name.startswith("option-") and name not in self.fields for name in self.data):
            self.add_error(None, _("This option isn't available for this product."))
        moves = cleaned.get("domain_action") in (OrderItemAction.REGISTER, OrderItemAction.TRANSFER)
        if moves and "domain" in cleaned and not cleaned["domain"]:
            self.add_error("domain", _("Enter a domain name."))
        return {"qty": 1, "domain": ""} | cleaned


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None
