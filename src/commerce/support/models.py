"""Questions and answers of the public pages, and what consumers are told (support-and-content.md 4 and 9)."""

from typing import Self

from django.db import models

from commerce.support.consumers.models import (
    ConsumerConsent,
    InstructionCopy,
    WithdrawalInstruction,
)

__all__ = ["ConsumerConsent", "FaqEntry", "InstructionCopy", "WithdrawalInstruction"]


class FaqEntryQuerySet(models.QuerySet["FaqEntry"]):
    def published(self) -> Self:
        """What visitors see, in its order."""
        return self.filter(is_published=True).in_order()

    def in_order(self) -> Self:
        return self.order_by("position", "id")


class FaqEntry(models.Model):
    """A question that people often ask, with its answer in Markdown."""

    question = models.CharField(max_length=500)
    answer = models.TextField()
    is_published = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    objects = FaqEntryQuerySet.as_manager()

    def __str__(self) -> str:
        return self.question
