from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_options_promos_stock_and_group_prices"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="welcome_template",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
