from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhook_endpoints", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="webhookdelivery",
            name="url",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
