"""Each row of staff is a person or a machine account."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0034_machine_accounts")]

    operations = [
        AddCheckConstraint(
            model_name='staff',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('machine_name', ''), ('owner__isnull', True), ('user__isnull', False)), models.Q(('confirmed_on__isnull', False), ('owner__isnull', False), ('user__isnull', True), models.Q(('machine_name', ''), _negated=True), models.Q(('role', 'super_admin'), _negated=True)), _connector='OR'), name='staff_person_or_machine'),
        ),
    ]
