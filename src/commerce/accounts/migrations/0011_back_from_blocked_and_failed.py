"""Going back: what is blocked was requested, and what failed has expired, as the former release has it."""

from typing import Any

from django.db import migrations


def go_back(apps: Any, schema_editor: Any) -> None:
    """Give the rows states that the former release knows."""
    using = schema_editor.connection.alias
    erasures = apps.get_model("accounts", "Erasure").objects.using(using)
    erasures.filter(status="blocked").update(status="requested")
    exports = apps.get_model("accounts", "DataExport").objects.using(using)
    exports.filter(status="failed").update(status="expired")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_blocked_and_failed")]

    operations = [migrations.RunPython(migrations.RunPython.noop, go_back)]
