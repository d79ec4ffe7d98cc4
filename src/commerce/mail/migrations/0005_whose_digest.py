"""Whose digest tells a mail, and what they need for it."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mail", "0004_back_from_the_digest")]

    operations = [
        migrations.AddField(
            model_name="outgoingmail",
            name="digest_of",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="outgoingmail",
            name="permission",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                condition=models.Q(("status", "digest")),
                fields=["digest_of", "id"],
                name="mail_for_digest",
            ),
        ),
    ]
