from django.db import migrations, models


class Migration(migrations.Migration):
    """An invoice whose order is under suspicion can be neither paid nor dunned."""

    dependencies = [
        ("billing", "0005_keep_what_was_typed"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="is_stopped",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
