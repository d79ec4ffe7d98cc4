"""What saving a card brought."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0019_a_charge_that_needs_its_holder")]
    operations = [
        migrations.AddField(
            model_name="cardsetup",
            name="saved_card",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.savedcard",
            ),
        ),
    ]
