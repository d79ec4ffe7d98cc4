from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_outgoing_mail_and_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingmail",
            name="own_words",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
