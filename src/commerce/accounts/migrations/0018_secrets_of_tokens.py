"""The secret of each token becomes a row below it; on the way back each token has its newest one again."""

from typing import Any

from django.db import migrations
from django.db.models import F


def move(apps: Any, schema_editor: Any) -> None:
    """A token that has its row already, from a try that was stopped, keeps it."""
    using = schema_editor.connection.alias
    secrets = apps.get_model("accounts", "ApiTokenSecret").objects.using(using)
    tokens = apps.get_model("accounts", "ApiToken").objects.using(using)
    found = tokens.filter(secrets=None).order_by("pk")
    secrets.bulk_create(
        (
            secrets.model(token_id=pk, token_hash=token_hash, created_at=created_at)
            for pk, token_hash, created_at in found.values_list("pk", "token_hash", "created_at")
        ),
        batch_size=1000,
    )


def go_back(apps: Any, schema_editor: Any) -> None:
    """A secret that works only for some time yet ends with this."""
    using = schema_editor.connection.alias
    secrets = apps.get_model("accounts", "ApiTokenSecret").objects.using(using)
    tokens = apps.get_model("accounts", "ApiToken").objects.using(using)
    newest = secrets.filter(works_until=None).exclude(token_hash=F("token__token_hash"))
    for pk, token_hash in newest.values_list("token_id", "token_hash"):
        tokens.filter(pk=pk).update(token_hash=token_hash)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_token_secrets")]

    operations = [migrations.RunPython(move, go_back)]
