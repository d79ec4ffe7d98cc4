"""Staff and their browsers, for tests of the staff area."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from commerce.accounts.actions.staff_people.machine_accounts import create_machine_account
from commerce.accounts.actions.staff_people.making import create_staff
from commerce.accounts.models import MachineAccount, Staff, StaffRole, StaffToken, TotpStep
from commerce.accounts.staff_rules import ShippedRole, in_order
from commerce.kit import clock, tokens
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.portal.base.sign_in.areas import STAFF_SESSION_KEY
from commerce.site_settings.encryption import key_ring
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.people import AT, make_user

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

GRACE, SAM, BEA = "grace@example.com", "sam@example.com", "bea@example.com"


def make_staff(
    key: str = ShippedRole.SUPER_ADMIN,
    email: str = "",
    *,
    permissions: Iterable[str] | None = None,
    with_factor: bool = True,
    **over: Any,
) -> Staff:
    """A staff person with what their role has, or with just these ``permissions``; by default a super admin."""
    user = over.pop("user", None) or make_user(email)
    own = over.pop("role", None) or role(key)
    preset = own.all_permissions
    wanted = preset if permissions is None else set(permissions)
    over = {
        "extra_permissions": in_order(wanted - preset),
        "removed_permissions": in_order(preset - wanted),
    } | over
    if with_factor:
        factor = Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.TOTP,
            data={"secret": key_ring().encrypt(TOTP_SECRET)},
            created_at=AT,
        )
        TotpStep.objects.create(factor=factor, step=0)
    return Staff.objects.create(user=user, role=own, created_at=AT, **over)


def role(key: str) -> StaffRole:
    """A role that comes with the installation."""
    return StaffRole.objects.get(key=key)


def invite_staff(email: str) -> Staff:
    """Somebody new who helps, with the mail that they get."""
    person = {"email": email, "first_name": "Sam", "last_name": "Reyes"}
    return create_staff(**person, role=role("support"), ctx=Context(AT, SYSTEM))


def take_permissions(staff: Staff, *, all_but: Iterable[str] = ()) -> None:
    """Leave somebody no permissions but these, of those they have."""
    taken = in_order(staff.all_permissions.difference(all_but))
    Staff.objects.filter(pk=staff.pk).update(removed_permissions=taken)
    staff.refresh_from_db()


def make_machine_account(owner: Staff, key: str = "billing") -> MachineAccount:
    """A machine account with a role and an owner."""
    ctx = Context(clock.now(), SYSTEM)
    return create_machine_account(name="Bookkeeping", role=role(key), owner=owner, ctx=ctx)


def make_staff_token(staff: Staff, **over: Any) -> tuple[StaffToken, str]:
    """A token of the staff API with all that its person may, and its plain text."""
    plain = tokens.generate_token(tokens.STAFF_TOKEN_PREFIX)
    values: dict[str, Any] = {
        "name": "Bookkeeping",
        "permissions": sorted(staff.all_permissions),
        "expires_on": clock.now().date() + timedelta(days=30),
        "created_at": AT,
    }
    made = StaffToken.objects.create(
        staff=staff, token_hash=tokens.token_digest(plain), **(values | over)
    )
    return made, plain


def as_staff(staff: Staff) -> Actor:
    """The actor that the staff area makes of a signed-in staff person."""
    return Actor("staff", staff.pk, staff.user.email, "203.0.113.9", "request-1")


def staff_browser(staff: Staff | None = None) -> HttpsTestClient:
    """A browser that is signed in to the staff area; by default as a new super admin."""
    staff = staff or make_staff()
    made = make_browser(staff.user)
    session = made.session
    session[STAFF_SESSION_KEY] = True
    session.save()
    cookie = made.cookies.pop(settings.SESSION_COOKIE_NAME)
    made.cookies[settings.COMMERCE_STAFF_COOKIE_NAME] = cookie.value
    return made
