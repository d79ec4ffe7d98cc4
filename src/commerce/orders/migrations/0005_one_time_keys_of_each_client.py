"""A one-time key is its client's own: what another client sends with the same one is another order."""

from django.db import migrations, models

from commerce.db.migration_operations import AddUniqueConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0004_versions")]

    operations = [
        AddUniqueConcurrently(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key", ""), _negated=True),
                fields=("client", "idempotency_key"),
                name="order_form_sent_once",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="idempotency_key",
            field=models.CharField(db_default="", max_length=64),
        ),
    ]
