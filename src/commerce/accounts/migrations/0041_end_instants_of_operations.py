from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0040_list_columns")]

    operations = [
        migrations.AddField("apioperation", "ended_at", models.DateTimeField(null=True)),
    ]
