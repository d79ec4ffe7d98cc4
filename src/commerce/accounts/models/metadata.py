"""What programs of a client say of its records in their own words: a reference and metadata (client-api-v2.md 1).

Rows of their own, never columns of documents that are frozen.
"""

from collections.abc import Collection
from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models.clients_and_users import Client

METADATA_KINDS = ("order", "service", "domain", "invoice")
"""Records that can have some."""
METADATA_PARTS = ("orderitem",)
"""Parts of records that can have some."""
REFERENCE = ""
"""The key of the reference; those of metadata are not empty."""


class RecordMetadataQuerySet(models.QuerySet["RecordMetadata"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def of(self, kind: str, record_id: object) -> Self:
        """That of one record."""
        return self.filter(kind=kind, record_id=record_id)

    def references_of(self, records: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """The references of those of these records, each a kind and an id, that have one."""
        wanted = models.Q(pk__in=())
        for kind in METADATA_KINDS:
            ids = [record_id for one, record_id in records if one == kind]
            wanted |= models.Q(kind=kind, record_id__in=ids)
        rows = self.filter(wanted, key=REFERENCE)
        return {
            (kind, pk): text for kind, pk, text in rows.values_list("kind", "record_id", "value")
        }


class RecordMetadata(models.Model):
    """One value that a client's program keeps with a record: by ``key``, or, without one, as its reference."""

    # No index of its own: the one below starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    record_id = models.BigIntegerField()
    key = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=500)

    objects = RecordMetadataQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "record_id", "key"], name="metadata_key_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=(*METADATA_KINDS, *METADATA_PARTS)),
                name="metadata_kind_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "kind", "key", "value"], name="metadata_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}: {self.key or 'reference'}"
