"""How each staff person hears of each event."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_access_revision")]

    operations = [
        migrations.CreateModel(
            name="StaffMailChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=40)),
                (
                    "delivery",
                    models.CharField(
                        choices=[("mail", "Mail"), ("digest", "Digest"), ("off", "Off")],
                        db_default="mail",
                        default="mail",
                        max_length=6,
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_choices",
                        to="accounts.staff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("staff", "event"), name="staff_mail_choice_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delivery__in", ["mail", "digest", "off"])),
                        name="staff_mail_delivery_known",
                    ),
                ],
            },
        ),
    ]
