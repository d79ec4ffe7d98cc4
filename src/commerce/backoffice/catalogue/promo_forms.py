"""Forms about promo codes, and what saving them does."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import list_of, page_of
from commerce.backoffice.money.fields import MinorUnitsField, PercentField, fill_from_record
from commerce.backoffice.money.invoice_forms import DayField
from commerce.catalog.actions.deletion import delete_promo
from commerce.catalog.actions.promos import PROMO_FIELDS, change_promo, create_promo
from commerce.catalog.models import Currency, Product, PromoCode
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField
from commerce.presentation.labels import CYCLE_LABELS

type Typed = Mapping[str, Any]


class PromoForm(StaffForm):
    """What a code is for, when, and how often; what it takes off stands only in that of a new one."""

    recurring = forms.BooleanField(
        label=_lazy("Apply to every invoice, not just the first"), required=False
    )
    products = forms.ModelMultipleChoiceField(
        label=_lazy("Products"),
        queryset=Product.objects.in_order(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Select none to apply to all products."),
    )
    cycles = forms.MultipleChoiceField(
        label=_lazy("Billing cycles"),
        choices=list(CYCLE_LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Select none to apply to all billing cycles."),
    )
    tlds = LineField(
        label=_lazy("TLDs"),
        required=False,
        max_length=500,
        help_text=_lazy("Such as com, net. The code applies to domains only if their TLD is here."),
    )
    max_uses = WholeNumberField(
        label=_lazy("Maximum uses"), required=False, min_value=1, max_value=1_000_000
    )
    max_uses_per_client = WholeNumberField(
        label=_lazy("Maximum uses per client"), required=False, min_value=1, max_value=1_000_000
    )
    starts_on = DayField(label=_lazy("First day"), required=False)
    ends_on = DayField(label=_lazy("Last day"), required=False)
    new_clients_only = forms.BooleanField(label=_lazy("New clients only"), required=False)
    is_active = forms.BooleanField(label=_lazy("Active"), required=False, initial=True)
    notes = MultilineField(
        label=_lazy("Internal notes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def prepare(self) -> None:
        """What is stored."""
        if self.record is None:
            return
        fill_from_record(self, "products", "tlds")
        self.fields["products"].initial = list(self.record.products.all())
        self.fields["tlds"].initial = ", ".join(self.record.tlds)

    def clean_tlds(self) -> list[str]:
        """The list of them."""
        return str(self.cleaned_data["tlds"]).replace(",", " ").split()


class NewPromoForm(PromoForm):
    """A code with its discount: a percentage, or an amount for each currency."""

    code = LineField(label=_lazy("Code"), max_length=50)
    percent = PercentField(
        100, label=_lazy("Percentage off"), required=False, help_text=_lazy("Or amounts below.")
    )

    def prepare(self) -> None:
        """An amount for each currency on sale, before what a code is for."""
        self.codes = [row.code for row in Currency.objects.on_sale()]
        amounts = {
            f"amount-{code}": MinorUnitsField(
                code,
                least=1,
                required=False,
                label=_("Amount off (%(currency)s)") % {"currency": code},
            )
            for code in self.codes
        }
        first = {name: self.fields.pop(name) for name in ("code", "percent")}
        self.fields = {**first, **amounts, **self.fields}

    def clean(self) -> dict[str, Any]:
        """The amounts by currency; either these or a percentage."""
        typed = self.cleaned_data
        found = {code: typed.get(f"amount-{code}") for code in self.codes}
        typed["amounts"] = {code: amount for code, amount in found.items() if amount}
        if not self.errors and bool(typed.get("percent")) == bool(typed["amounts"]):
            self.add_error("percent", _("Enter a percentage, or amounts, but not both."))
        return typed


def add_promo(_record: None, typed: Typed, ctx: Context) -> Done:
    """A new code."""
    made = create_promo(
        code=typed["code"],
        percent=typed["percent"] or 0,
        amounts=typed["amounts"],
        products=typed["products"],
        **{name: typed[name] for name in PROMO_FIELDS},
        ctx=ctx,
    )
    return Done(_("The promo code was created."), page_of(made))


def save_promo(promo: PromoCode, typed: Typed, ctx: Context) -> str:
    """What it is for, when and how often."""
    fields = {name: typed[name] for name in PROMO_FIELDS}
    change_promo(promo=promo, products=typed["products"], **fields, ctx=ctx)
    return _("The promo code was saved. Services that already use it keep it.")


def remove_promo(promo: PromoCode, _typed: Typed, ctx: Context) -> Done:
    """Delete one that nobody used."""
    delete_promo(promo=promo, ctx=ctx)
    return Done(_("%(name)s was deleted.") % {"name": promo.code}, list_of(PromoCode))
