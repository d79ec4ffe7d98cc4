"""Groups and tags have a color; the columns keep their former name, as the former release writes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0032_daily_limits")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("clientgroup", "colour", "color"),
                migrations.AlterField(
                    "clientgroup",
                    "color",
                    models.CharField(blank=True, db_column="colour", max_length=7),
                ),
                migrations.RenameField("clienttag", "colour", "color"),
                migrations.AlterField(
                    "clienttag",
                    "color",
                    models.CharField(blank=True, db_column="colour", max_length=7),
                ),
            ]
        )
    ]
