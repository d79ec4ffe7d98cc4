"""How many writes a minute the API tokens of a client may make, where staff say it."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0018_secrets_of_tokens")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="api_write_rate",
            field=models.PositiveIntegerField(null=True),
        ),
        AddCheckConstraint(
            "client",
            models.CheckConstraint(
                condition=models.Q(
                    ("api_write_rate__isnull", True), ("api_write_rate__gte", 1), _connector="OR"
                ),
                name="client_api_write_rate_positive",
            ),
        ),
    ]
