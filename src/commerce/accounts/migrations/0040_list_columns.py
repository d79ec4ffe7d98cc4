"""The columns of lists that a staff person chose."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0039_staff_keyboard_shortcuts")]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="list_columns",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()), default=dict
            ),
        ),
    ]
