"""Commitments below 0: what added funds paid of an act that counts by itself."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0021_token_writes")]

    operations = [
        migrations.RemoveConstraint(model_name="tokencommitment", name="commitment_not_negative"),
        AddCheckConstraint(
            "tokencommitment",
            models.CheckConstraint(
                condition=models.Q(
                    ("covers__gte", 0),
                    ("pays__gte", 0),
                    models.Q(
                        ("amount__gte", 0),
                        models.Q(("act", "credit.spend"), ("covers", 0), ("pays", 0)),
                        _connector="OR",
                    ),
                ),
                name="commitment_of_one_sign",
            ),
        ),
    ]
