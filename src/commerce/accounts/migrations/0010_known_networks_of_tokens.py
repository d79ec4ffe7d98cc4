"""The network that each token was last used from is known: its owner is told of others."""

from ipaddress import ip_address, ip_network
from typing import Any

from django.db import migrations


def _know(apps: Any, schema_editor: Any) -> None:
    tokens = apps.get_model("accounts", "ApiToken").objects.using(schema_editor.connection.alias)
    networks = apps.get_model("accounts", "TokenNetwork").objects
    used = tokens.exclude(last_used_from=None).exclude(last_used_at=None).order_by("pk")
    for token in used.only("last_used_from", "last_used_at").iterator():
        address = ip_address(token.last_used_from)
        size = 24 if address.version == 4 else 48
        networks.using(schema_editor.connection.alias).get_or_create(
            token_id=token.pk,
            network=str(ip_network((address, size), strict=False)),
            defaults={"last_used_on": token.last_used_at.date()},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_use_of_tokens"),
    ]

    operations = [migrations.RunPython(_know, migrations.RunPython.noop)]
