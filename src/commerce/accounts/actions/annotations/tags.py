"""Tags of clients: made, changed, put on clients and taken off (accounts.md 9)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.finding import all_tags, find_tag
from commerce.accounts.models import Client, ClientTag, TaggedClient
from commerce.accounts.rules import is_color
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Reference
from commerce.kit.acts.lists import References
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

NAME = Line(_("Name"), most=100)
COLOR = Line(_("Color"), about=_("Such as #3366cc. Leave empty for none."), most=7, least=0)


@act(
    "client_tag.new",
    None,
    label=_("New tag"),
    submit=_("Create"),
    done=_("Tag created."),
    staff=StaffPermission.CLIENTS_NOTES,
)
@transaction.atomic
def create_tag(
    *, name: Annotated[str, NAME], ctx: Context, color: Annotated[str, COLOR] = ""
) -> ClientTag:
    """A tag that clients can have from now on. Raises ``BusinessError`` for a name that is in use, in any case."""
    tag = ClientTag(name=name, color=color)
    _store(tag)
    _note(tag, "created", ctx, after={"color": color})
    return tag


@act(
    "client_tag.edit",
    ClientTag,
    label=_("Edit"),
    done=_("Tag saved."),
    staff=StaffPermission.CLIENTS_NOTES,
)
@transaction.atomic
def change_tag(
    *,
    tag: ClientTag,
    name: Annotated[str, replace(NAME, edits="name")],
    color: Annotated[str, replace(COLOR, edits="color")],
    ctx: Context,
) -> None:
    """Another name or color of a tag, for all clients that have it. Raises ``BusinessError``."""
    row = _hold(tag)
    old = {"name": row.name, "color": row.color}
    new = {"name": name, "color": color}
    after = {key: value for key, value in new.items() if old[key] != value}
    if after:
        row.name, row.color = name, color
        _store(row)
        _note(row, "changed", ctx, before={key: old[key] for key in after}, after=after)
    tag.refresh_from_db()


def _what_goes(tag: ClientTag) -> str:
    count = tag.ties.count()
    text = ngettext(
        "%(count)d client has this tag. It's removed there too.",
        "%(count)d clients have this tag. It's removed there too.",
        count,
    )
    return text % {"count": count}


@act(
    "client_tag.delete",
    ClientTag,
    label=_("Delete"),
    intro=_what_goes,
    done=_("Tag deleted."),
    staff=StaffPermission.CLIENTS_NOTES,
    is_danger=True,
)
@transaction.atomic
def delete_tag(*, tag: ClientTag, ctx: Context) -> None:
    """Take a tag away, from the clients that have it too."""
    row = _hold(tag)
    count, _kinds = TaggedClient.objects.filter(tag=row).delete()
    _note(row, "deleted", ctx, before={"clients": count})
    row.delete()


def set_client_tags_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client can be given no tag."""
    return None if ClientTag.objects.exists() else StateConflict("client_tag.none")


def _tags_of(client: Client, _at: datetime) -> list[ClientTag]:
    return list(ClientTag.objects.for_client(client))


@act(
    "client.tags",
    Client,
    label=_("Tags"),
    submit=_("Save changes"),
    done=_("Tags saved."),
    staff=StaffPermission.CLIENTS_NOTES,
    blocked=set_client_tags_blocked_reason,
    example="client tags jane@example.com --tag VIP --tag Partner",
)
@transaction.atomic
def set_client_tags(
    *,
    client: Client,
    tags: Annotated[
        Collection[ClientTag],
        References(
            _("Tags"), find=find_tag, called=attrgetter("name"), among=all_tags, proposed=_tags_of
        ),
    ],
    ctx: Context,
) -> None:
    """A client has these tags and no others. Raises ``StateConflict`` when one of them was deleted meanwhile, and while
    there are no tags at all.
    """
    row = lock_client(client.pk)
    if blocked := set_client_tags_blocked_reason(row, ctx):
        raise blocked
    wanted = {tag.pk: tag for tag in _held(tags)}
    old = {tag.pk: tag for tag in ClientTag.objects.for_client(row)}
    if wanted.keys() == old.keys():
        return
    TaggedClient.objects.for_client(row).filter(tag__in=old.keys() - wanted.keys()).delete()
    TaggedClient.objects.bulk_create(
        TaggedClient(client=row, tag_id=pk) for pk in sorted(wanted.keys() - old.keys())
    )
    write_audit_entry(
        ctx=ctx,
        action="client.tags_set",
        record=("client", row.pk),
        name=row.name,
        client_id=row.pk,
        before={"tags": sorted(tag.name for tag in old.values())},
        after={"tags": sorted(tag.name for tag in wanted.values())},
        staff_only=True,
    )


type ChosenTag = Annotated[
    ClientTag, Reference(_("Tag"), find=find_tag, called=attrgetter("name"), among=all_tags)
]


def _remove_again(client: Client, values: Mapping[str, Any], made: object, ctx: Context) -> None:
    if made:
        _change_tags(client, ctx, removed=values["tag"])


def _add_again(client: Client, values: Mapping[str, Any], made: object, ctx: Context) -> None:
    if made:
        _change_tags(client, ctx, added=values["tag"])


@act(
    "client.add_tag",
    Client,
    label=_("Add tag"),
    done=_("Tag added."),
    staff=StaffPermission.CLIENTS_NOTES,
    blocked=set_client_tags_blocked_reason,
    for_many=True,
    undo=_remove_again,
    example="client add-tag jane@example.com --tag VIP",
)
@transaction.atomic
def add_client_tag(*, client: Client, tag: ChosenTag, ctx: Context) -> bool:
    """A client has this tag, too; False if it did before. Raises ``StateConflict`` for one that was deleted."""
    return _change_tags(client, ctx, added=tag)


@act(
    "client.remove_tag",
    Client,
    label=_("Remove tag"),
    done=_("Tag removed."),
    staff=StaffPermission.CLIENTS_NOTES,
    blocked=set_client_tags_blocked_reason,
    for_many=True,
    undo=_add_again,
    example="client remove-tag jane@example.com --tag VIP",
)
@transaction.atomic
def remove_client_tag(*, client: Client, tag: ChosenTag, ctx: Context) -> bool:
    """A client does not have this tag any more; False if it did not before. Raises ``StateConflict``."""
    return _change_tags(client, ctx, removed=tag)


def _change_tags(
    client: Client,
    ctx: Context,
    *,
    added: ClientTag | None = None,
    removed: ClientTag | None = None,
) -> bool:
    row = lock_client(client.pk)
    has = {tag.pk: tag for tag in ClientTag.objects.for_client(row)}
    wanted = dict(has)
    if added:
        wanted[added.pk] = added
    if removed:
        wanted.pop(removed.pk, None)
    if wanted.keys() == has.keys():
        return False
    set_client_tags(client=row, tags=list(wanted.values()), ctx=ctx)
    return True


def _hold(tag: ClientTag) -> ClientTag:
    return _held([tag])[0]


def _held(tags: Collection[ClientTag]) -> list[ClientTag]:
    """Tags as they stay until the transaction ends: none is deleted while a client gets it."""
    keys = {tag.pk for tag in tags}
    rows = list(ClientTag.objects.filter(pk__in=keys).order_by("pk").select_for_update())
    if len(rows) < len(keys):
        raise StateConflict("client_tag.deleted")
    return rows


def _store(tag: ClientTag) -> None:
    if not is_color(tag.color):
        raise BusinessError("client_tag.color_not_valid", field="color")
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as error:
        raise BusinessError("client_tag.name_taken", name=tag.name, field="name") from error


def _note(tag: ClientTag, verb: str, ctx: Context, **changes: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"client_tag.{verb}",
        record=("client_tag", tag.pk),
        name=tag.name,
        **changes,
    )
