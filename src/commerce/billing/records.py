"""Invoices, credit notes, credit and requests of clients for reading (billing.md 2): their fields, and who has each."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.records.clients import OF_CLIENT, client_title
from commerce.billing.labels import CANCELLATION_KIND_LABELS, CREDIT_LABELS, INVOICE_KIND_LABELS
from commerce.billing.models import (
    BilledPeriod,
    BooksMonth,
    CancellationRequest,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    PlanChange,
    VatCheck,
)
from commerce.billing.tax.rate_text import rate_percent
from commerce.billing.tax.vies import refusal_in
from commerce.presentation.formats import format_quantity, format_tax_rate
from commerce.presentation.labels import CYCLE_LABELS
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    FieldReader,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordLink,
    RecordStatus,
    plain_fields,
)

BOOKS_MONTH_FIELDS = RecordFields(
    BooksMonth,
    (
        RecordField("id", STAFF),
        RecordField("month", STAFF, source=str, reads="month"),
        RecordDay("first_day", STAFF, _("First day"), source="month"),
        RecordDay("last_day", STAFF, _("Last day")),
        RecordStatus("status", AUDIT, of="books_month"),
        RecordInstant("closed_at", STAFF, _("Closed")),
        RecordField("closed_by", STAFF, _("Closed by")),
    ),
    apart="ends_at figures gaps",
)

INVOICE_FIELDS = RecordFields(
    Invoice,
    (
        *plain_fields("id issued_at", EXPORT | API),
        RecordField("number", EXPORT | API, _("Invoice")),
        RecordChoice("kind", EXPORT | AUDIT, _("Kind"), labels=INVOICE_KIND_LABELS),
        RecordStatus("status", EXPORT | API | AUDIT, of="invoice"),
        *OF_CLIENT,
        RecordDay("issue_date", EXPORT | API, _("Issued")),
        RecordDay("due_date", EXPORT | API, _("Due")),
        RecordAmount("subtotal", EXPORT | API, _("Subtotal")),
        RecordAmount("tax_amount", EXPORT | API, _("Tax")),
        RecordAmount("total", EXPORT | API | AUDIT, _("Total")),
        RecordAmount("credit_applied", EXPORT | API, _("Credit applied")),
        RecordAmount("amount_due", EXPORT | API | AUDIT, _("Amount due")),
        RecordField("payment_reference", EXPORT | API, _("Payment reference")),
        RecordInstant("sent_at", STAFF, _("Sent")),
        RecordInstant("overdue_at", STAFF),
        RecordInstant("paid_at", EXPORT | API, pgettext_lazy("date", "Paid")),
        *plain_fields("dunning_hold_until suspension_hold_until is_stopped", AUDIT),
        RecordField("buyer", EXPORT, ends="retention"),
        RecordField("notes", EXPORT | API, _("Notes"), ends="retention"),
        RecordField("terms", EXPORT, pgettext_lazy("payment", "Terms")),
    ),
    apart="exponent seller footer tax_evidence accounting_tax missing_tax_currency created_at changed_at version",
)


def _quantity(line: InvoiceLine | CreditNoteLine) -> Decimal:
    return Decimal(line.quantity_milli) / 1000


def _quantity_text(quantity: Decimal) -> str:
    return format_quantity(int(quantity * 1000))


def _tax_rate(row: InvoiceLine | CreditNoteLine) -> Decimal:
    return rate_percent(row.tax_rate_milli)


def _tax_rate_text(percent: Decimal) -> str:
    return format_tax_rate(int(percent * 1000))


def _vat_result(check: VatCheck) -> str:
    """The answer; of a number that VIES does not take as one, with its code."""
    code = refusal_in(check.raw)
    return f"{check.answer} ({code})" if code else str(check.answer)


def _line_fields(currency: str, readers: FieldReader) -> tuple[RecordField, ...]:
    """What a line of an invoice says, and what one of a credit note does."""
    return (
        RecordField("position", readers),
        RecordField("description", readers, _("Description")),
        RecordField(
            "quantity",
            readers,
            _("Quantity"),
            source=_quantity,
            reads="quantity_milli",
            show=_quantity_text,
        ),
        RecordAmount("unit_amount", readers, _("Unit amount"), currency=currency),
        RecordAmount("amount", readers, _("Net"), currency=currency),
        RecordField(
            "tax_rate",
            readers,
            _("Tax rate"),
            source=_tax_rate,
            reads="tax_rate_milli",
            show=_tax_rate_text,
        ),
        RecordAmount("tax_amount", readers, _("Tax"), currency=currency),
        RecordField("tax_category", STAFF),
    )


INVOICE_LINE_FIELDS = RecordFields(
    InvoiceLine,
    (
        RecordField("invoice", EXPORT, source="invoice__number"),
        *_line_fields("invoice__currency_id", EXPORT | API),
        RecordField("tax_kind", STAFF),
    ),
    apart="id kind billed_period_id product_id typed_unit_amount",
)

CREDIT_NOTE_LINE_FIELDS = RecordFields(
    CreditNoteLine,
    (
        RecordField("credit_note", EXPORT, source="credit_note__number"),
        *_line_fields("credit_note__currency_id", EXPORT | API),
    ),
    apart="id line_id service_id",
)

CREDIT_NOTE_FIELDS = RecordFields(
    CreditNote,
    (
        *plain_fields("id", EXPORT | API),
        *plain_fields("buyer", EXPORT),
        RecordField("number", EXPORT | API, _("Number")),
        *OF_CLIENT,
        RecordLink("invoice", EXPORT | API | AUDIT, _("Invoice")),
        RecordDay("issue_date", EXPORT | API, _("Issued")),
        RecordAmount("subtotal", EXPORT | API, _("Subtotal")),
        RecordAmount("tax_amount", EXPORT | API, _("Tax")),
        RecordAmount("total", EXPORT | API | AUDIT, _("Total")),
        RecordField("reason", EXPORT | API, _("Reason"), ends="retention"),
        RecordInstant("issued_at", EXPORT | API),
    ),
    apart="plan_change_id exponent seller accounting_tax footer",
)

CREDIT_ACCOUNT_FIELDS = RecordFields(
    CreditAccount,
    (
        RecordField("id", STAFF),
        *OF_CLIENT,
        RecordField("currency", EXPORT | API, _("Currency"), source="currency_id"),
        RecordAmount("balance", EXPORT | API, _("Balance")),
    ),
)

CREDIT_ENTRY_FIELDS = RecordFields(
    CreditEntry,
    (
        RecordField("id", EXPORT | API),
        RecordLink("client", STAFF, _("Client"), source="account__client", text=client_title),
        RecordField("currency", EXPORT | API, source="account__currency_id"),
        RecordInstant("at", EXPORT | API, _("Date")),
        RecordChoice("reason", EXPORT | API, _("Reason"), labels=CREDIT_LABELS),
        RecordAmount("amount", EXPORT | API | AUDIT, _("Amount"), currency="account__currency_id"),
        RecordAmount(
            "balance",
            EXPORT | API | AUDIT,
            _("Balance"),
            currency="account__currency_id",
            adds_up=False,
        ),
        RecordField("source", AUDIT),
        RecordField("note", EXPORT | API, _("Note"), ends="erasure"),
    ),
)

CANCELLATION_FIELDS = RecordFields(
    CancellationRequest,
    (
        RecordField("id", EXPORT | API),
        RecordField("service", EXPORT, _("Service"), source="service__label"),
        *OF_CLIENT,
        RecordChoice("kind", EXPORT | API, _("When"), labels=CANCELLATION_KIND_LABELS),
        RecordField("reason", EXPORT, _("Reason"), ends="erasure"),
        RecordStatus("status", EXPORT | API | AUDIT, of="cancellation"),
        RecordField("requested_by", STAFF, _("Requested by"), source="requested_by__email"),
        RecordField("note", EXPORT, _("Note to the client"), ends="erasure"),
        RecordInstant("created_at", EXPORT | API, _("Requested"), order="pk"),
        RecordInstant("ended_at", EXPORT, _("Decided")),
    ),
)

_OF_SERVICE = "service__currency_id"

PLAN_CHANGE_FIELDS = RecordFields(
    PlanChange,
    (
        *plain_fields("id uses_credit paid_to_credit", EXPORT | API),
        RecordStatus("status", EXPORT | API | AUDIT, of="plan_change"),
        *OF_CLIENT,
        *plain_fields("service_id", STAFF | API),
        *plain_fields("product_id", API),
        *plain_fields("price_parts", STAFF),
        RecordField("service", EXPORT, _("Service"), source="service__label"),
        RecordField("product", STAFF, source="product__slug"),
        RecordField("product_name", EXPORT | API, _("New plan"), source="product__name"),
        RecordChoice("billing_cycle", EXPORT | API, _("Billing cycle"), labels=CYCLE_LABELS),
        RecordAmount("amount", EXPORT | API, _("New price"), currency=_OF_SERVICE, adds_up=False),
        RecordAmount(
            "given_back",
            EXPORT | API,
            _("Credit for unused time"),
            source="credit",
            currency=_OF_SERVICE,
        ),
        RecordAmount("charge", EXPORT | API, _("Charge for the new plan"), currency=_OF_SERVICE),
        RecordAmount(
            "difference",
            EXPORT | API,
            _("Difference, with tax"),
            source="total",
            currency=_OF_SERVICE,
        ),
        RecordField("reference", EXPORT | API, _("Payment reference")),
        RecordDay("last_day", EXPORT | API, _("Last day to pay")),
        RecordLink("invoice", EXPORT | API, _("Invoice")),
        RecordField("requested_by", STAFF, _("Requested by"), source="requested_by__email"),
        RecordField("note", EXPORT | API, _("Note to the client"), ends="erasure"),
        RecordInstant(
            "requested_at", EXPORT | API, _("Requested"), source="created_at", order="pk"
        ),
        RecordInstant("ended_at", EXPORT | API, _("Decided")),
    ),
    apart="options taxed_as keeps_price payment_expected_until netted_until given_days coverage credit_note_id",
)

BILLED_PERIOD_FIELDS = RecordFields(
    BilledPeriod,
    (
        *plain_fields("id service_id domain_id created_at ended_at", STAFF),
        RecordLink("invoice", STAFF, _("Invoice")),
        RecordDay("from", STAFF, _("From"), source="period_start"),
        RecordDay("to", STAFF, _("Until"), source="period_end"),
        RecordStatus("status", AUDIT, of="billed_period"),
    ),
    apart="net tax",
)

VAT_CHECK_FIELDS = RecordFields(
    VatCheck,
    (
        RecordField("number", EXPORT, _("VAT number"), ends="retention"),
        *plain_fields("day address", EXPORT),
        RecordInstant("checked_at", STAFF, _("Checked")),
        RecordField("answer", EXPORT, _("Result"), source=_vat_result, reads="answer raw"),
        *plain_fields("by_staff consultation_number", STAFF),
        RecordField("name", EXPORT, _("Name"), ends="retention"),
    ),
    apart="id client_id evidence",
)
