"""For which client a staff person acted (backoffice.md 4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_entries_by_action"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="for_client_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
