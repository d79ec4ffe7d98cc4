"""Plan changes that were asked for by a quote keep its price."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0014_versions")]
    operations = [
        migrations.AddField(
            model_name="planchange",
            name="keeps_price",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
