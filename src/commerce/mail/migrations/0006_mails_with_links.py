"""Emails whose link is encrypted have an index: each start asks whether the key ring opens them."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mail", "0005_whose_digest")]

    operations = [
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                condition=models.Q(("encrypted_values", ""), _negated=True),
                fields=["id"],
                name="mail_with_link",
            ),
        ),
    ]
