"""Search keys of the records that are there. Those that come meanwhile get theirs by triggers, which stand first.

Whoever changes a column that keys are made of takes this over into a migration of theirs, which fills anew.
"""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    from commerce.db.triggers import install_triggers
    from commerce.record_search_keys import fill_search_keys

    if schema_editor.connection.vendor == "postgresql":
        install_triggers(schema_editor.connection)
    fill_search_keys(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("orders", "0008_items_with_auth_codes"),
        ("accounts", "0037_search_keys"),
        ("billing", "0016_parts_of_prices"),
        ("catalog", "0004_published_exchange_rates"),
        ("domains", "0009_versions"),
        ("hosting", "0009_names_of_days_and_price"),
        ("payments", "0020_the_card_of_a_setup"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
