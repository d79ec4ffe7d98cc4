"""Roles of staff: made as copies, edited for everybody who has them, deleted when nobody does (backoffice.md 1)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Annotated

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.staff_people.givers import (
    STAFF_ROLE,
    StaffGiver,
    acting_staff,
    check_daily_limit,
    check_super_admin,
    role_to_give,
    staff_giver,
)
from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.models import Staff, StaffRole
from commerce.accounts.staff_rules import (
    PRESETS,
    ShippedRole,
    StaffPermission,
    check_grant,
    in_order,
    permissions_held,
)
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import UNCHANGED, Integer, Line, UnchangedValue
from commerce.kit.acts.lists import Many
from commerce.kit.acts.shown import Confirmed
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict

NAME = Line(_("Name"), most=60)
COPY_OF = replace(STAFF_ROLE, label=_("Based on"))


@act(
    "staff_role.new",
    None,
    label=_("New role"),
    submit=_("Create"),
    done=_("Role created. Now choose what it may do."),
    staff=StaffPermission.STAFF_MANAGE,
    asks_password=True,
    example='staff-role new --name "Night shift" --copy-of support',
)
@transaction.atomic
def create_staff_role(
    *,
    name: Annotated[str, NAME],
    copy_of: Annotated[StaffRole, COPY_OF],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
) -> StaffRole:
    """A role with the permissions of another, of which the giver has all. Raises ``BusinessError`` and
    ``PermissionDenied``.
    """
    copied = role_to_give(copy_of, staff_giver(ctx))
    _check_name(name, None)
    role = StaffRole.objects.create(
        key=_free_key(name),
        name=name,
        permissions=copied.permission_slugs,
        reviewed_permissions=in_order(StaffPermission),
        daily_limit=copied.daily_limit,
        created_at=ctx.at,
    )
    _record("created", role, ctx, after={"permissions": role.permissions})
    return role


def _free_key(name: str) -> str:
    """What commands call it: its name in small letters, with a number where that is taken."""
    plain = slugify(name)[:50] or "role"
    taken = set(StaffRole.objects.filter(key__startswith=plain).values_list("key", flat=True))
    taken.update(ShippedRole)
    return next(
        key for key in chain([plain], (f"{plain}-{n}" for n in count(2))) if key not in taken
    )


def _check_name(name: str, role: StaffRole | None) -> None:
    """A name is taken in any case, and so are the words by which commands call what was shipped."""
    taken = StaffRole.objects.filter(name__iexact=name)
    if role is not None:
        taken = taken.exclude(pk=role.pk)
    if taken.exists() or name.lower() in ShippedRole:
        raise BusinessError("staff_role.name_taken", field="name")


def _record(
    verb: str,
    role: StaffRole,
    ctx: Context,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"staff_role.{verb}",
        record=("staff_role", None),
        name=role.key,
        before=before,
        after=after,
        staff_only=True,
    )


def edit_staff_role_blocked_reason(role: StaffRole, ctx: Context) -> StateConflict | None:
    """Why a role is not edited: it is fixed, the person's own, or has more than they have."""
    if role.is_super_admin:
        return StateConflict("staff_role.fixed")
    staff = acting_staff(ctx)
    if staff is None:
        return None
    if staff.role_id == role.pk:
        return StateConflict("staff_role.own")
    lacking = role.all_permissions - staff.all_permissions
    if not lacking:
        return None
    return StateConflict("staff_role.has_more", permissions=permission_words(lacking))


def permission_words(permissions: Collection[str]) -> str:
    """Several permissions in words, in their order."""
    return ", ".join(f"“{PERMISSION_LABELS[one]}”" for one in StaffPermission if one in permissions)


@act(
    "staff_role.edit",
    StaffRole,
    label=_("Edit"),
    done=_("Role saved."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=edit_staff_role_blocked_reason,
    asks_password=True,
    example='staff-role edit "Night shift" --permissions "clients.view services.help"',
)
@transaction.atomic
def edit_staff_role(
    *,
    role: StaffRole,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, least=0, edits="name")] = None,
    permissions: Annotated[
        Collection[str] | None,
        Many(_("Permissions"), labels=PERMISSION_LABELS, edits="permission_slugs"),
    ] = None,
    daily_limit: Annotated[
        int | UnchangedValue | None,
        Integer(
            _("Daily limit"),
            about=_(
                "Credit and money that each person may give away in a day, in whole units of the default currency."
                " Empty: no limit."
            ),
            edits="daily_limit",
            or_none=True,
        ),
    ] = UNCHANGED,
    confirmed: Annotated[Collection[str], Confirmed()] = (),
) -> StaffRole:
    """Name it, and choose what everybody who has it may do; with that what later releases brought counts as judged.

    Raises ``NeedsConfirmation`` with everybody whose permissions change, ``BusinessError``, ``PermissionDenied``.
    """
    giver = staff_giver(ctx)
    stored = _held(role, giver)
    if blocked := edit_staff_role_blocked_reason(stored, ctx):
        raise blocked
    before = _values(stored)
    if name is not None and name != stored.name:
        if not name and not stored.is_shipped:
            raise BusinessError("input.missing", field="name")
        if name:
            _check_name(name, stored)
        stored.name = name
    if permissions is not None:
        _set_permissions(stored, permissions, giver, confirmed)
    if daily_limit is not UNCHANGED:
        stored.daily_limit = daily_limit
    check_daily_limit(stored.daily_limit, giver)
    after = _values(stored)
    changed = [one for one in after if after[one] != before[one]]
    stored.reviewed_permissions = in_order(StaffPermission)
    stored.save()
    if changed:
        _record(
            "changed",
            stored,
            ctx,
            before={one: before[one] for one in changed},
            after={one: after[one] for one in changed},
        )
    return stored


def _values(role: StaffRole) -> dict[str, object]:
    return {
        "name": role.name,
        "permissions": role.permission_slugs,
        "daily_limit": role.daily_limit,
    }


def _held(role: StaffRole, giver: StaffGiver) -> StaffRole:
    try:
        stored = lock(role)
    except StaffRole.DoesNotExist as gone:
        raise BusinessError("staff.role_unknown") from gone
    check_super_admin(stored, giver)
    return stored


def _set_permissions(
    role: StaffRole,
    permissions: Collection[str],
    giver: StaffGiver,
    confirmed: Collection[str],
) -> None:
    wanted = frozenset(map(StaffPermission, permissions))
    check_grant(permissions_held(wanted), former=frozenset(), grantable=giver.permissions)
    changes = list(changes_of_people(role, wanted))
    if changes and "staff_role.changes_people" not in confirmed:
        people = "\n".join(one.text for one in changes)
        raise NeedsConfirmation("staff_role.changes_people", count=len(changes), people=people)
    is_as_shipped = role.is_shipped and wanted == PRESETS[ShippedRole(role.key)]
    role.permissions = None if is_as_shipped else in_order(wanted)


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What a person gets and loses when their role is edited."""

    staff: Staff
    gets: frozenset[StaffPermission]
    loses: frozenset[StaffPermission]

    @property
    def text(self) -> str:
        """The same in words."""
        person = f"{self.staff.full_name} ({self.staff})"
        words = {"person": person, "gets": permission_words(self.gets)}
        words["loses"] = permission_words(self.loses)
        if not self.loses:
            return _t("%(person)s gets %(gets)s.") % words
        if not self.gets:
            return _t("%(person)s loses %(loses)s.") % words
        return _t("%(person)s gets %(gets)s and loses %(loses)s.") % words


def changes_of_people(role: StaffRole, wanted: frozenset[StaffPermission]) -> Iterator[StaffChange]:
    """Everybody whose permissions change when a role has these."""
    people = Staff.objects.filter(role=role).select_related("user", "role", "owner__role")
    for staff in people.order_by("user__email", "machine_name", "pk"):
        before = staff.all_permissions
        own = tuple(staff.extra_permissions), tuple(staff.removed_permissions)
        after = permissions_held(permissions_held(wanted), *own)
        if before != after:
            yield StaffChange(staff, after - before, before - after)


def delete_staff_role_blocked_reason(role: StaffRole, ctx: Context) -> StateConflict | None:
    """Why a role stays: it came with the installation, or somebody has it."""
    if role.is_shipped:
        return StateConflict("staff_role.shipped")
    if number := role.people.count():
        return StateConflict("staff_role.in_use", count=number)
    return edit_staff_role_blocked_reason(role, ctx)


@act(
    "staff_role.delete",
    StaffRole,
    label=_("Delete"),
    done=_("Role deleted."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=delete_staff_role_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def delete_staff_role(*, role: StaffRole, ctx: Context) -> None:
    """Delete a role of the company's own that nobody has. Raises ``StateConflict``."""
    stored = _held(role, staff_giver(ctx))
    if blocked := delete_staff_role_blocked_reason(stored, ctx):
        raise blocked
    _record("deleted", stored, ctx, before={"permissions": stored.permissions})
    stored.delete()
