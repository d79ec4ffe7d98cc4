"""Stored documents: what the client was given, with its hash; inserted once and never changed (billing.md 2 and 9)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.invoices.credit_note_models import CreditNote
from commerce.billing.invoices.models import Invoice
from commerce.db.enums import enum_choices


class Document(models.Model):
    """One form of one invoice or credit note: the PDF (Factur-X where it could be made) or the UBL file.

    ``problem`` says why the PDF holds no e-invoice; ``snapshot_sha256`` is that of the facts it was made from (M15).
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="documents")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, null=True, related_name="documents")
    form = models.CharField(max_length=3, choices=enum_choices(DocumentFormat))
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    snapshot_sha256 = models.CharField(max_length=64)
    problem = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, credit_note__isnull=True)
                | Q(invoice__isnull=True, credit_note__isnull=False),
                name="document_of_one_record",
            ),
            models.UniqueConstraint(fields=["invoice", "form"], name="document_invoice_form_once"),
            models.UniqueConstraint(
                fields=["credit_note", "form"], name="document_credit_note_form_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice or self.credit_note}.{self.form}"
