"""Months that ended say so, and each service or domain that moved has a row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0016_parts_of_prices'),
        ('catalog', '0004_published_exchange_rates'),
    ]

    operations = [
        migrations.AddField(
            model_name='recurringmonth',
            name='has_ended',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='recurringmonth',
            name='worked_out_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='RecurringMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('kind', models.CharField(choices=[('service', 'Service'), ('domain', 'Domain')], max_length=7)),
                ('movement', models.CharField(choices=[('new', 'New'), ('expansion', 'Expansion'), ('contraction', 'Contraction'), ('lost', 'Lost'), ('regained', 'Regained')], max_length=11)),
                ('record_id', models.BigIntegerField()),
                ('before_amount', models.BigIntegerField()),
                ('after_amount', models.BigIntegerField()),
                ('currency', models.ForeignKey(db_column='currency_code', db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.currency')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('month', 'kind', 'movement', 'currency', 'record_id'), name='recurring_movement_once'), models.CheckConstraint(condition=models.Q(('kind__in', ["service", "domain"])), name='recurring_movement_kind_known'), models.CheckConstraint(condition=models.Q(('movement__in', ["new", "expansion", "contraction", "lost", "regained"])), name='recurring_movement_known')],
            },
        ),
    ]
