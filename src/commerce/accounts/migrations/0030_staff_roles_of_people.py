"""Staff have a role; who is made by the former release meanwhile helps."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0029_shipped_staff_roles")]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="role",
            field=models.ForeignKey(
                db_default=models.Value("support"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="people",
                to="accounts.staffrole",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="extra_permissions",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()), default=list
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="removed_permissions",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()), default=list
            ),
        ),
    ]
