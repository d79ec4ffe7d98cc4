"""What the last test of a server said, and when staff took its missing accounts for gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0006_panel_accounts")]

    operations = [
        migrations.AddField(
            model_name="server", name="tested_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="server",
            name="test_problem",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="server", name="missing_accepted_at", field=models.DateTimeField(null=True)
        ),
    ]
