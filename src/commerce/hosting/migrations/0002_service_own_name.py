from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="service",
            name="has_own_name",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
