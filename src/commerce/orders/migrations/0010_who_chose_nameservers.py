from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_one_domain_for_each_order_item")]

    operations = [
        migrations.AddField(
            model_name="orderitem",
            name="chose_nameservers",
            field=models.BooleanField(default=True, db_default=True),
        ),
    ]
