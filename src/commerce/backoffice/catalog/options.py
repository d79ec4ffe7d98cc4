"""`/admin/options`: groups of configurable options, their options, values and prices."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog.price_grid import OptionPriceGrid, save_option_prices
from commerce.backoffice.catalog.products import GRID_TEMPLATE, price_columns, yes_no
from commerce.backoffice.lists.columns import Column, LinkColumn, choice_column
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
)
from commerce.catalog.labels import OPTION_TYPE_LABELS
from commerce.catalog.models import Option, OptionGroup, OptionValue

_MANAGE, _VIEW = StaffPermission.PRODUCTS_MANAGE, StaffPermission.PRODUCTS_VIEW


def _option_type() -> Column:
    return choice_column(_("Type"), "type", lambda: OPTION_TYPE_LABELS)


class OptionGroupAdmin(RecordAdmin):
    """Groups of options, which products share."""

    model = OptionGroup
    slug = "options"
    label = _("Configurable options")
    view_permission = _VIEW
    menu = MenuGroup.CATALOG
    list_display = (
        Column(_("Name"), "name"),
        Column(_("Position"), "position"),
        Column(_("Options"), "option_count"),
        Column(_("Products"), "product_count"),
    )
    ordering = ("position", "id")
    search_fields = ("name",)
    list_actions = (act_button(create_option_group, to=page_of),)
    record_actions = (
        act_button(change_option_group),
        act_button(create_option, to=page_of),
        act_button(delete_option_group),
    )
    record_fieldsets: ClassVar = ((_("Group"), (Column(_("Position"), "position"),)),)
    panels = (
        Panel(
            title=_("Options"),
            permission=_VIEW,
            columns=(
                Column(_("Name"), "name"),
                _option_type(),
                Column(_("Required"), "required", show=yes_no),
            ),
            rows=lambda group: group.options.order_by("position", "pk"),
            limit=100,
        ),
        Panel(
            title=_("Products"),
            permission=_VIEW,
            columns=(Column(_("Name"), "name"),),
            rows=lambda group: group.products.order_by("name", "pk"),
            limit=100,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        counts = {
            "option_count": Count("options", distinct=True),
            "product_count": Count("products", distinct=True),
        }
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**counts)
        return rows


class OptionAdmin(RecordAdmin):
    """An option; it is reached from its group."""

    model = Option
    slug = "options/each"
    label = _("Options")
    view_permission = _VIEW
    list_display = (Column(_("Name"), "name"), LinkColumn(_("Group"), "group"), _option_type())
    ordering = ("group__position", "group_id", "position", "id")
    list_select_related = ("group",)
    search_fields = ("name", "group__name")
    record_actions = (
        act_button(change_option),
        act_button(add_option_value),
        act_button(remove_option, to=lambda option: page_of(option.group)),
    )
    record_related = ("group",)
    record_fieldsets: ClassVar = (
        (
            _("Option"),
            (
                LinkColumn(_("Group"), "group"),
                _option_type(),
                Column(_("Required"), "required", show=yes_no),
                Column(_("Minimum quantity"), "minimum"),
                Column(_("Maximum quantity"), "maximum"),
                Column(_("Position"), "position"),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Values"),
            permission=_VIEW,
            columns=(Column(_("Name"), "name"), Column(_("Position"), "position")),
            rows=lambda option: option.values.order_by("position", "pk"),
            limit=100,
        ),
    )


class OptionValueAdmin(RecordAdmin):
    """A value of an option, with its prices."""

    model = OptionValue
    slug = "options/values"
    label = _("Values of options")
    view_permission = _VIEW
    list_display = (Column(_("Name"), "name"), LinkColumn(_("Option"), "option"))
    ordering = ("option__group_id", "option_id", "position", "id")
    list_select_related = ("option",)
    search_fields = ("name", "option__name")
    record_actions = (
        RecordAction(
            name="prices",
            label=_("Prices"),
            permission=_MANAGE,
            run=save_option_prices,
            form=OptionPriceGrid,
            intro=lambda _value: _t(
                "Added to the price of the product for each unit. Leave blank if it's free; a negative"
                " amount is a discount."
            ),
            submit=_("Save changes"),
            template=GRID_TEMPLATE,
        ),
        act_button(change_option_value),
        act_button(remove_option_value, to=lambda value: page_of(value.option)),
    )
    record_related = ("option__group",)
    record_fieldsets: ClassVar = (
        (
            _("Value"),
            (LinkColumn(_("Option"), "option"), Column(_("Position"), "position")),
        ),
    )
    panels = (
        Panel(
            title=_("Prices"),
            permission=_VIEW,
            columns=price_columns(),
            rows=lambda value: value.prices.order_by("currency_id", "billing_cycle"),
            limit=200,
        ),
    )
