"""A late fee in percent is part of ``billing.late_fee_amount``, as the manual has it; the old key stays for a release
that still reads it."""

from typing import Any

from django.db import migrations


def _into_one_key(apps: Any, schema_editor: Any) -> None:
    settings = apps.get_model("preferences", "Setting").objects
    points = settings.filter(key="billing.late_fee_percent").values_list("value", flat=True).first()
    if points:
        row = settings.filter(key="billing.late_fee_amount").first()
        fees = {**(row.value if row else {}), "%": points}
        settings.update_or_create(key="billing.late_fee_amount", defaults={"value": fees})


class Migration(migrations.Migration):
    dependencies = [("preferences", "0002_pictures")]

    operations = [migrations.RunPython(_into_one_key, migrations.RunPython.noop)]
