"""`/admin/tags`: words that staff put on clients."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.annotations.tags import (
    MAX_TAG_NAME_LENGTH,
    change_tag,
    create_tag,
)
from commerce.accounts.models import Client, ClientTag
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.columns import Column
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.people.colours import ColourField, colour_swatch
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField
from commerce.record_acts import CLIENT_TAG_ACTS

type Data = Mapping[str, Any]


class TagForm(StaffForm):
    """Name and color of a tag."""

    name = LineField(label=_lazy("Name"), max_length=MAX_TAG_NAME_LENGTH)
    colour = ColourField()

    def prepare(self) -> None:
        if self.record is not None:
            self.initial.update({"name": self.record.name, "colour": self.record.colour})


def _create(_record: None, data: Data, ctx: Context) -> str:
    create_tag(name=data["name"], colour=data["colour"], ctx=ctx)
    return _("Tag created.")


def _change(tag: ClientTag, data: Data, ctx: Context) -> str:
    change_tag(tag=tag, name=data["name"], colour=data["colour"], ctx=ctx)
    return _("Tag saved.")


NAME = Column(
    _lazy("Name"), lambda tag: colour_swatch(tag.colour, tag.name), export=lambda tag: tag.name
)


class ClientTagAdmin(RecordAdmin):
    """Tags, with the clients that have them."""

    model = ClientTag
    slug = "tags"
    label = _lazy("Tags")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    icon = "sell"
    ordering = ("name", "pk")
    search_fields = ("name",)
    list_display = (NAME, Column(_lazy("Clients"), "client_count"))
    record_fieldsets = ((_lazy("Details"), (NAME, Column(_lazy("Clients"), "client_count"))),)
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("New tag"),
            permission=StaffPermission.CLIENTS_NOTES,
            form=TagForm,
            run=_create,
        ),
    )
    record_actions = (
        RecordAction(
            name="edit",
            label=_lazy("Edit"),
            permission=StaffPermission.CLIENTS_NOTES,
            form=TagForm,
            submit=_lazy("Save changes"),
            run=_change,
        ),
        *(
            act_button(one, to=lambda _tag: reverse("admin:accounts_clienttag_changelist"))
            for one in CLIENT_TAG_ACTS
        ),
    )
    panels = (
        clients_panel(
            _lazy("Clients"),
            lambda tag: Client.objects.filter(tag_ties__tag=tag).order_by("-pk"),
            lambda tag: (
                f"{reverse('admin:accounts_client_changelist')}?tag_ties__tag__id__exact={tag.pk}"
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClientTag]":
        return ClientTag.objects.annotate(client_count=Count("ties"))
