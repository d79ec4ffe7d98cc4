"""Payments that came after their month was closed are booked in a later one."""

from django.db import migrations, models
from django.db.models import Q

from commerce.db.migration_operations import (
    AddCheckConstraint,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0020_the_card_of_a_setup"),
        ("billing", "0018_months_of_the_books"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment", name="booked_on", field=models.DateField(null=True)
        ),
        AddCheckConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(booked_on=None) | Q(booked_on__gt=models.F("received_on")),
                name="payment_booked_after_received",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=Q(booked_on=None) & ~Q(status__in=["pending", "failed"]),
                fields=["currency", "received_on", "amount"],
                name="payment_booked_as_received",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=Q(booked_on__isnull=False),
                fields=["booked_on"],
                name="payment_booked_later",
            ),
        ),
        RemoveIndexConcurrently(model_name="payment", name="payment_booked_by_day"),
    ]
