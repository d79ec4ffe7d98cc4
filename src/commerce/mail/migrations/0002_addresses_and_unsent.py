"""Lists of emails: by address, and those that did not arrive."""

import django.db.models.functions.text
from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mail", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                django.db.models.functions.text.Lower("recipient"),
                models.F("id"),
                name="mail_to_address",
            ),
        ),
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                condition=models.Q(("status__in", ["failed", "skipped", "bounced"])),
                fields=["status", "id"],
                name="mail_not_sent",
            ),
        ),
    ]
