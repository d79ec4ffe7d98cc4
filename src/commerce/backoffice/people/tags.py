"""`/admin/tags`: words that staff put on clients."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import DropdownFilter

from commerce.accounts.actions.annotations.tags import (
    change_tag,
    create_tag,
    delete_tag,
)
from commerce.accounts.models import Client, ClientTag, TaggedClient
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column
from commerce.backoffice.lists.filters import is_record_number
from commerce.backoffice.people.colors import color_swatch

NAME = Column(
    _lazy("Name"),
    lambda tag: color_swatch(tag.color, tag.name),
    order="name",
    export=lambda tag: tag.name,
)


class TagFilter(DropdownFilter):
    """Clients with a tag, by its id: found by their ties alone, so that none comes twice."""

    title = _lazy("Tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        tags = ClientTag.objects.order_by("name").values_list("pk", "name")
        return [(str(pk), name) for pk, name in tags]

    def has_output(self) -> bool:
        """Also without a tag: an address that asks for one finds nobody then."""
        return True

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = self.value() or ""
        if not typed:
            return queryset
        ties = TaggedClient.objects.filter(tag_id=int(typed) if is_record_number(typed) else 0)
        return queryset.filter(pk__in=ties.values("client_id"))


class ClientTagAdmin(RecordAdmin):
    """Tags, with the clients that have them."""

    model = ClientTag
    slug = "tags"
    label = _lazy("Tags")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    ordering = ("name", "pk")
    search_fields = ("name",)
    list_display = (NAME, Column(_lazy("Clients"), "client_count"))
    record_fieldsets = ((_lazy("Details"), (NAME, Column(_lazy("Clients"), "client_count"))),)
    list_actions = (act_button(create_tag),)
    record_actions = (
        act_button(change_tag),
        act_button(delete_tag),
    )
    panels = (
        clients_panel(
            _lazy("Clients"),
            lambda tag: Client.objects.filter(tag_ties__tag=tag).order_by("-pk"),
            lambda tag: f"{reverse('admin:accounts_client_changelist')}?tag={tag.pk}",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClientTag]":
        return ClientTag.objects.annotate(client_count=Count("ties"))
