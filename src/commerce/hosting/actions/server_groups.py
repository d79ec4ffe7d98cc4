"""Groups of servers, which products and servers name (services-and-provisioning.md 3)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import (
    bump_shared_revision,
    delete_with_audit,
    update_with_audit,
)
from commerce.catalog.models import Product, ServerGroup
from commerce.db.locks import lock
from commerce.hosting.models import Server
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

_NAME = Line(_("Name"), most=100)
_EDITED_NAME = Line(_("Name"), most=100, edits="name")


@act(
    "server_group.new",
    None,
    label=_("New server group"),
    submit=_("Create"),
    done=_("The group was created."),
    staff=StaffPermission.SERVERS_MANAGE,
    example="server add-group --name eu",
)
@transaction.atomic
def create_server_group(*, name: Annotated[str, _NAME], ctx: Context) -> ServerGroup:
    """A group that products and servers can name. Raises ``BusinessError`` when its name is taken."""
    _check_is_free(name)
    group = ServerGroup.objects.create(name=name)
    write_audit_entry(
        ctx=ctx, action="server_group.created", record=("server_group", group.pk), name=name
    )
    return group


@act(
    "server_group.edit",
    ServerGroup,
    label=_("Rename"),
    done=_("The group was renamed."),
    staff=StaffPermission.SERVERS_MANAGE,
    example="server rename-group eu --name europe",
)
@transaction.atomic
def rename_server_group(
    *, group: ServerGroup, name: Annotated[str, _EDITED_NAME], ctx: Context
) -> None:
    """Another name, for its products and servers as well. Raises ``BusinessError`` when it is taken."""
    row = lock(group)
    if name == row.name:
        return
    _check_is_free(name)
    bump_shared_revision()
    Product.objects.filter(server_group=row.name).update(server_group=name)
    Server.objects.filter(group=row.name).update(group=name)
    update_with_audit(row, "changed", {"name": name}, ctx=ctx)


def delete_server_group_blocked_reason(group: ServerGroup, ctx: Context) -> StateConflict | None:
    """Why a server group stays: products or servers are in it."""
    servers = Server.objects.filter(group=group.name).order_by("name")
    products = Product.objects.filter(server_group=group.name).order_by("name")
    users = [*servers.values_list("name", flat=True), *products.values_list("name", flat=True)]
    if not users:
        return None
    return StateConflict("server_group.in_use", name=group.name, users=", ".join(users))


@act(
    "server_group.delete",
    ServerGroup,
    label=_("Delete"),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=delete_server_group_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_server_group(*, group: ServerGroup, ctx: Context) -> None:
    """Delete a group that nothing is in. Raises ``StateConflict`` while products or servers are."""
    row = lock(group)
    if blocked := delete_server_group_blocked_reason(row, ctx):
        raise blocked
    delete_with_audit(row, ctx=ctx)


def _check_is_free(name: str) -> None:
    if ServerGroup.objects.filter(name=name).exists():
        raise BusinessError("server_group.name_taken", field="name")
