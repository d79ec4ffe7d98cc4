"""A role may limit what a person gives away in a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0031_staff_get_roles")]

    operations = [
        migrations.AddField(
            model_name="staffrole",
            name="daily_limit",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="spent_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="spent",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
