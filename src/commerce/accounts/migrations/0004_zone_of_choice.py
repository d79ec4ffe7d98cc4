from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_totp_step")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="time_zone",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
