"""When the last good backup was made, and when one was last proven by a rehearsal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0002_fields_say_what_they_hold")]
    operations = [
        migrations.CreateModel(
            name="BackupState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField(null=True)),
                ("size", models.BigIntegerField(default=0)),
                ("rehearsed_at", models.DateTimeField(null=True)),
                ("problem", models.TextField(blank=True, default="")),
            ],
        )
    ]
