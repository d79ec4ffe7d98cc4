"""Each group that a server or a product names is a record."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("catalog", "ServerGroup").objects
    of_servers = apps.get_model("hosting", "Server").objects.values_list("group", flat=True)
    of_products = apps.get_model("catalog", "Product").objects.values_list("server_group", flat=True)
    for name in sorted({*of_servers, *of_products} - {""}):
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("hosting", "0011_services_of_a_server"),
        ("catalog", "0005_server_groups"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
