"""The four roles that come with the installation."""

from typing import Any

from django.db import migrations

_SHIPPED = ("super_admin", "admin", "support", "billing")


def create_roles(apps: Any, schema_editor: Any) -> None:
    """Without a name and permissions of their own: they have those of the release."""
    roles = apps.get_model("accounts", "StaffRole")
    roles.objects.using(schema_editor.connection.alias).bulk_create(
        (roles(key=key) for key in _SHIPPED), ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0028_staff_roles")]

    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
