"""Answers of the API that are given again to a request with the same key (client-api-v2.md 3)."""

from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models.clients_and_users import Client


class IdempotentReplyQuerySet(models.QuerySet["IdempotentReply"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class IdempotentReply(models.Model):
    """What a write was answered, stored with its effect; ``key_hash`` is of client, method, path and key together.

    ``body_hash`` is of the canonical body. Retention deletes it after ``api.idempotency_days``.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", null=True)
    """None of a token of staff."""
    key_hash = models.CharField(max_length=64, unique=True)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=list)
    body = models.BinaryField()
    created_at = models.DateTimeField()

    objects = IdempotentReplyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotent_reply_by_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key_hash[:8]}"
