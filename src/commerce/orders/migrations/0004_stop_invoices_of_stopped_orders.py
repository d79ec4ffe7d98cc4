from datetime import date
from typing import Any

from django.db import migrations


def stop(apps: Any, schema_editor: Any) -> None:
    """The mark takes the place of a hold without end."""
    order, invoice = apps.get_model("orders", "Order"), apps.get_model("billing", "Invoice")
    stopped = order.objects.filter(status="fraud", invoice__isnull=False)
    ids = list(stopped.values_list("invoice_id", flat=True))
    invoice.objects.filter(pk__in=ids).update(is_stopped=True)
    invoice.objects.filter(dunning_hold_until=date.max).update(dunning_hold_until=None)


def hold(apps: Any, schema_editor: Any) -> None:
    invoice = apps.get_model("billing", "Invoice")
    unpaid = invoice.objects.filter(is_stopped=True, status__in=["unpaid", "overdue"])
    unpaid.update(dunning_hold_until=date.max)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_invoices_of_stopped_orders"),
        ("orders", "0003_products_in_carts_are_protected"),
    ]

    operations = [migrations.RunPython(stop, hold)]
