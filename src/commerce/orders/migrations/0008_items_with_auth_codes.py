"""Items with an authorization code have an index: each start asks whether the key ring opens them."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0007_quotes_of_records")]

    operations = [
        AddIndexConcurrently(
            model_name="orderitem",
            index=models.Index(
                condition=models.Q(("auth_code", ""), _negated=True),
                fields=["id"],
                name="item_with_auth_code",
            ),
        ),
    ]
