"""Going back: the former release knows nobody among staff who has no user."""

from typing import Any

from django.db import migrations


def go_back(apps: Any, schema_editor: Any) -> None:
    """Delete machine accounts with their tokens: the former release would refuse these. The audit log keeps both."""
    using = schema_editor.connection.alias
    apps.get_model("accounts", "Staff").objects.using(using).filter(user=None).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0035_person_or_machine")]

    operations = [migrations.RunPython(migrations.RunPython.noop, go_back)]
