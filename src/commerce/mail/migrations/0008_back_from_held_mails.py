"""Going back: an email that waits for its bulk action is one that was not sent, as the former release has it."""

from typing import Any

from django.db import migrations


def go_back(apps: Any, schema_editor: Any) -> None:
    """Give the rows a state that the former release knows."""
    mails = apps.get_model("mail", "OutgoingMail").objects.using(schema_editor.connection.alias)
    mails.filter(status="held").update(status="skipped")


class Migration(migrations.Migration):
    dependencies = [("mail", "0007_held_mails")]

    operations = [migrations.RunPython(migrations.RunPython.noop, go_back)]
