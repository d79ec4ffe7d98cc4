"""Staff are made, changed and let go (backoffice.md 1).

Nobody gives a permission that they do not have, nobody changes themselves, only a super admin changes a super admin,
and one of these is always there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.mfa import remove_all_factors, without_factor_blocked_reason
from commerce.accounts.actions.passwords import reset_token
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.users import save_new_user
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Staff, User
from commerce.accounts.staff_rules import (
    PRESETS,
    StaffPermission,
    StaffRole,
    permissions_to_grant,
)
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.db.locks import lock, lock_name
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict


@dataclass(frozen=True, slots=True)
class _Giver:
    """Who changes staff: what they can give, and whether they may touch super admins."""

    id: int | None
    permissions: frozenset[StaffPermission]
    is_super_admin: bool


def _giver(ctx: Context) -> _Giver:
    """Read now, with all super admins locked: nobody else changes them meanwhile. Raises ``PermissionDenied``."""
    lock_name("staff")
    list(Staff.objects.select_for_update().super_admins().order_by("pk"))
    if ctx.actor.kind == "system":
        return _Giver(None, PRESETS[StaffRole.SUPER_ADMIN], is_super_admin=True)
    actor_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=actor_id or 0).first()
    if staff is None or not staff.may(StaffPermission.STAFF_MANAGE):
        raise PermissionDenied(StaffPermission.STAFF_MANAGE)
    is_super_admin = staff.role == StaffRole.SUPER_ADMIN
    return _Giver(staff.pk, staff.all_permissions, is_super_admin)


def change_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why somebody does not change a staff person: it is they themselves."""
    is_own = ctx.actor.kind == "staff" and ctx.actor.id == staff.pk
    return StateConflict("staff.own_record") if is_own else None


def _held(staff: Staff, giver: _Giver) -> Staff:
    """The stored record, locked, if the giver may change it."""
    try:
        stored = lock(staff, "user")
    except Staff.DoesNotExist as gone:
        raise StateConflict("staff.deleted") from gone
    _check_super_admin(stored.role, giver)
    return stored


def _check_super_admin(role: str, giver: _Giver) -> None:
    if role == StaffRole.SUPER_ADMIN and not giver.is_super_admin:
        raise BusinessError("staff.super_admin_only")


def _last_super_admin_blocked_reason(staff: Staff) -> StateConflict | None:
    if staff.role != StaffRole.SUPER_ADMIN or not staff.is_active:
        return None
    others = Staff.objects.active().super_admins().exclude(pk=staff.pk)
    return None if others.exists() else StateConflict("staff.last_super_admin")


def create_first_super_admin(
    *, email: str, first_name: str, last_name: str, password: str, ctx: Context
) -> Staff:
    """The first super admin of an installation, with their password. Raises ``BusinessError`` when there is one."""
    passwords.check_new_password(
        password, email=email, first_name=first_name, last_name=last_name, is_staff=True
    )
    hashed = make_password(password)
    with transaction.atomic():
        lock_name("staff")
        if Staff.objects.super_admins().exists():
            raise BusinessError("staff.super_admin_exists")
        user = _new_user(email, first_name, last_name, hashed, verified=True, ctx=ctx)
        return _save(user, StaffRole.SUPER_ADMIN, [], ctx=ctx)


@transaction.atomic
def create_staff(
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    ctx: Context,
    permissions: Iterable[str] | None = None,
) -> Staff:
    """A new staff person, with the preset of their role unless ``permissions`` are told; they choose a password by a
    mailed link.

    A user who has this address already, proven, becomes staff as well, with a password and factors of their own choice
    from then on. Raises ``BusinessError`` and
    ``PermissionDenied``.
    """
    giver = _giver(ctx)
    kept = _granted(role, permissions, former=frozenset(), giver=giver)
    user = User.objects.with_email(email).first()
    if user is None:
        unusable = make_password(None)
        user = _new_user(email, first_name, last_name, unusable, verified=False, ctx=ctx)
    elif Staff.objects.filter(user=user).exists():
        raise BusinessError("staff.exists", field="email")
    elif user.email_verified_at is None or not user.is_active:
        # Whoever registered with the address of somebody else must not become staff by it.
        raise BusinessError("staff.email_not_verified", field="email")
    else:
        _forget_sign_in(user, ctx=ctx)
    staff = _save(user, role, kept, ctx=ctx)
    token = reset_token(user=user, at=ctx.at)
    sign_in_emails.send_password_reset_link(user=user, token=token, for_staff=True)
    return staff


@transaction.atomic
def change_staff(
    *, staff: Staff, role: str, ctx: Context, permissions: Iterable[str] | None = None
) -> Staff:
    """Give another role or other permissions; a new role brings its preset. What stays the same is not written.

    Raises ``BusinessError``, ``PermissionDenied``, ``StateConflict`` (they were deleted meanwhile).
    """
    giver = _giver(ctx)
    stored = _held(staff, giver)
    if blocked := change_staff_blocked_reason(stored, ctx):
        raise blocked
    if role != stored.role:
        permissions = None
    elif permissions is None:
        permissions = stored.permissions
    former = stored.all_permissions if stored.role == role else frozenset()
    kept = _granted(role, permissions, former=former, giver=giver)
    before = {"role": stored.role, "permissions": stored.permissions}
    after = {"role": role, "permissions": kept}
    if before == after:
        return stored
    if role != StaffRole.SUPER_ADMIN and (blocked := _last_super_admin_blocked_reason(stored)):
        raise blocked
    Staff.objects.filter(pk=stored.pk).update(role=role, permissions=kept)
    _record("changed", stored, ctx, before=before, after=after)
    stored.role, stored.permissions = role, kept
    return stored


def set_staff_permissions_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person's permissions cannot be chosen one by one."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    has_all = staff.role == StaffRole.SUPER_ADMIN
    return StateConflict("staff.has_all_permissions") if has_all else None


@transaction.atomic
def set_staff_permissions(*, staff: Staff, permissions: Iterable[str], ctx: Context) -> Staff:
    """Give single permissions, all of them told. Raises what ``change_staff`` does, and ``StateConflict`` for a super
    admin, who has them all.
    """
    stored = _held(staff, _giver(ctx))
    if blocked := set_staff_permissions_blocked_reason(stored, ctx):
        raise blocked
    return change_staff(staff=stored, role=stored.role, permissions=permissions, ctx=ctx)


def deactivate_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person cannot be shut out now."""
    if blocked := change_staff_blocked_reason(staff, ctx):
        return blocked
    if not staff.is_active:
        return StateConflict("staff.already_inactive")
    return _last_super_admin_blocked_reason(staff)


@act(
    "staff.deactivate",
    Staff,
    label=_("Deactivate"),
    done=_("Deactivated. They're signed out everywhere."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=deactivate_staff_blocked_reason,
    asks_password=True,
    is_danger=True,
)
@transaction.atomic
def deactivate_staff(*, staff: Staff, ctx: Context) -> None:
    """Shut a staff person out: their sessions end at once; the record stays."""
    stored = _held(staff, _giver(ctx))
    if blocked := deactivate_staff_blocked_reason(stored, ctx):
        raise blocked
    Staff.objects.filter(pk=stored.pk).update(is_active=False)
    _record("deactivated", stored, ctx)
    end_sessions(user=stored.user, keep_session=None, ctx=ctx)


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
    giver = _giver(ctx)
    stored = _held(staff, giver)
    if blocked := reactivate_staff_blocked_reason(stored, ctx):
        raise blocked
    _granted(stored.role, stored.permissions, former=frozenset(), giver=giver)
    Staff.objects.filter(pk=stored.pk).update(is_active=True)
    _record("reactivated", stored, ctx)


def delete_staff_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff record stays."""
    return change_staff_blocked_reason(staff, ctx) or _last_super_admin_blocked_reason(staff)


def _deleted(_result: None, staff: Staff) -> str:
    return gettext("%(email)s is no longer staff.") % {"email": staff.user.email}


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
    stored = _held(staff, _giver(ctx))
    if blocked := delete_staff_blocked_reason(stored, ctx):
        raise blocked
    before = {"role": stored.role, "permissions": stored.permissions}
    _record("deleted", stored, ctx, before=before)
    end_sessions(user=stored.user, keep_session=None, ctx=ctx)
    Staff.objects.filter(pk=stored.pk).delete()


def reset_staff_factors_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why the second factors of a staff person are not removed."""
    own = change_staff_blocked_reason(staff, ctx)
    return own or without_factor_blocked_reason(staff.user, ctx)


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
    giver = _giver(ctx)
    if not giver.is_super_admin:
        raise BusinessError("staff.super_admin_only")
    stored = _held(staff, giver)
    if blocked := reset_staff_factors_blocked_reason(stored, ctx):
        raise blocked
    remove_all_factors(user=stored.user, reason=reason, ctx=ctx, of_staff=True)


def _granted(
    role: str,
    permissions: Iterable[str] | None,
    *,
    former: frozenset[StaffPermission],
    giver: _Giver,
) -> list[str]:
    if role not in StaffRole:
        raise BusinessError("staff.role_unknown", field="role")
    _check_super_admin(role, giver)
    wanted = PRESETS[StaffRole(role)] if permissions is None else permissions
    return permissions_to_grant(role, wanted, former=former, grantable=giver.permissions)


def _new_user(
    email: str, first_name: str, last_name: str, hashed: str, *, verified: bool, ctx: Context
) -> User:
    if not (first_name.strip() and last_name.strip()):
        raise BusinessError("staff.name_missing", field="first_name")
    user = User(
        email=email.strip(),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        created_at=ctx.at,
        email_verified_at=ctx.at if verified else None,
        password=hashed,
    )
    save_new_user(user=user, ctx=ctx)
    return user


def _forget_sign_in(user: User, *, ctx: Context) -> None:
    """Nobody becomes staff by a password or factor of before: it may be somebody else's, or too weak."""
    user.password = make_password(None)
    User.objects.filter(pk=user.pk).update(password=user.password)
    if has_factor(user):
        remove_all_factors(user=user, reason="They became staff.", ctx=ctx, of_staff=True)
    end_sessions(user=user, keep_session=None, ctx=ctx)


def _save(user: User, role: str, permissions: list[str], *, ctx: Context) -> Staff:
    staff = Staff.objects.create(user=user, role=role, permissions=permissions, created_at=ctx.at)
    _record("created", staff, ctx, after={"role": role, "permissions": permissions})
    return staff


def _record(
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
