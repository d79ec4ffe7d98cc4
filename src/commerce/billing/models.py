"""Rows of billing, each in the ``models.py`` of its room; import them from here."""

from commerce.billing.books.models import BooksFile, BooksMonth
from commerce.billing.changes.cancellations.models import CancellationRequest
from commerce.billing.changes.plan_changes.models import PaidElsewhere, PlanChange
from commerce.billing.changes.price_changes.models import PriceChange, PriceChangeAct
from commerce.billing.credit.models import CreditAccount, CreditEntry
from commerce.billing.documents.models import Document
from commerce.billing.invoices.credit_note_models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
)
from commerce.billing.invoices.line_share_models import LineShare
from commerce.billing.invoices.models import (
    Invoice,
    InvoiceLine,
    InvoiceQuerySet,
    NumberSequence,
    SettlementEntry,
    TaxGroup,
)
from commerce.billing.periods.dunning_models import LateFee, Reminder, TerminationNotice
from commerce.billing.periods.models import BilledPeriod, InvoiceSubject
from commerce.billing.reports.models import RecurringMonth, RecurringMovement
from commerce.billing.tax.models import TaxRule, VatCheck

__all__ = [
    "BilledPeriod",
    "BooksFile",
    "BooksMonth",
    "CancellationRequest",
    "CreditAccount",
    "CreditEntry",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTaxGroup",
    "Document",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "InvoiceSubject",
    "LateFee",
    "LineShare",
    "NumberSequence",
    "PaidElsewhere",
    "PlanChange",
    "PriceChange",
    "PriceChangeAct",
    "RecurringMonth",
    "RecurringMovement",
    "Reminder",
    "SettlementEntry",
    "TaxGroup",
    "TaxRule",
    "TerminationNotice",
    "VatCheck",
]
