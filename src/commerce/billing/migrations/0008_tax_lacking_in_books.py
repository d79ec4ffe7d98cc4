"""Invoices say in which currency of the books their tax could not be stated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_share_out_lines")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="missing_tax_currency",
            field=models.CharField(blank=True, db_default="", default="", max_length=3),
        ),
    ]
