"""Staff are made, changed and let go (backoffice.md 1).

Nobody gives a permission that they do not have, nobody changes themselves, only a super admin changes a super admin,
and one of these is always there.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.mfa import remove_all_factors, without_factor_blocked_reason
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.staff_people.givers import (
    STAFF_ROLE,
    StaffGiver,
    check_super_admin,
    record_staff,
    role_to_give,
    staff_giver,
)
from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.models import Staff, StaffRole
from commerce.accounts.staff_rules import (
    ShippedRole,
    StaffPermission,
    check_grant,
    in_order,
)
from commerce.audit.reasons import REASON
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Words
from commerce.kit.acts.lists import Many
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict


def change_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why somebody does not change a staff person: it is they themselves."""
    is_own = ctx.actor.kind == "staff" and ctx.actor.id == staff.pk
    return StateConflict("staff.own_record") if is_own else None


def _held(staff: Staff, giver: StaffGiver) -> Staff:
    """The stored record, locked, if the giver may change it."""
    try:
        stored = lock(staff, "user", "role")
    except Staff.DoesNotExist as gone:
        raise StateConflict("staff.deleted") from gone
    check_super_admin(stored.role, giver)
    return stored


def _last_super_admin_blocked_reason(staff: Staff) -> StateConflict | None:
    if not staff.is_super_admin or not staff.is_active:
        return None
    others = Staff.objects.active().super_admins().exclude(pk=staff.pk)
    return None if others.exists() else StateConflict("staff.last_super_admin")


_OTHER_ROLE = replace(
    STAFF_ROLE,
    about=_("What the person has besides their role, and what was taken from it, ends."),
    edits="role",
)


@act(
    "staff.role",
    Staff,
    label=_("Change role"),
    done=_("Role changed."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=change_staff_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def change_staff(
    *,
    staff: Staff,
    role: Annotated[StaffRole, _OTHER_ROLE],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
) -> Staff:
    """Give another role. What stays the same is not written.

    Raises ``BusinessError``, ``PermissionDenied``, ``StateConflict`` (they were deleted meanwhile).
    """
    giver = staff_giver(ctx)
    stored = _held(staff, giver)
    if blocked := change_staff_blocked_reason(stored, ctx):
        raise blocked
    if role.pk == stored.role_id:
        return stored
    given = role_to_give(role, giver)
    if not given.is_super_admin and (blocked := _last_super_admin_blocked_reason(stored)):
        raise blocked
    before = _access(stored)
    stored.role, stored.extra_permissions, stored.removed_permissions = given, [], []
    _save(stored, before, ctx)
    return stored


def _access(staff: Staff) -> dict[str, object]:
    return {
        "role": staff.role.key,
        "extra_permissions": staff.extra_permissions,
        "removed_permissions": staff.removed_permissions,
    }


def _save(staff: Staff, before: dict[str, object], ctx: Context) -> None:
    after = _access(staff)
    if before == after:
        return
    # Processes of the former release, which read these, know nothing of roles.
    staff.former_role, staff.former_permissions = ShippedRole.SUPPORT.value, []
    names = (*before, "former_role", "former_permissions")
    staff.save(update_fields=names)
    changed = {name for name in after if before[name] != after[name]}
    record_staff(
        "changed",
        staff,
        ctx,
        before={name: before[name] for name in before if name in changed},
        after={name: after[name] for name in after if name in changed},
    )


def set_staff_permissions_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person's permissions cannot be chosen one by one."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    return StateConflict("staff.has_all_permissions") if staff.is_super_admin else None


@act(
    "staff.permissions",
    Staff,
    label=_("Change permissions"),
    done=_("Permissions changed."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=set_staff_permissions_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def set_staff_permissions(
    *,
    staff: Staff,
    extra_permissions: Annotated[
        Collection[str] | None,
        Many(
            _("Extra permissions"),
            labels=PERMISSION_LABELS,
            about=_("What the person may do besides their role."),
            edits="extra_permissions",
        ),
    ] = None,
    removed_permissions: Annotated[
        Collection[str] | None,
        Many(
            _("Removed from the role"),
            labels=PERMISSION_LABELS,
            about=_("What the role has and the person doesn't. Clear what they may do again."),
            edits="removed_permissions",
        ),
    ] = None,
    ctx: Context,
) -> Staff:
    """Set what they have besides their role, all of it told, and give back what was taken from it.

    Raises ``BusinessError``, ``PermissionDenied``, and ``StateConflict`` for a super admin, who has everything.
    """
    giver = staff_giver(ctx)
    stored = _held(staff, giver)
    if blocked := set_staff_permissions_blocked_reason(stored, ctx):
        raise blocked
    before, former = _access(stored), stored.all_permissions
    if extra_permissions is not None:
        of_role = stored.role.all_permissions
        stored.extra_permissions = in_order({*extra_permissions} - of_role)
    if removed_permissions is not None:
        stored.removed_permissions = in_order(
            {*removed_permissions} & {*stored.removed_permissions}
        )
    check_grant(stored.all_permissions, former=former, grantable=giver.permissions)
    _save(stored, before, ctx)
    return stored


def deactivate_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person cannot be shut out now."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    if not staff.is_active:
        return StateConflict("staff.already_inactive")
    return _last_super_admin_blocked_reason(staff)


def _machines_stop(staff: Staff) -> Words:
    text = _("Machine accounts that they own stop working until someone else owns them.")
    return text if staff.machine_accounts.exists() else ""


@act(
    "staff.deactivate",
    Staff,
    label=_("Deactivate"),
    intro=_machines_stop,
    done=_("Deactivated. They're signed out everywhere."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=deactivate_staff_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def deactivate_staff(*, staff: Staff, ctx: Context) -> None:
    """Shut a staff person out: their sessions end at once; the record stays."""
    stored = _held(staff, staff_giver(ctx))
    if blocked := deactivate_staff_blocked_reason(stored, ctx):
        raise blocked
    Staff.objects.filter(pk=stored.pk).update(is_active=False)
    record_staff("deactivated", stored, ctx)
    end_sessions(user=stored.person, keep_session=None, ctx=ctx)


def reactivate_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person cannot be let in again now."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    return StateConflict("staff.already_active") if staff.is_active else None


@act(
    "staff.reactivate",
    Staff,
    label=_("Reactivate"),
    done=_("Reactivated."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=reactivate_staff_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def reactivate_staff(*, staff: Staff, ctx: Context) -> None:
    """Let a staff person in again, with the permissions that the giver could give."""
    giver = staff_giver(ctx)
    stored = _held(staff, giver)
    if blocked := reactivate_staff_blocked_reason(stored, ctx):
        raise blocked
    check_grant(stored.all_permissions, former=frozenset(), grantable=giver.permissions)
    Staff.objects.filter(pk=stored.pk).update(is_active=True)
    record_staff("reactivated", stored, ctx)


def delete_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff record stays."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    if number := staff.machine_accounts.count():
        return StateConflict("staff.owns_machine_accounts", count=number)
    return _last_super_admin_blocked_reason(staff)


def _deleted(_result: None, staff: Staff) -> str:
    return gettext("%(email)s is no longer staff.") % {"email": str(staff)}


@act(
    "staff.delete",
    Staff,
    label=_("Delete"),
    done=_deleted,
    staff=StaffPermission.STAFF_MANAGE,
    blocked=delete_staff_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def delete_staff(*, staff: Staff, ctx: Context) -> None:
    """Take the staff record away; the user stays, and what they did as staff stays in the audit log."""
    stored = _held(staff, staff_giver(ctx))
    if blocked := delete_staff_blocked_reason(stored, ctx):
        raise blocked
    record_staff("deleted", stored, ctx, before=_access(stored))
    end_sessions(user=stored.person, keep_session=None, ctx=ctx)
    Staff.objects.filter(pk=stored.pk).delete()


def reset_staff_factors_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why the second factors of a staff person are not removed."""
    own = change_staff_blocked_reason(staff, ctx)
    return own or without_factor_blocked_reason(staff.person, ctx)


@act(
    "staff.remove_factors",
    Staff,
    label=_("Remove two-factor authentication"),
    done=_("Two-factor authentication removed. They set it up again at their next sign-in."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=reset_staff_factors_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def reset_staff_factors(*, staff: Staff, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Remove the lost second factors of a staff person: a super admin does it, never for themselves (accounts.md 6)."""
    giver = staff_giver(ctx)
    if not giver.is_super_admin:
        raise BusinessError("staff.super_admin_only")
    stored = _held(staff, giver)
    if blocked := reset_staff_factors_blocked_reason(stored, ctx):
        raise blocked
    remove_all_factors(user=stored.person, reason=reason, ctx=ctx, of_staff=True)
