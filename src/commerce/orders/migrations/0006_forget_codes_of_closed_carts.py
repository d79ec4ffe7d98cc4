from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    """What a cart keeps of transfers once it is not open any more, and what had no room when carts were merged."""
    item = apps.get_model("orders", "CartItem")
    item.objects.filter(cart__status="merged").delete()
    item.objects.exclude(cart__status="open").exclude(auth_code="").update(auth_code="")


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_item_discounts_within_price"),
    ]

    # What is forgotten does not come back; the tables stay as they are.
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
