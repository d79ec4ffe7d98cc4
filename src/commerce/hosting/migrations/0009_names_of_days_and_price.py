"""Two days and what a price is made of get names that say so; the columns stay, as the former release writes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0008_versions")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("service", "cancel_at", "ends_on"),
                migrations.AlterField(
                    "service", "ends_on", models.DateField(db_column="cancel_at", null=True)
                ),
                migrations.RenameField("service", "registration_date", "activated_on"),
                migrations.AlterField(
                    "service",
                    "activated_on",
                    models.DateField(db_column="registration_date", null=True),
                ),
                migrations.RenameField("service", "parts", "price_parts"),
                migrations.AlterField(
                    "service", "price_parts", models.JSONField(db_column="parts", default=dict)
                ),
            ]
        )
    ]
