"""A line says which product it billed; ``orders`` tells it to the lines that there are."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0009_invoices_without_books_tax"),
        ("catalog", "0003_product_features_and_picture"),
    ]
    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.product",
            ),
        ),
    ]
