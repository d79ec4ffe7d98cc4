"""What staff do to many records of a list at once (backoffice.md 3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.bulk_actions.rules import BulkOutcome, BulkStatus
from commerce.accounts.models.staff import Staff
from commerce.db.enums import enum_choices


class BulkAction(models.Model):
    """An act that a staff person has done to many records of a list, each in a transaction of its own.

    ``query`` is that of the list's address, where all that it finds was chosen, and empty where records were ticked.
    ``values`` are what the act was given, as texts by its parameters; ``address`` is where its person acted from.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="bulk_actions")
    list_name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    act = models.CharField(max_length=60)
    values = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    status = models.CharField(
        max_length=8, choices=enum_choices(BulkStatus), default=BulkStatus.CHECKING
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(BulkStatus)), name="bulk_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} of {self.list_name}"


class BulkItemQuerySet(models.QuerySet["BulkItem"]):
    def with_outcome(self, *outcomes: BulkOutcome) -> Self:
        return self.filter(outcome__in=outcomes)


class BulkItem(models.Model):
    """One record of a bulk action, and what became of it.

    ``made`` is what the act returned for `undo`; ``mails`` are those that wait because of it.
    """

    bulk_action = models.ForeignKey(BulkAction, models.CASCADE, related_name="items")
    record_id = models.BigIntegerField()
    client_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(
        max_length=9, choices=enum_choices(BulkOutcome), default=BulkOutcome.UNCHECKED
    )
    code = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=500, blank=True)
    made = models.JSONField(null=True)
    mails = models.JSONField(default=list)

    objects = BulkItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulk_action", "record_id"], name="bulk_item_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=list(BulkOutcome)), name="bulk_outcome_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bulk_action", "outcome", "id"], name="bulk_item_by_outcome")
        ]

    def __str__(self) -> str:
        return self.name
