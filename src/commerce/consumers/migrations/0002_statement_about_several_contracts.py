"""A statement that names several contracts has a row about each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consumers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="consumerstatement",
            name="part_of",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="consumers.consumerstatement",
            ),
        ),
    ]
