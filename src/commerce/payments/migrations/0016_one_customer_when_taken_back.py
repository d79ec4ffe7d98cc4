"""On the way back a client is one customer of a gateway again: the one that was made last."""

from typing import Any

from django.db import migrations
from django.db.models import Max


def keep_last(apps: Any, schema_editor: Any) -> None:
    customers = apps.get_model("payments", "GatewayCustomer").objects.using(
        schema_editor.connection.alias
    )
    last = customers.order_by().values("client", "gateway").annotate(Max("pk"))
    customers.exclude(pk__in=last.values_list("pk__max", flat=True)).delete()


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_accounts_of_gateways")]
    operations = [migrations.RunPython(migrations.RunPython.noop, keep_last)]
