"""Staff are made, changed and let go; nobody gives what they do not have (backoffice.md 1, X16)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession

from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.members import change_member
from commerce.accounts.actions.mfa import remove_all_factors
from commerce.accounts.actions.passwords import reset_password, user_of_reset
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.actions.staff_people.changing import (
    change_staff,
    deactivate_staff,
    delete_staff,
    reactivate_staff,
    reset_staff_factors,
    set_staff_permissions,
)
from commerce.accounts.actions.staff_people.making import (
    create_first_super_admin,
    create_staff,
    invite_staff_again,
)
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Membership, Staff, User
from commerce.accounts.staff_rules import PRESETS, ShippedRole, StaffPermission
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, PermissionDenied
from tests.make.mails import commit_and_deliver, mails_to
from tests.make.people import AT, make_client, make_user
from tests.make.staff import as_staff, make_staff, role

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)
MANAGE = StaffPermission.STAFF_MANAGE


def by(staff: Staff) -> Context:
    return Context(AT, as_staff(staff))


def refused(code: str, act: Callable[..., Any], **values: Any) -> None:
    with pytest.raises(BusinessError) as told:
        act(**values)
    assert told.value.code == code


def new(email: str = "sam@example.com", key: str = "support") -> dict[str, Any]:
    return {"email": email, "first_name": "Sam", "last_name": "Example", "role": role(key)}


def test_the_first_super_admin_is_made_once() -> None:
    person = {"first_name": "Grace", "last_name": "Hopper", "ctx": CTX}
    grace = create_first_super_admin(
        email="grace@example.com", password="correct-horse-battery", **person
    )
    assert grace.may(StaffPermission.CLIENTS_ERASE)
    assert grace.user.email_verified_at == AT
    assert grace.user.check_password("correct-horse-battery")
    refused(
        "staff.super_admin_exists",
        create_first_super_admin,
        email="eve@example.com",
        password="correct-horse-battery",
        **person,
    )
    assert Staff.objects.count() == 1


def test_a_password_of_staff_is_longer() -> None:
    person = {"email": "g@example.com", "first_name": "G", "last_name": "H", "ctx": CTX}
    refused("password.too_weak", create_first_super_admin, password="horse-bat8", **person)
    assert not User.objects.exists()


def test_a_new_staff_person_has_the_preset_of_their_role_and_chooses_a_password_by_mail() -> None:
    grace = make_staff()
    with commit_and_deliver():
        sam = create_staff(**new(), ctx=by(grace))
    assert sam.all_permissions == PRESETS[ShippedRole.SUPPORT]
    assert not sam.user.has_usable_password()
    (mail,) = mails_to("sam@example.com")
    assert "https://localhost:8443/admin/reset-password/" in str(mail.body)
    entry = AuditEntry.objects.get(action="staff.created", actor_kind="staff")
    assert (entry.record_id, entry.after["role"]) == (sam.pk, "support")


def test_an_invitation_works_for_a_week_and_until_a_password_is_chosen() -> None:
    grace = make_staff()
    with commit_and_deliver():
        sam = create_staff(**new(), ctx=by(grace))
        invite_staff_again(staff=sam, ctx=by(grace))
    first, again = mails_to("sam@example.com")
    assert f"{grace.user.email} invited you" in str(again.body)
    token = str(first.body).partition("/admin/reset-password/")[2].split()[0]
    assert user_of_reset(token=token, at=AT + timedelta(days=6, hours=23)) == sam.user
    assert user_of_reset(token=token, at=AT + timedelta(days=7, minutes=1)) is None
    reset_password(user=sam.user, password="correct-horse-battery", ctx=CTX)
    assert user_of_reset(token=token, at=AT + timedelta(hours=1)) is None
    refused("staff.has_password", invite_staff_again, staff=sam, ctx=by(grace))


def test_staff_are_not_made_of_an_address_that_nobody_has_proven() -> None:
    """Whoever registered with the address of an employee would be staff."""
    make_user("sam@example.com", verified=False)
    refused("staff.email_not_verified", create_staff, **new(), ctx=by(make_staff()))


def test_a_user_becomes_staff_once() -> None:
    user = make_user("sam@example.com")
    assert user.has_usable_password()
    staff = create_staff(**new(), ctx=by(grace := make_staff()))
    user.refresh_from_db()
    assert (staff.user, user.has_usable_password()) == (user, False)  # who knew it gets no further
    refused("staff.exists", create_staff, **new(), ctx=by(grace))


def test_staff_make_no_staff_members_of_clients_and_take_no_factors_of_theirs() -> None:
    """Whoever may edit clients was an owner of any client, or opened the account of a super admin."""
    bea, grace = make_staff("billing"), make_staff()
    client = make_client()
    invited = {"client": client, "role": "owner", "rights": (), "ctx": by(bea)}
    for staff in (bea, grace):
        refused("member.is_staff", invite_member, email=staff.user.email.upper(), **invited)
    member = Membership.objects.create(
        client=client, user=grace.user, role="billing", rights=[], created_at=AT
    )
    refused(
        "member.is_staff", change_member, membership=member, role="owner", rights=(), ctx=by(bea)
    )
    refused("member.is_staff", remove_all_factors, user=grace.user, reason="Lost", ctx=by(bea))
    owned = {"first_name": "G", "last_name": "H", "email": "g@example.com", "country": "DE"}
    refused(
        "member.is_staff",
        open_client_account,
        owner_email=grace.user.email,
        currency_code="EUR",
        ctx=by(bea),
        **owned,
    )


def test_nobody_gives_a_permission_that_they_do_not_have() -> None:
    manager = make_staff("support", permissions=[MANAGE, "clients.view"])
    with pytest.raises(PermissionDenied) as denied:
        create_staff(**new(key="billing"), ctx=by(manager))
    assert denied.value.right == "clients.edit"
    other = make_staff("support", permissions=["tickets.reply"])
    with pytest.raises(PermissionDenied):
        set_staff_permissions(staff=other, extra_permissions=["invoices.refund"], ctx=by(manager))
    with pytest.raises(PermissionDenied):  # nor give it back
        set_staff_permissions(staff=other, removed_permissions=[], ctx=by(manager))
    # What they have already stays, and what the giver has may come.
    kept = set_staff_permissions(
        staff=other, extra_permissions=[MANAGE, "clients.view"], ctx=by(manager)
    )
    assert kept.extra_permissions == [MANAGE]  # the other is of the role, and taken from them
    left = set(other.removed_permissions) - {"clients.view"}
    kept = set_staff_permissions(staff=other, removed_permissions=left, ctx=by(manager))
    assert kept.all_permissions == {"clients.view", "tickets.reply", MANAGE}


def test_what_was_taken_from_a_role_only_comes_back() -> None:
    sam = make_staff("support", permissions=["clients.view"])
    taken = list(sam.removed_permissions)
    kept = set_staff_permissions(
        staff=sam, removed_permissions=[*taken, "clients.view"], ctx=by(make_staff())
    )
    assert kept.removed_permissions == taken


def test_without_the_permission_nobody_manages_staff() -> None:
    admin, other = make_staff("admin"), make_staff("support")
    for act in (deactivate_staff, reactivate_staff, delete_staff):
        with pytest.raises(PermissionDenied):
            act(staff=other, ctx=by(admin))
    grace = make_staff(is_active=False)  # who was let go
    with pytest.raises(PermissionDenied):
        deactivate_staff(staff=other, ctx=by(grace))


def test_nobody_changes_their_own_record() -> None:
    grace = make_staff()
    make_staff()
    refused("staff.own_record", change_staff, staff=grace, role=role("admin"), ctx=by(grace))
    for act in (deactivate_staff, reactivate_staff, delete_staff):
        refused("staff.own_record", act, staff=grace, ctx=by(grace))
    refused("staff.own_record", reset_staff_factors, staff=grace, reason="lost", ctx=by(grace))


def test_only_a_super_admin_touches_a_super_admin() -> None:
    manager, grace = make_staff("admin", permissions=list(StaffPermission)), make_staff()
    make_staff()
    for act in (deactivate_staff, delete_staff):
        refused("staff.super_admin_only", act, staff=grace, ctx=by(manager))
    refused(
        "staff.super_admin_only", change_staff, staff=grace, role=role("admin"), ctx=by(manager)
    )
    sam = make_staff("support")
    refused(
        "staff.super_admin_only", change_staff, staff=sam, role=role("super_admin"), ctx=by(manager)
    )
    refused("staff.super_admin_only", create_staff, **new(key="super_admin"), ctx=by(manager))


def test_there_is_always_an_active_super_admin() -> None:
    grace = make_staff()
    make_staff(is_active=False)
    refused("staff.last_super_admin", change_staff, staff=grace, role=role("admin"), ctx=CTX)
    for act in (deactivate_staff, delete_staff):
        refused("staff.last_super_admin", act, staff=grace, ctx=CTX)
    make_staff()
    assert change_staff(staff=grace, role=role("admin"), ctx=CTX).role == role("admin")


def test_another_role_brings_its_preset() -> None:
    sam = make_staff("support", permissions=["clients.erase"])
    changed = change_staff(staff=sam, role=role("billing"), ctx=by(make_staff()))
    assert changed.all_permissions == PRESETS[ShippedRole.BILLING]
    entry = AuditEntry.objects.get(action="staff.changed")
    assert (entry.before["role"], entry.after["role"]) == ("support", "billing")


def test_who_is_let_go_is_signed_out_and_the_record_stays() -> None:
    sam, grace = make_staff("support"), make_staff()
    UserSession.objects.create(
        user=sam.user, session_key="k" * 32, ip="203.0.113.9", created_at=AT, last_seen_at=AT
    )
    deactivate_staff(staff=sam, ctx=by(grace))
    assert not UserSession.objects.filter(user=sam.user).exists()
    sam.refresh_from_db()
    assert not sam.is_active
    reactivate_staff(staff=sam, ctx=by(grace))
    sam.refresh_from_db()
    assert sam.is_active


def test_a_deleted_staff_person_stays_a_user() -> None:
    sam = make_staff("support")
    user = sam.user
    delete_staff(staff=sam, ctx=by(make_staff()))
    assert not Staff.objects.filter(user=user).exists()
    assert User.objects.filter(pk=user.pk).exists()
    refused("staff.deleted", change_staff, staff=sam, role=role("admin"), ctx=CTX)


def test_a_super_admin_removes_lost_factors() -> None:
    sam, grace = make_staff("support"), make_staff()
    manager = make_staff("admin", permissions=list(StaffPermission))
    refused("staff.super_admin_only", reset_staff_factors, staff=sam, reason="x", ctx=by(manager))
    reset_staff_factors(staff=sam, reason="Phone lost, seen in person", ctx=by(grace))
    assert not has_factor(sam.user)
    assert (
        AuditEntry.objects.get(action="factor.all_removed").reason == "Phone lost, seen in person"
    )
