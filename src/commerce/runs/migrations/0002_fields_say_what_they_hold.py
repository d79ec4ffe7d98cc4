"""Who started a run and which step it was asked for get names that say so; the columns stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("dailyrun", "by", "started_by"),
                migrations.AlterField(
                    "dailyrun", "started_by", models.CharField(db_column="by", max_length=100)
                ),
                migrations.RenameField("dailyrun", "only", "only_step"),
                migrations.AlterField(
                    "dailyrun",
                    "only_step",
                    models.CharField(blank=True, db_column="only", default="", max_length=40),
                ),
            ]
        )
    ]
