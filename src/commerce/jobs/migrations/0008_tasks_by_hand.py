"""Jobs that a person does, and that have not failed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_calls_to_registrars")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="is_to_do",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
