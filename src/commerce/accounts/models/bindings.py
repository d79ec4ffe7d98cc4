"""Which records an API token is for, if it is not for all (client-api-v2.md 2)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models.tokens import ApiToken
from commerce.accounts.rules import BoundKind


class ApiTokenBindingQuerySet(models.QuerySet["ApiTokenBinding"]):
    def for_client(self, client: object) -> Self:
        return self.filter(token__client_id=getattr(client, "pk", client))

    def by_hash(self, token_hash: object) -> Self:
        """Those of the token that a secret belongs to."""
        return self.filter(token__secrets__token_hash=token_hash)


class ApiTokenBinding(models.Model):
    """A record that a token is for. A token that has one is for none but those; they are said when it is made, and
    never change.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="bindings", db_index=False)
    kind = models.CharField(max_length=10)
    record_id = models.BigIntegerField()

    objects = ApiTokenBindingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token", "kind", "record_id"], name="token_binding_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(BoundKind)), name="token_binding_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
