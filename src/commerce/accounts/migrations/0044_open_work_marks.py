"""Lines of the dashboard that staff take or put off."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0043_bulk_actions'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenWorkMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('work', models.CharField(max_length=100, unique=True)),
                ('is_snoozed', models.BooleanField(default=False)),
                ('count', models.PositiveIntegerField()),
                ('marked_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.staff')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('work', ''), _negated=True), name='open_work_mark_named')],
            },
        ),
    ]
