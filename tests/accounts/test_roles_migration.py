"""The migration that gives each staff person a role: nobody may more than before, or less."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import PRESETS, ShippedRole, StaffPermission
from tests.make.people import AT, make_user

migration = import_module("commerce.accounts.migrations.0031_staff_get_roles")
pytestmark = pytest.mark.django_db

CAME_LATER = {"reports.close"}
"""What roles got from releases after this migration."""
ALL = {str(one) for one in StaffPermission} - CAME_LATER
NEW = {"services.help", "reports.money", "runs.view"}
FORMER = {key: {*of_role} for key, of_role in migration._FORMER.items()}
SUPPORT, BILLING, ADMIN = FORMER["support"], FORMER["billing"], FORMER["admin"]
PEOPLE: list[tuple[str, set[str], set[str], set[str], set[str]]] = [
    # the role and permissions of before; what they have besides, what is taken, and what is new to them
    ("super_admin", set(), set(), set(), NEW),
    ("super_admin", {"clients.view"}, set(), set(), NEW),
    ("admin", ADMIN, set(), set(), NEW),
    ("support", SUPPORT, set(), set(), {"services.help", "runs.view"}),
    ("billing", BILLING, set(), set(), {"reports.money", "runs.view"}),
    ("admin", ADMIN | {"settings.manage"}, {"settings.manage"}, set(), NEW),
    ("admin", ADMIN - {"audit.view"}, set(), {"audit.view"}, NEW),
    ("admin", ADMIN - {"services.manage"}, set(), {"services.manage"}, NEW),
    ("admin", ALL - NEW, ALL - NEW - ADMIN, set(), NEW),
    ("support", SUPPORT | {"invoices.refund"}, {"invoices.refund"}, set(), {"services.help", "runs.view"}),
    ("support", SUPPORT - {"tickets.reply"}, set(), {"tickets.reply"}, {"services.help", "runs.view"}),
    ("support", SUPPORT - {"services.view"}, set(), {"services.view", "services.help"}, {"runs.view"}),
    ("support", SUPPORT - {"reports.view"}, set(), {"reports.view", "runs.view"}, {"services.help"}),
    ("support", set(), set(), SUPPORT | {"services.help", "runs.view"}, set()),
    ("support", {"clients.view"}, set(), SUPPORT - {"clients.view"} | {"services.help", "runs.view"}, set()),
    ("support", {"services.manage"}, {"services.manage"}, SUPPORT | {"services.help", "runs.view"}, {"services.help"}),
    ("billing", BILLING - {"reports.view"}, set(), {"reports.view", "reports.money", "runs.view"}, set()),
    ("billing", BILLING | {"services.provision"}, {"services.provision"}, set(), NEW),
    ("billing", {"staff.manage"}, {"staff.manage"}, BILLING | {"reports.money", "runs.view"}, set()),
    ("billing", BILLING | {"gone.with_a_release"}, {"gone.with_a_release"}, set(), {"reports.money", "runs.view"}),
]  # fmt: skip


def _schema() -> SimpleNamespace:
    return SimpleNamespace(connection=connection)


def _may_of_before(key: str, permissions: set[str]) -> set[str]:
    return ALL - NEW if key == "super_admin" else permissions & ALL


def test_twenty_people_may_after_it_what_they_might_before_and_what_came_with_their_role() -> None:
    assert len(PEOPLE) == 20
    made = [
        Staff.objects.create(
            user=make_user(),
            former_role=key,
            former_permissions=sorted(permissions),
            created_at=AT,
            role_id="support",
        )
        for key, permissions, *_ in PEOPLE
    ]
    migration.give_roles(apps, _schema())
    for staff, (key, permissions, extra, removed, new) in zip(made, PEOPLE, strict=True):
        staff.refresh_from_db()
        found = (staff.role_id, {*staff.extra_permissions}, {*staff.removed_permissions})
        assert found == (key, extra, removed)
        assert staff.all_permissions - CAME_LATER == _may_of_before(key, permissions) | new, (
            key,
            permissions,
        )
    migration.go_back(apps, _schema())
    for staff, (key, permissions, *_) in zip(made, PEOPLE, strict=True):
        staff.refresh_from_db()
        assert staff.former_role == key
        if key != "super_admin":
            assert set(staff.former_permissions) == permissions


def test_what_each_role_brought_is_the_table_of_before() -> None:
    for key, brought in FORMER.items():
        assert brought == {str(one) for one in PRESETS[ShippedRole(key)]} - NEW - CAME_LATER
