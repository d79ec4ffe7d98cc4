from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_what_units_paid")]

    operations = [
        migrations.AddField(
            model_name="orderitem",
            name="chose_nameservers",
            field=models.BooleanField(default=True, db_default=True),
        ),
    ]
