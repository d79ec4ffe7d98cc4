"""The one row of the shared revision."""

from typing import Any

from django.db import migrations


def add_row(apps: Any, schema_editor: Any) -> None:
    apps.get_model("catalog", "SharedRevision").objects.get_or_create(pk=1)


def remove_row(apps: Any, schema_editor: Any) -> None:
    apps.get_model("catalog", "SharedRevision").objects.filter(pk=1).delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(add_row, remove_row)]
