from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_addresses_that_take_no_mail")]

    operations = [
        migrations.AddField(
            model_name="outgoingmail",
            name="sealed",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
    ]
