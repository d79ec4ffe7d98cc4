"""What the dashboard says of last night's run and tomorrow's."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0003_backup_state'),
    ]

    operations = [
        migrations.CreateModel(
            name='RunSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('is_forecast', models.BooleanField()),
                ('counts', models.JSONField(default=dict)),
                ('amounts', models.JSONField(default=list)),
                ('clients_left', models.PositiveIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('date', 'is_forecast'), name='run_summary_once')],
            },
        ),
    ]
