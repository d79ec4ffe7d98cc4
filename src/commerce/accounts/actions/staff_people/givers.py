"""Who changes staff, and what they can give (backoffice.md 1 and 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from commerce.accounts.finding import all_staff_roles, find_staff_role
from commerce.accounts.models import Staff, StaffRole
from commerce.accounts.staff_rules import (
    PRESETS,
    ShippedRole,
    StaffPermission,
    check_grant,
)
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock_name
from commerce.kit.acts.inputs import Reference
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied

STAFF_ROLE = Reference(
    _("Role"), find=find_staff_role, called=attrgetter("key"), shown=str, among=all_staff_roles
)


@dataclass(frozen=True, slots=True)
class StaffGiver:
    """Who changes staff: what they can give, which role is their own, and whether they may touch super admins."""

    permissions: frozenset[StaffPermission]
    is_super_admin: bool
    role_id: str | None = None
    daily_limit: int | None = None


def acting_person(ctx: Context) -> Staff:
    """The staff person who acts, as they are now. Raises ``PermissionDenied`` if it is nobody who can sign in."""
    staff_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=staff_id or 0).first()
    if staff is None:
        raise PermissionDenied(StaffPermission.STAFF_VIEW)
    return staff


def acting_staff(ctx: Context) -> Staff | None:
    """The staff person who acts, as they are now; None for the system, which may everything."""
    if ctx.actor.kind == "system":
        return None
    actor_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=actor_id or 0).first()
    if staff is None or not staff.may(StaffPermission.STAFF_MANAGE):
        raise PermissionDenied(StaffPermission.STAFF_MANAGE)
    return staff


def staff_giver(ctx: Context) -> StaffGiver:
    """Read now, with staff locked: nobody else changes people or roles meanwhile. Raises ``PermissionDenied``."""
    lock_name("staff")
    list(Staff.objects.select_for_update(of=("self",)).super_admins().order_by("pk"))
    staff = acting_staff(ctx)
    if staff is None:
        return StaffGiver(PRESETS[ShippedRole.SUPER_ADMIN], is_super_admin=True)
    return StaffGiver(
        staff.all_permissions, staff.is_super_admin, staff.role_id, staff.role.daily_limit
    )


def check_super_admin(role: StaffRole, giver: StaffGiver) -> None:
    if role.is_super_admin and not giver.is_super_admin:
        raise BusinessError("staff.super_admin_only")


def role_to_give(role: StaffRole, giver: StaffGiver) -> StaffRole:
    """The role as it is stored now, if the giver has all that it brings."""
    stored = StaffRole.objects.filter(pk=role.pk).first()
    if stored is None:
        raise BusinessError("staff.role_unknown", field="role")
    check_super_admin(stored, giver)
    check_grant(stored.all_permissions, former=frozenset(), grantable=giver.permissions)
    check_daily_limit(stored.daily_limit, giver)
    return stored


def check_daily_limit(limit: int | None, giver: StaffGiver) -> None:
    """Raise ``BusinessError`` where somebody would give away more in a day than the giver may."""
    own = giver.daily_limit
    if own is not None and (limit is None or limit > own):
        raise BusinessError("staff_role.limit_above_own", limit=own)


def record_staff(
    verb: str,
    staff: Staff,
    ctx: Context,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"staff.{verb}",
        record=("staff", staff.pk),
        name=str(staff),
        before=before,
        after=after,
        staff_only=True,
    )
