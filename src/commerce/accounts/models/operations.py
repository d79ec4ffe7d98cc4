"""Acts over the API that take time (client-api-v2.md 5, decision 142)."""

from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models.clients_and_users import Client
from commerce.accounts.models.tokens import ApiToken

OPEN, SUCCEEDED = "open", "succeeded"
"""Outcomes of operations; the others are ``failed`` and ``partly``."""


class ApiOperationQuerySet(models.QuerySet["ApiOperation"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class ApiOperation(models.Model):
    """An act that a program asked for and something else carries on: ``carrier`` is a row whose state says how it
    stands, such as a change that is asked of a registrar. Without one nothing was to be done: it was so already.

    ``key`` is its public id: a number that counts would tell how much others do. ``outcome`` is ``open`` until triggers
    find at ``ended_at`` that its carrier has ended (``operation_ends.py``): the end is an event for programs. How it
    stands in between says the carrier.
    """

    # No index of its own: the one below starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="+")
    key = models.CharField(max_length=24, unique=True)
    act = models.CharField(max_length=60)
    record_kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    carrier_kind = models.CharField(max_length=20)
    carrier_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, default=OPEN, db_default=OPEN)
    ended_at = models.DateTimeField(null=True)

    objects = ApiOperationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["carrier_kind", "carrier_id"], name="api_operation_of_one_carrier"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="api_operation_list"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"
