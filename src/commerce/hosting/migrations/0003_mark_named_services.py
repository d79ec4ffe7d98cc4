"""Services that are not called as their product have a name of their own."""

from typing import Any

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Left


def mark(apps: Any, schema_editor: Any) -> None:
    services = apps.get_model("hosting", "Service").objects
    named = services.exclude(label=Left(F("product__name"), 100))
    services.filter(pk__in=named.values("pk")).update(has_own_name=True)


class Migration(migrations.Migration):
    dependencies = [("hosting", "0002_service_own_name"), ("catalog", "0001_initial")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
