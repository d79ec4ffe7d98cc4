"""Erasures of clients: asked for, withdrawn, done (accounts.md 10)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.erasure.rules import OPEN_ERASURE_STATUSES, ErasureStatus
from commerce.accounts.models.clients_and_users import Client, User
from commerce.db.enums import enum_choices


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status__in=OPEN_ERASURE_STATUSES)

    def blocked(self) -> Self:
        return self.filter(status=ErasureStatus.BLOCKED)

    def done(self) -> Self:
        return self.filter(status=ErasureStatus.DONE)


class Erasure(models.Model):
    """A request to erase the personal data of a client on ``erase_on``, or the first day after it on which nothing is
    open: until then it is blocked.

    ``reason`` is the document by which staff were asked. ``records_erased_at``: the documents that were kept are
    erased, too. ``user_ids`` are the users who were erased with the client.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="erasures")
    status = models.CharField(
        max_length=9, choices=enum_choices(ErasureStatus), default=ErasureStatus.REQUESTED
    )
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField()
    erase_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    user_ids = models.JSONField(default=list)
    records_erased_at = models.DateTimeField(null=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(status__in=OPEN_ERASURE_STATUSES),
                name="erasure_one_open",
            ),
            models.UniqueConstraint(
                fields=["client"], condition=Q(status=ErasureStatus.DONE), name="erasure_done_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(ErasureStatus)), name="erasure_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_ERASURE_STATUSES, ended_at__isnull=True)
                | ~Q(status__in=OPEN_ERASURE_STATUSES) & Q(ended_at__isnull=False),
                name="erasure_says_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of client {self.client_id}"
