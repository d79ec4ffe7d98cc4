"""What API tokens wrote, and what they were answered (client-api-v2.md 2)."""

from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models.tokens import ApiToken


class ApiTokenWriteQuerySet(models.QuerySet["ApiTokenWrite"]):
    def for_client(self, client: object) -> Self:
        return self.filter(token__client_id=getattr(client, "pk", client))

    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")


class ApiTokenWrite(models.Model):
    """A write that a token asked for: its answer, the record that its path names, and what it newly committed its
    client to (``amount``, in minor units; None for nothing). The last of each are kept for the page of the token.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="writes", db_index=False)
    at = models.DateTimeField()
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=100, blank=True, default="")
    """Of the problem; empty for what was done."""
    record_kind = models.CharField(max_length=20, blank=True, default="")
    record_id = models.BigIntegerField(null=True)
    amount = models.BigIntegerField(null=True)
    currency_code = models.CharField(max_length=3, blank=True, default="")

    objects = ApiTokenWriteQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["token", "at", "id"], name="token_write_list"),
            models.Index(fields=["at"], name="token_write_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"
