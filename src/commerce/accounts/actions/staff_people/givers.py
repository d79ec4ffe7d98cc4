"""Who changes staff, and what they can give (backoffice.md 1 and 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commerce.accounts.labels import STAFF_ROLE_LABELS
from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import (
    PRESETS,
    StaffPermission,
    StaffRole,
    permissions_to_grant,
)
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock_name
from commerce.kit.acts.inputs import Choice
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied

STAFF_ROLE = Choice(_("Role"), labels=STAFF_ROLE_LABELS)


@dataclass(frozen=True, slots=True)
class StaffGiver:
    """Who changes staff: what they can give, and whether they may touch super admins."""

    id: int | None
    permissions: frozenset[StaffPermission]
    is_super_admin: bool


def staff_giver(ctx: Context) -> StaffGiver:
    """Read now, with all super admins locked: nobody else changes them meanwhile. Raises ``PermissionDenied``."""
    lock_name("staff")
    list(Staff.objects.select_for_update().super_admins().order_by("pk"))
    if ctx.actor.kind == "system":
        return StaffGiver(None, PRESETS[StaffRole.SUPER_ADMIN], is_super_admin=True)
    actor_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=actor_id or 0).first()
    if staff is None or not staff.may(StaffPermission.STAFF_MANAGE):
        raise PermissionDenied(StaffPermission.STAFF_MANAGE)
    is_super_admin = staff.role == StaffRole.SUPER_ADMIN
    return StaffGiver(staff.pk, staff.all_permissions, is_super_admin)


def check_super_admin(role: str, giver: StaffGiver) -> None:
    if role == StaffRole.SUPER_ADMIN and not giver.is_super_admin:
        raise BusinessError("staff.super_admin_only")


def permissions_granted(
    role: str,
    permissions: Iterable[str] | None,
    *,
    former: frozenset[StaffPermission],
    giver: StaffGiver,
) -> list[str]:
    check_super_admin(role, giver)
    wanted = PRESETS[StaffRole(role)] if permissions is None else permissions
    return permissions_to_grant(role, wanted, former=former, grantable=giver.permissions)


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
        name=staff.user.email,
        before=before,
        after=after,
        staff_only=True,
    )
