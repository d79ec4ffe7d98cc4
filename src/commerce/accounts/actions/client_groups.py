"""Client groups: who shares prices of their own and a percentage (catalog-and-orders.md 5)."""

from dataclasses import replace
from operator import attrgetter
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.events import ClientChanged
from commerce.accounts.finding import all_client_groups, find_client_group
from commerce.accounts.models import Client, ClientGroup
from commerce.accounts.rules import is_color
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Percent, Reference, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

NAME = Line(_("Name"), most=100)
DISCOUNT = Percent(
    _("Discount in percent"),
    about=_("Off everything except domains, and products with a price for this group."),
)
COLOR = Line(_("Color"), about=_("Such as #3366cc. Leave empty for none."), most=7, least=0)
DESCRIPTION = Text(_("Description"), most=2000, least=0)


@act(
    "client_group.new",
    None,
    label=_("New client group"),
    submit=_("Create"),
    done=_("Client group created."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="client-group new --name Partners --discount 10",
)
@transaction.atomic
def create_client_group(
    *,
    name: Annotated[str, NAME],
    ctx: Context,
    discount: Annotated[int, DISCOUNT] = 0,
    color: Annotated[str, COLOR] = "",
    description: Annotated[str, DESCRIPTION] = "",
) -> ClientGroup:
    """A group whose clients pay ``discount`` basis points less for all but domains. Raises ``BusinessError``."""
    fields = {"name": name, "discount": discount, "color": color, "description": description}
    _check(fields)
    group = ClientGroup.objects.create(**fields)
    write_audit_entry(
        ctx=ctx,
        action="client_group.created",
        record=("client_group", group.pk),
        name=name,
        after={"discount": discount},
    )
    return group


@act(
    "client_group.edit",
    ClientGroup,
    label=_("Edit"),
    done=_("Client group saved. Existing services keep their price."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="client-group edit Partners --discount 12.5",
)
@transaction.atomic
def change_client_group(
    *,
    group: ClientGroup,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    discount: Annotated[int | None, replace(DISCOUNT, edits="discount")] = None,
    color: Annotated[str | None, replace(COLOR, edits="color")] = None,
    description: Annotated[str | None, replace(DESCRIPTION, edits="description")] = None,
) -> None:
    """Name, ``discount``, color and description; services that exist keep their price. Raises ``BusinessError``."""
    group.refresh_from_db()
    fields = {"name": name, "discount": discount, "color": color, "description": description}
    after = {
        key: value
        for key, value in fields.items()
        if value is not None and getattr(group, key) != value
    }
    if not after:
        return
    _check(after)
    before = {key: getattr(group, key) for key in after}
    ClientGroup.objects.filter(pk=group.pk).update(**after)
    write_audit_entry(
        ctx=ctx,
        action="client_group.changed",
        record=("client_group", group.pk),
        name=group.name,
        before=before,
        after=after,
    )
    group.refresh_from_db()


def delete_client_group_blocked_reason(group: ClientGroup, ctx: Context) -> StateConflict | None:
    """Why a group stays: it has clients."""
    count = group.clients.count()
    return StateConflict("client_group.in_use", count=count) if count else None


@act(
    "client_group.delete",
    ClientGroup,
    label=_("Delete"),
    done=_("Client group deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_client_group_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_client_group(*, group: ClientGroup, ctx: Context) -> None:
    """Delete a group without clients, and its prices. Raises ``StateConflict`` while it has some."""
    row = ClientGroup.objects.select_for_update().get(pk=group.pk)
    if blocked := delete_client_group_blocked_reason(row, ctx):
        raise blocked
    write_audit_entry(
        ctx=ctx,
        action="client_group.deleted",
        record=("client_group", row.pk),
        name=row.name,
        before={"discount": row.discount},
    )
    row.delete()


@act(
    "client.group",
    Client,
    label=_("Client group"),
    done=_("Client group saved."),
    staff=StaffPermission.CLIENTS_EDIT,
    example="client group alice@example.com --group Partners",
    for_many=True,
)
@transaction.atomic
def set_client_group(
    *,
    client: Client,
    ctx: Context,
    group: Annotated[
        ClientGroup | None,
        Reference(
            _("Client group"),
            about=_("Existing services keep their price."),
            find=find_client_group,
            called=attrgetter("name"),
            among=all_client_groups,
            edits="group",
            or_none=True,
        ),
    ] = None,
) -> None:
    """From the next cart on the client pays the prices of the group, or of none; services keep theirs.

    Raises ``StateConflict`` for a group that was deleted meanwhile.
    """
    row = Client.objects.select_for_update(no_key=True, of=("self",)).get(pk=client.pk)
    before, after = row.group, group
    if before == after:
        return
    kept = ClientGroup.objects.select_for_update(no_key=True)
    if after is not None and kept.filter(pk=after.pk).first() is None:
        raise StateConflict("client_group.deleted")
    Client.objects.filter(pk=client.pk).update(group=after)
    write_audit_entry(
        ctx=ctx,
        action="client.group_set",
        record=("client", client.pk),
        name=row.name,
        client_id=client.pk,
        before={"group": before.name if before else ""},
        after={"group": after.name if after else ""},
        staff_only=True,
    )
    publish(ClientChanged(client.pk), at=ctx.at, client_id=client.pk)
    client.refresh_from_db()


def _check(fields: dict[str, Any]) -> None:
    if "name" in fields and ClientGroup.objects.filter(name=fields["name"]).exists():
        raise BusinessError("client_group.name_taken", field="name")
    if not is_color(fields.get("color", "")):
        raise BusinessError("client_group.color_not_valid", field="color")
