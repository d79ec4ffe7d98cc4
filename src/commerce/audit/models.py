"""Audit entries (backoffice.md 7)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

SEALS = "seals"
"""A key of ``after`` with marks that are compared, not read."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_client(self, client: object) -> "AuditEntryQuerySet":
        """Entries that concern one client; staff-only ones are not among them."""
        return self.filter(client_id=getattr(client, "pk", client), staff_only=False)

    def newest_first(self) -> "AuditEntryQuerySet":
        return self.order_by("-at", "-id")


class AuditEntry(models.Model):
    """One append-only row about who changed what. Plain values, no foreign keys: it outlives what it tells of."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=254, blank=True)
    for_client_id = models.BigIntegerField(null=True)
    """The client for whom a staff person acted, in that client's portal."""
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    record_kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    record_name = models.CharField(max_length=254, blank=True)
    client_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    staff_only = models.BooleanField(default=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(action__contains="."), name="audit_action_has_a_dot"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client_id", "at", "id"], name="audit_client"),
            models.Index(fields=["record_kind", "record_id"], name="audit_record"),
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
        ]

    @property
    def told(self) -> dict[str, Any]:
        """What ``after`` tells a person."""
        return {key: value for key, value in self.after.items() if key != SEALS}

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
