"""Each staff person gets the role that they had, with what they have besides, and without what was taken from them."""

from typing import Any

from django.db import migrations

_OF_SUPER_ADMINS = {"clients.erase", "services.override", "settings.manage", "staff.manage"}
_SHARED = {
    "clients.view", "clients.notes", "invoices.view", "orders.view", "services.view", "domains.view",
    "tickets.view", "reports.view",
}  # fmt: skip
_FORMER: dict[str, set[str]] = {
    "admin": _SHARED
    | {
        "clients.create", "clients.edit", "clients.suspend", "clients.impersonate", "clients.tokens",
        "invoices.create", "invoices.edit", "invoices.void", "invoices.refund",
        "invoices.record_payment", "invoices.apply_credit", "payments.view", "payments.manage",
        "orders.manage", "services.manage", "services.provision", "services.terminate",
        "domains.manage", "tickets.reply", "tickets.assign", "tickets.delete", "products.view",
        "products.manage", "servers.view", "servers.manage", "content.view", "content.manage",
        "audit.view", "settings.view", "staff.view",
    },
    "support": _SHARED | {"tickets.reply", "tickets.assign", "content.view", "content.manage"},
    "billing": _SHARED
    | {
        "clients.edit", "invoices.create", "invoices.edit", "invoices.void", "invoices.refund",
        "invoices.record_payment", "invoices.apply_credit", "payments.view", "payments.manage",
        "orders.manage", "products.view",
    },
}  # fmt: skip
"""What each role brought until now."""
_NEW = {
    "services.help": ("services.view", {"admin", "support"}),
    "reports.money": ("reports.view", {"admin", "billing"}),
    "runs.view": ("reports.view", {"admin", "support", "billing"}),
}
"""What the roles have from now on besides: not for somebody from whom what it was part of, or stands beside, was taken."""


def give_roles(apps: Any, schema_editor: Any) -> None:
    """Of what the former release has of each."""
    using = schema_editor.connection.alias
    for staff in apps.get_model("accounts", "Staff").objects.using(using).all():
        staff.role_id = staff.former_role
        if staff.former_role != "super_admin":
            had = set(staff.former_permissions)
            brought = _FORMER[staff.former_role]
            taken = brought - had
            taken |= {
                new
                for new, (beside, of) in _NEW.items()
                if staff.former_role in of and beside not in had
            }
            staff.extra_permissions = sorted(had - brought)
            staff.removed_permissions = sorted(taken)
        staff.save(update_fields=["role", "extra_permissions", "removed_permissions"])


def go_back(apps: Any, schema_editor: Any) -> None:
    """A list for each person again, as far as the former release knows what is on it. Whoever has a role of the
    company's own is support with that role's permissions.
    """
    using = schema_editor.connection.alias
    people = apps.get_model("accounts", "Staff").objects.using(using)
    for staff in people.select_related("role"):
        is_known = staff.role_id == "super_admin" or staff.role_id in _FORMER
        staff.former_role = staff.role_id if is_known else "support"
        of_role = staff.role.permissions
        if of_role is None:
            of_role = _FORMER.get(staff.former_role, set())
        held = (set(of_role) | set(staff.extra_permissions)) - set(staff.removed_permissions)
        is_all = staff.former_role == "super_admin"
        staff.former_permissions = [] if is_all else sorted(held - set(_NEW))
        staff.save(update_fields=["former_role", "former_permissions"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0030_staff_roles_of_people")]

    operations = [migrations.RunPython(give_roles, go_back)]
