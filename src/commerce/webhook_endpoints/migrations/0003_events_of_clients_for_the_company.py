import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("webhook_endpoints", "0002_pages_of_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="feed_transaction",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="webhookendpoint", name="feed_row", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="about_client",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.client",
            ),
        ),
    ]
