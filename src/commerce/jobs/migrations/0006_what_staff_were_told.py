"""Of a server or registrar that rests, what staff were told: silence first, refused credentials later."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_what_is_wrong_with_remotes")]

    operations = [
        migrations.AddField(
            model_name="remotestate",
            name="told",
            field=models.CharField(
                blank=True,
                choices=[("silence", "Silence"), ("refused", "Refused"), ("moved", "Moved")],
                db_default="",
                default="",
                max_length=7,
            ),
        ),
    ]
