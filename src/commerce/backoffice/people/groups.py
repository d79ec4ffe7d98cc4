"""`/admin/client-groups`: who pays prices of their own, or a percentage less."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.client_groups import (
    change_client_group,
    create_client_group,
    delete_client_group,
)
from commerce.accounts.models import Client, ClientGroup
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, MoneyColumn, choice_column, plain_percent
from commerce.backoffice.people.colors import color_swatch
from commerce.backoffice.people.group_prices import (
    GroupPricesForm,
    save_group_prices,
    stored_group_prices,
)
from commerce.catalog.actions.prices import group_prices_blocked_reason
from commerce.presentation.formats import format_tax_rate
from commerce.presentation.labels import CYCLE_LABELS


def _discount(group: ClientGroup) -> str:
    return format_tax_rate(group.discount * 10)


NAME = Column(
    _lazy("Name"),
    lambda group: color_swatch(group.color, group.name),
    order="name",
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
    ordering = ("name", "pk")
    search_fields = ("name",)
    list_display = (NAME, DISCOUNT, Column(_lazy("Clients"), "client_count"))
    record_fieldsets = (
        (
            _lazy("Details"),
            (NAME, DISCOUNT, Column(_lazy("Description"), "description")),
        ),
    )
    list_actions = (act_button(create_client_group, to=page_of),)
    record_actions = (
        act_button(change_client_group),
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
        act_button(delete_client_group),
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
