"""Where an exchange rate comes from, its two published numbers, and one that waits for staff to confirm it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_product_features_and_picture"),
    ]

    operations = [
        migrations.AddField(
            model_name="currency",
            name="rate_source",
            field=models.CharField(db_default="manual", default="manual", max_length=6),
        ),
        migrations.AddField(
            model_name="currency",
            name="rate_quotes",
            field=models.CharField(blank=True, db_default="", default="", max_length=48),
        ),
        migrations.AddField(
            model_name="currency",
            name="rate_set_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="currency",
            name="held_quotes",
            field=models.CharField(blank=True, db_default="", default="", max_length=48),
        ),
        migrations.AddField(
            model_name="currency",
            name="held_on",
            field=models.DateField(null=True),
        ),
    ]
