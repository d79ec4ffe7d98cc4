"""`/admin/client-groups`: who pays prices of their own, or a percentage less."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.client_groups import (
    MAX_GROUP_NAME_LENGTH,
    change_client_group,
    create_client_group,
)
from commerce.accounts.models import Client, ClientGroup
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.columns import Column, MoneyColumn, choice_column, plain_percent
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import Panel, RecordAdmin
from commerce.backoffice.people.colours import ColourField, colour_swatch
from commerce.backoffice.people.group_prices import (
    GroupPricesForm,
    save_group_prices,
    stored_group_prices,
)
from commerce.catalog.actions.prices import group_prices_blocked_reason
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_decimal
from commerce.portal.base.form_fields import LineField, MultilineField, with_decimal_point
from commerce.presentation.formats import format_tax_rate, number_signs
from commerce.presentation.labels import CYCLE_LABELS
from commerce.record_acts import CLIENT_GROUP_ACTS

type Data = Mapping[str, Any]


class GroupForm(StaffForm):
    """Name, discount, color and description of a group."""

    name = LineField(label=_lazy("Name"), max_length=MAX_GROUP_NAME_LENGTH)
    percent = LineField(
        label=_lazy("Discount in percent"),
        max_length=10,
        initial="0",
        help_text=_lazy("Off everything except domains, and products with a price for this group."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    colour = ColourField()
    description = MultilineField(
        label=_lazy("Description"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def prepare(self) -> None:
        group: ClientGroup | None = self.record
        if group is not None:
            self.initial.update(
                {
                    "name": group.name,
                    "percent": str(Decimal(group.discount) / 100).replace(".", number_signs()[0]),
                    "colour": group.colour,
                    "description": group.description,
                }
            )

    def clean_percent(self) -> int:
        """The discount in basis points."""
        refused = BusinessError("client_group.discount_out_of_range")
        try:
            points = parse_decimal(with_decimal_point(self.cleaned_data["percent"])) * 100
        except ValueError as wrong:
            raise forms.ValidationError(str(refused)) from wrong
        if points % 1 or not 0 <= points <= 10_000:
            raise forms.ValidationError(str(refused))
        return int(points)


def _fields(data: Data) -> dict[str, Any]:
    return {
        "name": data["name"],
        "discount": data["percent"],
        "colour": data["colour"],
        "description": data["description"],
    }


def _create(_record: None, data: Data, ctx: Context) -> Done:
    group = create_client_group(**_fields(data), ctx=ctx)
    url = reverse("admin:accounts_clientgroup_change", args=[group.pk])
    return Done(_("Client group created."), url)


def _change(group: ClientGroup, data: Data, ctx: Context) -> str:
    change_client_group(group=group, **_fields(data), ctx=ctx)
    return _("Client group saved. Existing services keep their price.")


def _discount(group: ClientGroup) -> str:
    return format_tax_rate(group.discount * 10)


NAME = Column(
    _lazy("Name"),
    lambda group: colour_swatch(group.colour, group.name),
    export=lambda group: group.name,
)
DISCOUNT = Column(_lazy("Discount"), _discount, export=lambda group: plain_percent(group.discount))


class ClientGroupAdmin(RecordAdmin):
    """Client groups, with their prices and clients."""

    model = ClientGroup
    slug = "client-groups"
    label = _lazy("Client groups")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CLIENTS
    icon = "groups"
    ordering = ("name", "pk")
    search_fields = ("name",)
    list_display = (NAME, DISCOUNT, Column(_lazy("Clients"), "client_count"))
    record_fieldsets = (
        (
            _lazy("Details"),
            (NAME, DISCOUNT, Column(_lazy("Description"), "description")),
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("New client group"),
            permission=StaffPermission.PRODUCTS_MANAGE,
            form=GroupForm,
            run=_create,
        ),
    )
    record_actions = (
        RecordAction(
            name="edit",
            label=_lazy("Edit"),
            permission=StaffPermission.PRODUCTS_MANAGE,
            form=GroupForm,
            submit=_lazy("Save changes"),
            run=_change,
        ),
        RecordAction(
            name="prices",
            label=_lazy("Prices"),
            permission=StaffPermission.PRODUCTS_MANAGE,
            form=GroupPricesForm,
            submit=_lazy("Save changes"),
            run=save_group_prices,
            depends_on=stored_group_prices,
            template="backoffice/people/group_prices.html",
            blocked=group_prices_blocked_reason,
        ),
        *(
            act_button(one, to=lambda _group: reverse("admin:accounts_clientgroup_changelist"))
            for one in CLIENT_GROUP_ACTS
        ),
    )
    panels = (
        Panel(
            title=_lazy("Prices"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(
                Column(_lazy("Product"), "product__name"),
                choice_column(_lazy("Billing cycle"), "billing_cycle", lambda: CYCLE_LABELS),
                MoneyColumn(_lazy("Price"), "price", "currency_id"),
                MoneyColumn(_lazy("Setup fee"), "setup_fee", "currency_id"),
            ),
            rows=lambda group: group.prices.select_related("product").order_by(
                "product__name", "currency_id", "billing_cycle", "pk"
            ),
            limit=100,
        ),
        clients_panel(
            _lazy("Clients"),
            lambda group: Client.objects.filter(group=group).order_by("-pk"),
            lambda group: (
                f"{reverse('admin:accounts_client_changelist')}?group__id__exact={group.pk}"
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClientGroup]":
        return ClientGroup.objects.annotate(client_count=Count("clients"))
