"""Payments say where the card that paid was issued."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0017_receipts_of_payments")]
    operations = [
        migrations.AddField(
            model_name="payment",
            name="card_country",
            field=models.CharField(blank=True, db_default="", default="", max_length=2),
        ),
    ]
