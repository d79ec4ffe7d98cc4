"""What consumers were told and what they asked for before a contract began (support-and-content.md 9).

Rows are only added: what somebody read or ticked does not change.
"""

from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models import Client


class ConsumerConsentQuerySet(models.QuerySet["ConsumerConsent"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def of(self, kind: str, pk: int) -> Self:
        """That of one record."""
        return self.filter(record_kind=kind, record_id=pk)


class ConsumerConsent(models.Model):
    """A consumer asked to begin at once: the words that they ticked, and for which order, plan change or invoice."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="consumer_consents")
    record_kind = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    text = models.TextField()
    at = models.DateTimeField()

    objects = ConsumerConsentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record_kind", "record_id"], name="consumer_consent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_kind} {self.record_id}"


class WithdrawalInstructionQuerySet(models.QuerySet["WithdrawalInstruction"]):
    def newest(self, locale: str) -> "WithdrawalInstruction | None":
        """The version that holds in a language."""
        return self.filter(locale=locale).order_by("-pk").first()


class WithdrawalInstruction(models.Model):
    """A version of the instruction on withdrawal and of the model form in one language; the newest one holds.

    ``is_shipped``: it is that of this release, which nobody edited.
    """

    locale = models.CharField(max_length=10)
    instruction = models.TextField()
    model_form = models.TextField()
    is_shipped = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = WithdrawalInstructionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.locale} {self.pk}"


class InstructionCopyQuerySet(models.QuerySet["InstructionCopy"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class InstructionCopy(models.Model):
    """The instruction went out with the mail that confirms a contract, such as an order, in the version and with the
    name and address of that day.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="instruction_copies")
    version = models.ForeignKey(WithdrawalInstruction, models.PROTECT, related_name="copies")
    record_kind = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    text = models.TextField()
    at = models.DateTimeField()

    objects = InstructionCopyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record_kind", "record_id"], name="instruction_copy_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_kind} {self.record_id}"
