"""Roles of staff: copied, edited with everybody who is changed shown first, deleted when unused (backoffice.md 1)."""

from typing import Any

import pytest

from commerce.accounts.actions.staff_people.changing import change_staff
from commerce.accounts.actions.staff_people.roles import (
    create_staff_role,
    delete_staff_role,
    edit_staff_role,
)
from commerce.accounts.models import Staff, StaffRole
from commerce.accounts.staff_rules import PRESETS, ShippedRole, StaffPermission
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, PermissionDenied
from tests.make.people import AT
from tests.make.staff import as_staff, make_staff, role

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)
SURE = ["staff_role.changes_people"]
SUPPORT = PRESETS[ShippedRole.SUPPORT]


def by(staff: Staff) -> Context:
    return Context(AT, as_staff(staff))


def night_shift(*permissions: str) -> StaffRole:
    made = create_staff_role(name="Night shift", copy_of=role("support"), ctx=CTX)
    return edit_staff_role(role=made, permissions=permissions, ctx=CTX) if permissions else made


def refused(code: str, act: Any, **values: Any) -> None:
    with pytest.raises(BusinessError) as told:
        act(**values)
    assert told.value.code == code


def test_a_role_begins_as_a_copy() -> None:
    made = night_shift()
    assert (made.key, str(made), made.all_permissions) == ("night-shift", "Night shift", SUPPORT)
    refused("staff_role.name_taken", create_staff_role, name="NIGHT SHIFT", copy_of=made, ctx=CTX)
    refused("staff_role.name_taken", create_staff_role, name="Admin", copy_of=made, ctx=CTX)
    other = create_staff_role(name="Night: shift", copy_of=made, ctx=CTX)
    assert other.key == "night-shift-2"
    assert create_staff_role(name="ليلي", copy_of=made, ctx=CTX).key == "role"
    entries = AuditEntry.objects.filter(action="staff_role.created")
    assert [one.record_name for one in entries.order_by("pk")][:2] == [
        "night-shift",
        "night-shift-2",
    ]


def test_editing_a_role_shows_everybody_who_is_changed_first() -> None:
    sam = make_staff("support", "sam@example.com")
    ann = make_staff("support", "ann@example.com", permissions=[*SUPPORT, "invoices.refund"])
    wanted = sorted(SUPPORT - {"tickets.reply"} | {"invoices.refund"})
    change = {"role": role("support"), "permissions": wanted, "ctx": by(make_staff())}
    with pytest.raises(NeedsConfirmation) as asked:
        edit_staff_role(**change)
    text = str(asked.value)
    assert "This changes what 2 people may do:" in text
    assert "(sam@example.com) gets “Refund payments” and loses “Reply to tickets”." in text
    assert "(ann@example.com) loses “Reply to tickets”." in text
    assert sam.all_permissions == SUPPORT
    edited = edit_staff_role(**change, confirmed=SURE)
    for staff in (sam, ann):
        assert Staff.objects.get(pk=staff.pk).all_permissions == set(wanted)
    entry = AuditEntry.objects.get(action="staff_role.changed")
    assert "tickets.reply" in entry.before["permissions"]
    assert entry.after["permissions"] == edited.permissions
    back = edit_staff_role(role=edited, permissions=sorted(SUPPORT), confirmed=SURE, ctx=CTX)
    assert back.is_as_shipped  # and has what the next release brings


def test_nobody_is_asked_about_a_name_or_a_role_that_changes_nobody() -> None:
    make_staff("support")
    assert str(edit_staff_role(role=role("support"), name="Help desk", ctx=CTX)) == "Help desk"
    assert str(edit_staff_role(role=role("support"), name="", ctx=CTX)) == "Support"
    own = night_shift("clients.view")
    refused("input.missing", edit_staff_role, role=own, name="", ctx=CTX)
    assert own.all_permissions == {"clients.view"}


def test_nobody_edits_a_role_above_them_their_own_or_the_fixed_one() -> None:
    boss = make_staff("admin", permissions=[*PRESETS[ShippedRole.ADMIN], "staff.manage"])
    refused("staff_role.fixed", edit_staff_role, role=role("super_admin"), name="X", ctx=CTX)
    refused("staff_role.own", edit_staff_role, role=role("admin"), name="X", ctx=by(boss))
    mighty = night_shift("settings.manage")
    refused("staff_role.has_more", edit_staff_role, role=mighty, name="X", ctx=by(boss))
    refused("staff_role.has_more", delete_staff_role, role=mighty, ctx=by(boss))
    with pytest.raises(PermissionDenied):  # nor gives what they do not have
        edit_staff_role(role=role("support"), permissions=["settings.manage"], ctx=by(boss))
    with pytest.raises(PermissionDenied):
        create_staff_role(name="Copy", copy_of=mighty, ctx=by(boss))
    with pytest.raises(PermissionDenied):
        change_staff(staff=make_staff("support"), role=mighty, ctx=by(boss))
    with pytest.raises(PermissionDenied):
        edit_staff_role(role=role("support"), name="X", ctx=by(make_staff("admin")))


def test_what_contains_another_permission_brings_it() -> None:
    assert "services.help" in night_shift("services.manage").all_permissions
    boss = make_staff("support", permissions=["staff.manage", "services.help"])
    with pytest.raises(PermissionDenied):
        edit_staff_role(role=night_shift_again(), permissions=["services.manage"], ctx=by(boss))


def night_shift_again() -> StaffRole:
    role = StaffRole.objects.get(key="night-shift")
    return edit_staff_role(role=role, permissions=["services.help"], ctx=CTX)


def test_a_role_goes_when_nobody_has_it() -> None:
    own = night_shift()
    sam = make_staff("support")
    change_staff(staff=sam, role=own, ctx=CTX)
    refused("staff_role.in_use", delete_staff_role, role=own, ctx=CTX)
    refused("staff_role.shipped", delete_staff_role, role=role("billing"), ctx=CTX)
    change_staff(staff=sam, role=role("support"), ctx=CTX)
    delete_staff_role(role=own, ctx=CTX)
    assert not StaffRole.objects.filter(key=own.key).exists()
    refused("staff.role_unknown", change_staff, staff=sam, role=own, ctx=CTX)


def test_what_a_release_brings_joins_roles_that_nobody_edited_and_waits_at_the_others() -> None:
    known = sorted(set(StaffPermission) - {"runs.view"})
    edited = night_shift("clients.view")
    StaffRole.objects.filter(pk=edited.pk).update(reviewed_permissions=known)
    edited.refresh_from_db()
    assert edited.new_permissions == ["runs.view"]
    assert "runs.view" not in edited.all_permissions
    assert role("support").new_permissions == []
    assert "runs.view" in role("support").all_permissions
    judged = edit_staff_role(role=edited, permissions=["clients.view"], ctx=CTX)
    assert judged.new_permissions == []
