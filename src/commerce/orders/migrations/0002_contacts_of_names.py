"""A name has its contacts: until now the order that it came with was asked for its holder."""

from typing import Any

from django.db import migrations


def copy_registrants(apps: Any, schema_editor: Any) -> None:
    domains = apps.get_model("domains", "Domain").objects
    units = apps.get_model("orders", "OrderUnit").objects.filter(domain__isnull=False)
    for unit in units.select_related("item").iterator(chunk_size=500):
        if holder := unit.item.registrant:
            contacts = dict.fromkeys(("registrant", "admin", "tech", "billing"), holder)
            domains.filter(pk=unit.domain_id, contacts={}).update(contacts=contacts)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("domains", "0002_changes_and_sync")]

    operations = [migrations.RunPython(copy_registrants, migrations.RunPython.noop)]
