"""Stored events, which are only added, and what programs of clients are told; until retention takes them away."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef
from msgspec import Struct

from commerce.db.transaction_stamps import TransactionNumber
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


EVENT_ACTORS = ("member", "staff", "system", "token")
"""Who programs are told of as the one who acted."""


class ClientEventQuerySet(models.QuerySet["ClientEvent"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def after(self, sequence: object) -> Self:
        """Those behind a place in the sequence, oldest first."""
        return self.filter(sequence__gt=sequence).order_by("sequence")


class ClientEvent(models.Model):
    """What programs of a client are told: one of its resources changed in a transaction (client-api-v2.md 7).

    Triggers write it (``record_events.py``), within that transaction, and nobody else. Plain values, no foreign keys,
    nothing personal. ``sequence`` counts the client's events without a gap. ``changed`` names fields of the API, some
    twice; ``status_before`` and ``date_before`` are those of before the transaction, null if it was not there.
    ``transaction_id`` is the database's own number of it, by which all clients' events have an order
    (``company_feed.py``).
    """

    client_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=6)
    resource_kind = models.CharField(max_length=20)
    resource_id = models.BigIntegerField()
    version = models.BigIntegerField(null=True)
    changed = models.TextField(blank=True)
    status_before = models.CharField(max_length=20, null=True)  # noqa: DJ001 - null is "not there", empty "has none"
    status = models.CharField(max_length=20, blank=True)
    amount = models.BigIntegerField(null=True)
    currency_code = models.CharField(max_length=3, blank=True)
    date_before = models.DateField(null=True)
    date = models.DateField(null=True)
    number = models.CharField(max_length=40, blank=True)
    transaction_id = models.BigIntegerField(db_default=TransactionNumber())

    objects = ClientEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client_id", "sequence"], name="client_event_sequence"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="client_event_by_time"),
            models.Index(fields=["transaction_id", "id"], name="client_event_by_transaction"),
            # What the triggers look up: without it each of the thousands that a large order makes looks at all others.
            models.Index(
                fields=["client_id", "resource_kind", "resource_id", "sequence"],
                name="client_event_of_a_resource",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.public_id}"

    @property
    def public_id(self) -> str:
        """Its id for programs, the same over all tries to deliver it."""
        return f"evt_{self.client_id}_{self.sequence}"
