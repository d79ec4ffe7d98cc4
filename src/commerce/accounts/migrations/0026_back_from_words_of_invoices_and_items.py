"""Going back: words of invoices and of items of orders go, which the former release does not know."""

from typing import Any

from django.db import migrations


def go_back(apps: Any, schema_editor: Any) -> None:
    """Delete what the former check refuses."""
    words = apps.get_model("accounts", "RecordMetadata")
    words = words.objects.using(schema_editor.connection.alias)
    words.filter(kind__in=["invoice", "orderitem"]).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0025_words_of_invoices_and_items")]

    operations = [migrations.RunPython(migrations.RunPython.noop, go_back)]
