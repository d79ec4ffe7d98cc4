"""New staff: the first super admin, and whom they add (backoffice.md 1)."""

from typing import Annotated

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.mfa import remove_all_factors
from commerce.accounts.actions.passwords import staff_invitation_token
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.staff_people.givers import (
    STAFF_ROLE,
    check_super_admin,
    record_staff,
    role_to_give,
    staff_giver,
)
from commerce.accounts.actions.users import save_new_user
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Staff, StaffRole, User
from commerce.accounts.staff_rules import ShippedRole, StaffPermission
from commerce.db.locks import lock, lock_name
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.email_addresses import Email


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
        return _save(user, StaffRole.objects.get(key=ShippedRole.SUPER_ADMIN), ctx=ctx)


def _created(staff: Staff, _record: None) -> str:
    text = gettext("%(email)s is now staff. We sent them an invitation.")
    return text % {"email": str(staff)}


@act(
    "staff.new",
    None,
    label=_("Add staff"),
    done=_created,
    staff=StaffPermission.STAFF_MANAGE,
    asks_password=True,
    example="staff new --email sam@example.com --first-name Sam --last-name Reyes --role support",
)
@transaction.atomic
def create_staff(
    *,
    email: Annotated[str, Email(_("Email"))],
    first_name: Annotated[str, Line(_("First name"), most=100)],
    last_name: Annotated[str, Line(_("Last name"), most=100)],
    role: Annotated[StaffRole, STAFF_ROLE],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
) -> Staff:
    """A new staff person of a role; they choose a password by a mailed link.

    A user who has this address already, proven, becomes staff as well, with a password and factors of their own choice
    from then on. Raises ``BusinessError`` and
    ``PermissionDenied``.
    """
    giver = staff_giver(ctx)
    given = role_to_give(role, giver)
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
    staff = _save(user, given, ctx=ctx)
    _invite(staff, ctx)
    return staff


def _invite(staff: Staff, ctx: Context) -> None:
    token = staff_invitation_token(user=staff.person, at=ctx.at)
    sign_in_emails.send_staff_invitation(staff=staff, token=token, ctx=ctx)


def invite_staff_again_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why somebody needs no further invitation: they have a password, or may not sign in."""
    if staff.person.has_usable_password():
        return StateConflict("staff.has_password")
    return None if staff.is_active else StateConflict("staff.already_inactive")


@act(
    "staff.invite_again",
    Staff,
    label=_("Send invitation again"),
    done=_("Sent a new invitation to %(user)s."),
    staff=StaffPermission.STAFF_MANAGE,
    blocked=invite_staff_again_blocked_reason,
)
@transaction.atomic
def invite_staff_again(*, staff: Staff, ctx: Context) -> Staff:
    """Mail another link to somebody who has not chosen a password yet. Raises ``StateConflict``."""
    check_super_admin(staff.role, staff_giver(ctx))
    stored = lock(staff, "user", "role")
    if blocked := invite_staff_again_blocked_reason(stored, ctx):
        raise blocked
    record_staff("invited", stored, ctx)
    _invite(stored, ctx)
    return stored


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


def _save(user: User, role: StaffRole, *, ctx: Context) -> Staff:
    staff = Staff.objects.create(user=user, role=role, created_at=ctx.at)
    record_staff("created", staff, ctx, after={"role": role.key})
    return staff
