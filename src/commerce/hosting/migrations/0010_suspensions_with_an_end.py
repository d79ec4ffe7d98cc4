"""A suspension by staff may have a day on which it ends by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0009_names_of_days_and_price")]
    operations = [migrations.AddField("service", "suspended_until", models.DateField(null=True))]
