from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0024_back_without_staff_replies'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='recordmetadata',
            name='metadata_kind_known',
        ),
        AddCheckConstraint(
            model_name='recordmetadata',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('order', 'service', 'domain', 'invoice', 'orderitem'))), name='metadata_kind_known'),
        ),
    ]
