"""``GET /credit-notes`` and ``GET /credit-notes/{id}``."""

from typing import Annotated

from django.db.models import OuterRef
from msgspec import Struct

from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Amount, CurrencyCode, Day, Id, Instant, whole_second
from commerce.api.v1.invoices import Line
from commerce.api.v2.reading.filters import IdFilter, TextFilter
from commerce.api.v2.reading.resource import Include, Resource
from commerce.api.v2.resources.includes import CLIENT
from commerce.api.v2.resources.invoices import TaxLine
from commerce.api.v2.resources.money.documents import Document, documents_field
from commerce.billing.models import CreditNote, CreditNoteLine, CreditNoteTaxGroup


class ListedCreditNote(Struct, frozen=True):
    """A numbered document that takes back all or a part of an invoice; it never changes."""

    id: Annotated[Id, api_field("pk", story=[31])]
    number: Annotated[
        str,
        api_field(
            "number",
            description="Number on the document, unique in its installation.",
            examples=["CN-0031"],
        ),
    ]
    invoice_id: Annotated[
        Id, api_field("invoice_id", story=[298], description="The invoice that it takes back.")
    ]
    subtotal: Annotated[
        Amount,
        api_field(
            "subtotal", story=[1960], description="What it takes back before tax, in minor units."
        ),
    ]
    tax_amount: Annotated[
        Amount, api_field("tax_amount", story=[392], description="Its tax, in minor units.")
    ]
    total: Annotated[
        Amount, api_field("total", story=[2352], description="With tax, in minor units.")
    ]
    currency_code: Annotated[CurrencyCode, api_field("currency_id", story=["GBP"])]
    reason: Annotated[
        str,
        api_field(
            "reason",
            description="Why it was issued.",
            examples=["Canceled within the first days"],
        ),
    ]
    issue_date: Annotated[
        Day, api_field("issue_date", story=["2026-04-20"], description="Date on the document.")
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "issued_at",
            show=whole_second,
            story=["2026-04-20T09:30:00Z"],
            description="When it was issued.",
        ),
    ]


class CreditNoteDetail(ListedCreditNote, frozen=True):
    """One credit note with its lines and tax."""

    items: Annotated[
        list[Line],
        api_rows(
            Line,
            CreditNoteLine.objects.filter(credit_note=OuterRef("pk")),
            parent="credit_note",
            order="position",
            story=[4],
            description="Its lines, in their order.",
        ),
    ]
    tax_lines: Annotated[
        list[TaxLine],
        api_rows(
            TaxLine,
            CreditNoteTaxGroup.objects.filter(credit_note=OuterRef("pk")),
            parent="credit_note",
            order="pk",
            story=[1],
            description="Its tax, by rate.",
        ),
    ]
    documents: Annotated[list[Document], documents_field("credit_note", 0)]


CREDIT_NOTES = Resource(
    path="/api/v2/credit-notes",
    scope="invoices:read",
    name="credit notes",
    queryset=lambda: CreditNote.objects.for_client(TOKEN_CLIENT),
    list_struct=ListedCreditNote,
    row_struct=CreditNoteDetail,
    own_filters={
        "number": TextFilter("number", "Only those with this number."),
        "invoice_id": IdFilter("invoice_id", "Only those of this invoice."),
        "currency_code": TextFilter("currency_id", "Only those in this currency.", str.upper),
    },
    includes={
        "client": CLIENT,
        "items": Include(CreditNoteDetail.__annotations__["items"]),
        "tax_lines": Include(CreditNoteDetail.__annotations__["tax_lines"]),
    },
    created_column="issued_at",
    is_versioned=False,
)
