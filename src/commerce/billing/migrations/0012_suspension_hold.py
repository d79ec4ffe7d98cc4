from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_tax_of_credit_notes_in_the_books")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="suspension_hold_until",
            field=models.DateField(null=True),
        ),
    ]
