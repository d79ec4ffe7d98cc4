"""A name has its contacts: until now the order that it came with was asked for its holder."""

from typing import Any

from django.db import migrations, transaction

AT_ONCE = 500


def copy_registrants(apps: Any, schema_editor: Any) -> None:
    """In bites, so that nobody waits; after a kill the next run goes on, since what is done is left alone."""
    units = apps.get_model("orders", "OrderUnit").objects.filter(domain__isnull=False)
    rows, last = units.select_related("item").order_by("pk"), 0
    while bite := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        with transaction.atomic(using=schema_editor.connection.alias):
            _copy(apps.get_model("domains", "Domain").objects, bite)
        last = bite[-1].pk


def _copy(domains: Any, units: list[Any]) -> None:
    for unit in units:
        if holder := unit.item.registrant:
            contacts = dict.fromkeys(("registrant", "admin", "tech", "billing"), holder)
            domains.filter(pk=unit.domain_id, contacts={}).update(contacts=contacts)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0001_initial"), ("domains", "0002_changes_and_sync")]

    operations = [migrations.RunPython(copy_registrants, migrations.RunPython.noop)]
