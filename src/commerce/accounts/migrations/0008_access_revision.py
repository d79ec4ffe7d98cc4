"""A number of each client that changes with what its tokens may do: whoever has read a token need not read it again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_clients_by_status")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="access_revision",
            field=models.BigIntegerField(db_default=1, default=1),
        ),
    ]
