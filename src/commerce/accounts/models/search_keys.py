"""What staff find records by: one row for each thing that a caller may say of a record (backoffice.md 3)."""

from typing import ClassVar

from django.db import models

from commerce.accounts.rules import SearchKeyForm
from commerce.db.byte_order import ByteOrderedField
from commerce.db.enums import enum_choices


class SearchKey(models.Model):
    """Something that a record is found by; ``field`` says what of it. Triggers alone write it
    (``record_search_keys.py``).

    Plain ids, no foreign keys: the row is gone with what it names. ``client_id`` is None where there is no client.
    """

    form = models.CharField(max_length=5, choices=enum_choices(SearchKeyForm))
    key = ByteOrderedField()
    field = models.CharField(max_length=12)
    record_kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    client_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(form__in=list(SearchKeyForm)), name="search_key_form_known"
            ),
            models.UniqueConstraint(
                fields=["record_id", "record_kind", "field", "form", "key"], name="search_key_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["form", "key", "record_kind", "record_id"], name="search_key_found"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.record_kind} {self.record_id}"
