"""A refund may send credit back, without a further credit note."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0012_one_attempt_for_each_request")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="is_paid_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
