"""Rows of billing, one file for each noun; import them from here."""

from commerce.billing.models.changes import CancellationRequest, PlanChange
from commerce.billing.models.claims import Billed, Claim
from commerce.billing.models.credit import CreditAccount, CreditEntry
from commerce.billing.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteTaxGroup
from commerce.billing.models.documents import Document
from commerce.billing.models.dunning import LateFee, Reminder, TerminationNotice
from commerce.billing.models.invoices import (
    Invoice,
    InvoiceLine,
    InvoiceQuerySet,
    NumberSequence,
    SettlementEntry,
    TaxGroup,
)
from commerce.billing.models.price_changes import PriceChange
from commerce.billing.models.runs import Run, RunStep
from commerce.billing.models.taxes import TaxRule, VatCheck

__all__ = [
    "Billed",
    "CancellationRequest",
    "Claim",
    "CreditAccount",
    "CreditEntry",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTaxGroup",
    "Document",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "LateFee",
    "NumberSequence",
    "PlanChange",
    "PriceChange",
    "Reminder",
    "Run",
    "RunStep",
    "SettlementEntry",
    "TaxGroup",
    "TaxRule",
    "TerminationNotice",
    "VatCheck",
]
