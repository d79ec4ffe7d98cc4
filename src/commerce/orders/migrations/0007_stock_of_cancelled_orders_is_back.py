from typing import Any

from django.db import migrations


def give_back(apps: Any, schema_editor: Any) -> None:
    """The stock of these was given back when they ended; their items did not say so yet."""
    items = apps.get_model("orders", "OrderItem").objects
    ended = items.filter(order__status="cancelled", order__activated_at=None, stock_taken__gt=0)
    ended.update(stock_taken=0)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_forget_codes_of_closed_carts"),
    ]

    # What was given back stays given back; the tables stay as they are.
    operations = [migrations.RunPython(give_back, migrations.RunPython.noop)]
