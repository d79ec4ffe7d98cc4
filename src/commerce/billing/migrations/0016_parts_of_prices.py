"""What a price is made of is called so; the columns stay, as the former release writes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_plan_changes_keep_quoted_prices")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("planchange", "parts", "price_parts"),
                migrations.AlterField(
                    "planchange", "price_parts", models.JSONField(db_column="parts", default=dict)
                ),
                migrations.RenameField("pricechange", "parts", "price_parts"),
                migrations.AlterField(
                    "pricechange", "price_parts", models.JSONField(db_column="parts", default=dict)
                ),
            ]
        )
    ]
