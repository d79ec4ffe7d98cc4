"""Quotes are also for what is done with a service or domain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_price_quotes")]
    operations = [
        migrations.AddField(
            model_name="pricequote",
            name="act",
            field=models.CharField(
                choices=[
                    ("order", "Order"),
                    ("plan_change", "Plan Change"),
                    ("renewal", "Renewal"),
                    ("restore", "Restore"),
                ],
                db_default="order",
                default="order",
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="pricequote",
            name="record_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
