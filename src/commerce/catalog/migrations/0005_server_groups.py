"""Groups of servers become records; products and servers go on naming them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_published_exchange_rates")]
    operations = [
        migrations.CreateModel(
            "ServerGroup",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
            ],
        )
    ]
