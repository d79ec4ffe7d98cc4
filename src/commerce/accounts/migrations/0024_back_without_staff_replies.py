"""Going back: replies of staff tokens have no client, and the former release keeps none without."""

from typing import Any

from django.db import migrations


def go_back(apps: Any, schema_editor: Any) -> None:
    """Delete them: their tokens end with the former release."""
    using = schema_editor.connection.alias
    replies = apps.get_model("accounts", "IdempotentReply").objects.using(using)
    replies.filter(client=None).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0023_staff_tokens")]

    operations = [migrations.RunPython(migrations.RunPython.noop, go_back)]
