"""Attempts say that they failed since the bank wants the holder of the card."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0018_country_of_the_card")]
    operations = [
        migrations.AddField(
            model_name="attempt",
            name="needs_holder",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
