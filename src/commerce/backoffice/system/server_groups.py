"""`/admin/server-groups`: what products choose their servers by (services-and-provisioning.md 3)."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column
from commerce.catalog.models import Product, ServerGroup
from commerce.hosting.actions.server_groups import (
    create_server_group,
    delete_server_group,
    rename_server_group,
)
from commerce.hosting.models import Server


def _counted(rows: "QuerySet[Any]", column: str) -> Coalesce:
    """How many of these rows are in the group."""
    of_group = rows.filter(**{column: OuterRef("name")}).order_by().values(column)
    return Coalesce(Subquery(of_group.annotate(count=Count("pk")).values("count")), 0)


class ServerGroupAdmin(RecordAdmin):
    """Groups with how many servers and products are in each."""

    model = ServerGroup
    slug = "server-groups"
    label = _lazy("Server groups")
    view_permission = StaffPermission.SERVERS_VIEW
    menu = MenuGroup.SERVICES
    ordering = ("name", "pk")
    search_fields = ("name",)
    list_display = (
        Column(_lazy("Name"), "name"),
        Column(_lazy("Servers"), "server_count"),
        Column(_lazy("Products"), "product_count"),
    )
    list_actions = (act_button(create_server_group, to=page_of),)
    record_actions = (act_button(rename_server_group), act_button(delete_server_group))
    panels = (
        Panel(
            title=_lazy("Servers"),
            permission=StaffPermission.SERVERS_VIEW,
            columns=(Column(_lazy("Name"), "name"), Column(_lazy("Hostname"), "hostname")),
            rows=lambda group: Server.objects.filter(group=group.name).order_by("name"),
            limit=100,
        ),
        Panel(
            title=_lazy("Products"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(Column(_lazy("Name"), "name"),),
            rows=lambda group: Product.objects.filter(server_group=group.name).order_by("name"),
            limit=100,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return ServerGroup.objects.annotate(
            server_count=_counted(Server.objects.all(), "group"),
            product_count=_counted(Product.objects.all(), "server_group"),
        )
