"""Forms about configurable options, and what saving them does."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.money.addresses import list_of, page_of
from commerce.backoffice.money.fields import fill_from_record
from commerce.catalog.actions.deletion import delete_option_group
from commerce.catalog.actions.options import (
    add_option_value,
    change_option,
    change_option_group,
    change_option_value,
    create_option,
    create_option_group,
    remove_option,
    remove_option_value,
    set_option_group_products,
)
from commerce.catalog.models import Option, OptionGroup, OptionValue, Product
from commerce.catalog.rules import OptionType
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField
from commerce.presentation.labels import Text

type Typed = Mapping[str, Any]

OPTION_TYPE_LABELS: Mapping[str, Text] = {
    OptionType.DROPDOWN: _lazy("Dropdown"),
    OptionType.RADIO: _lazy("Radio buttons"),
    OptionType.CHECKBOX: _lazy("Checkbox"),
    OptionType.QUANTITY: _lazy("Quantity"),
}


class OptionGroupForm(StaffForm):
    """A group of options, and the products that offer them."""

    name = LineField(label=_lazy("Name"), max_length=100)
    position = WholeNumberField(
        label=_lazy("Position"), min_value=0, max_value=1_000_000, initial=0
    )
    products = forms.ModelMultipleChoiceField(
        label=_lazy("Products"),
        queryset=Product.objects.in_order(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        """What is stored."""
        if self.record:
            self.fields["name"].initial = self.record.name
            self.fields["position"].initial = self.record.position
            self.fields["products"].initial = list(self.record.products.all())


class NewOptionForm(StaffForm):
    """An option of a group with its values."""

    name = LineField(label=_lazy("Name"), max_length=100)
    kind = forms.ChoiceField(label=_lazy("Type"), choices=list(OPTION_TYPE_LABELS.items()))
    values = MultilineField(
        label=_lazy("Values"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_lazy(
            "One per line. Checkboxes and quantities have a single value, which names one unit."
        ),
    )
    required = forms.BooleanField(
        label=_lazy("Clients must choose a value"), required=False, initial=True
    )
    minimum = WholeNumberField(
        label=_lazy("Minimum quantity"), min_value=0, max_value=1_000_000, initial=0
    )
    maximum = WholeNumberField(
        label=_lazy("Maximum quantity"), min_value=0, max_value=1_000_000, initial=100
    )
    position = WholeNumberField(
        label=_lazy("Position"), min_value=0, max_value=1_000_000, initial=0
    )


class OptionForm(StaffForm):
    """What of an option can change."""

    name = LineField(label=_lazy("Name"), max_length=100)
    required = forms.BooleanField(label=_lazy("Clients must choose a value"), required=False)
    minimum = WholeNumberField(label=_lazy("Minimum quantity"), min_value=0, max_value=1_000_000)
    maximum = WholeNumberField(label=_lazy("Maximum quantity"), min_value=0, max_value=1_000_000)
    position = WholeNumberField(label=_lazy("Position"), min_value=0, max_value=1_000_000)

    def prepare(self) -> None:
        """What is stored; a range only of a quantity."""
        if self.record.type != OptionType.QUANTITY:
            del self.fields["minimum"], self.fields["maximum"]
        fill_from_record(self)


class NewValueForm(StaffForm):
    """A further value."""

    values = LineField(label=_lazy("Name"), max_length=100)


class ValueForm(StaffForm):
    """Name and place of a value."""

    values = LineField(label=_lazy("Name"), max_length=100)
    position = WholeNumberField(label=_lazy("Position"), min_value=0, max_value=1_000_000)

    def prepare(self) -> None:
        """What is stored."""
        self.fields["values"].initial = self.record.name
        self.fields["position"].initial = self.record.position


def add_group(_record: None, typed: Typed, ctx: Context) -> Done:
    """A new group."""
    names = ("name", "position", "products")
    made = create_option_group(**{name: typed[name] for name in names}, ctx=ctx)
    return Done(_("The group was created."), page_of(made))


def save_group(group: OptionGroup, typed: Typed, ctx: Context) -> str:
    """Name, place and products."""
    change_option_group(group=group, name=typed["name"], position=typed["position"], ctx=ctx)
    set_option_group_products(group=group, products=typed["products"], ctx=ctx)
    return _("The group was saved. Existing services keep their options.")


def remove_group(group: OptionGroup, _typed: Typed, ctx: Context) -> Done:
    """Delete it with its options."""
    delete_option_group(group=group, ctx=ctx)
    return Done(_("%(name)s was deleted.") % {"name": group.name}, list_of(OptionGroup))


def add_option(group: OptionGroup, typed: Typed, ctx: Context) -> Done:
    """An option of a group."""
    values = [line for line in typed["values"].splitlines() if line.strip()]
    names = ("name", "kind", "required", "minimum", "maximum", "position")
    made = create_option(
        group=group, values=values, **{name: typed[name] for name in names}, ctx=ctx
    )
    return Done(_("The option was created."), page_of(made))


def save_option(option: Option, typed: Typed, ctx: Context) -> str:
    """Name, place, whether it must be chosen, range."""
    names = ("name", "required", "minimum", "maximum", "position")
    fields = {name: typed[name] for name in names if name in typed}
    change_option(option=option, **fields, ctx=ctx)
    return _("The option was saved. Existing services don't change.")


def delete_option(option: Option, _typed: Typed, ctx: Context) -> Done:
    """Offer it no longer."""
    to = page_of(option.group)
    remove_option(option=option, ctx=ctx)
    return Done(_("%(name)s was deleted.") % {"name": option.name}, to)


def add_value(option: Option, typed: Typed, ctx: Context) -> str:
    """A further value."""
    add_option_value(option=option, name=typed["values"], ctx=ctx)
    return _("The value was added. It is free until it has a price.")


def save_value(value: OptionValue, typed: Typed, ctx: Context) -> str:
    """Name and place."""
    change_option_value(value=value, name=typed["values"], position=typed["position"], ctx=ctx)
    return _("The value was saved. Existing services keep the old name.")


def delete_value(value: OptionValue, _typed: Typed, ctx: Context) -> Done:
    """Offer it no longer."""
    to = page_of(value.option)
    remove_option_value(value=value, ctx=ctx)
    return Done(_("%(name)s was deleted.") % {"name": value.name}, to)
