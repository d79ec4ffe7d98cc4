from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0003_mark_named_services")]
    operations = [
        migrations.AddField(
            model_name="server",
            name=name,
            field=models.CharField(blank=True, db_default="", default="", max_length=length),
        )
        for name, length in (("ipv4", 15), ("ipv6", 39))
    ]
