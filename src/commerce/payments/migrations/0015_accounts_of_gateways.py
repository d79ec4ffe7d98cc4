"""Under which account of a gateway cards, customers and attempts were made (payments.md 5); a client may be a customer
of several.
"""

from django.db import migrations, models
from django.db.models import Q

from commerce.db.migration_operations import AddUniqueConcurrently


def account() -> models.Field:  # type: ignore[type-arg]  # only their stubs are generic
    return models.CharField(max_length=100, blank=True, default="", db_default="")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0014_reports_of_gateway_events")]
    operations = [
        migrations.CreateModel(
            name="GatewayAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("credentials", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["gateway", "credentials"],
                        name="gateway_account_credentials_unique",
                    )
                ]
            },
        ),
        migrations.AddField("attempt", "account", account()),
        migrations.AddField("cardsetup", "account", account()),
        migrations.AddField("gatewaycustomer", "account", account()),
        migrations.AddField("savedcard", "account", account()),
        AddUniqueConcurrently(
            "gatewaycustomer",
            models.UniqueConstraint(
                fields=["client", "gateway", "account"],
                condition=~Q(account=""),
                name="gateway_customer_one_per_account",
            ),
        ),
        AddUniqueConcurrently(
            "gatewaycustomer",
            models.UniqueConstraint(
                fields=["client", "gateway"],
                condition=Q(account=""),
                name="gateway_customer_one_of_no_account",
            ),
        ),
        migrations.RemoveConstraint("gatewaycustomer", "gateway_customer_one_per_client"),
    ]
