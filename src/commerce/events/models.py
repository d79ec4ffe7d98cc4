"""Stored events: rows that are only added, until retention takes them away."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef
from msgspec import Struct

from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES


class StoredEventQuerySet(models.QuerySet["StoredEvent"]):
    def older_than(self, instant: datetime) -> Self:
        return self.filter(at__lt=instant)

    def without_unfinished_jobs(self) -> Self:
        """Those whose reactions have all ended, if they had any."""
        unfinished = Job.objects.filter(
            subject_kind=OuterRef("kind"),
            subject_id=OuterRef("subject_id"),
            idempotency_key=OuterRef("idempotency_key"),
            status__in=UNFINISHED_STATES,
        )
        return self.filter(~Exists(unfinished))


class StoredEvent(models.Model):
    """One fact. Plain values, no foreign keys: ``kind`` is the class of the event, ``data`` are its fields.

    Its reactions are jobs of the same kind, subject and key. ``client_id`` is whom it concerns, if anyone.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    client_id = models.BigIntegerField(null=True)
    idempotency_key = models.CharField(max_length=120)
    data = models.JSONField()

    objects = StoredEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # The same occasion is stored once, as its jobs are made once.
            models.UniqueConstraint(
                fields=["kind", "subject_id", "idempotency_key"], name="event_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    def rebuild[E: Struct](self, event_type: type[E]) -> E:
        """The event as it was published."""
        fields: dict[str, Any] = self.data
        return event_type(**fields)
