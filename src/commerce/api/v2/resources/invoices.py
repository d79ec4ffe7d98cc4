"""``GET /invoices`` and ``GET /invoices/{id}``."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from django.db.models import OuterRef
from msgspec import Struct

from commerce.accounts.models import Client
from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import invoices as v1
from commerce.api.v1.field_types import Amount, Day, Id, Instant, text_or_null
from commerce.api.v1.invoices import rate_text_from_milli
from commerce.api.v2.reading.field_types import (
    DERIVED,
    Url,
    Version,
    status_choices,
    updated_field,
    url_field,
    version_field,
)
from commerce.api.v2.reading.filters import (
    ChoiceFilter,
    DayFilter,
    InstantFilter,
    TextFilter,
    range_filters,
)
from commerce.api.v2.reading.metadata import (
    Metadata,
    Reference,
    metadata_column,
    metadata_field,
    metadata_filters,
    reference_field,
)
from commerce.api.v2.reading.resource import WORKED_OUT, Include, Resource, SortOrder
from commerce.api.v2.resources.includes import CLIENT
from commerce.api.v2.resources.money.documents import Document, documents_field
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import CreditNote as CreditNoteModel
from commerce.billing.models import Invoice as InvoiceModel
from commerce.billing.models import TaxGroup
from commerce.kit import clock
from commerce.payments.client_view.next_payment import NextPayments
from commerce.site_settings.current import business_date

_SHOWN = [one for one in InvoiceStatus if one != InvoiceStatus.DRAFT]

type _Status = Annotated[
    Literal["unpaid", "overdue", "paid", "refunded", "cancelled"],
    api_field("status", story=["paid", "refunded"], description="Where it stands."),
]
type _IsOverdue = Annotated[
    bool,
    api_field(
        "status",
        show=lambda status: status == InvoiceStatus.OVERDUE,
        story=[False, False],
        description="Whether its due date has passed and something is left to pay.",
        extra_json_schema=DERIVED,
    ),
]
type _IssueDate = Annotated[
    Day,
    api_field(
        "issue_date", story=["2026-04-08", "2025-11-03"], description="Date on the document."
    ),
]
_METADATA = metadata_column("invoice")

type _Reference = Annotated[Reference, reference_field(_METADATA, "shop-order-7731", None)]
type _Metadata = Annotated[Metadata, metadata_field(_METADATA, {"customer": "c-118"}, {})]
type _UpdatedAt = Annotated[Instant, updated_field("2026-04-09T08:02:45Z", "2025-12-01T10:00:00Z")]
type _Version = Annotated[Version, version_field(2, 4)]
type _Url = Annotated[
    Url,
    url_field(
        "/client/invoices/",
        "https://billing.example.com/client/invoices/305",
        "https://billing.example.com/client/invoices/219",
    ),
]


class Invoice(v1.Invoice, frozen=True):
    """A numbered claim on the client."""

    status: _Status  # type: ignore[assignment]  # the true ones
    is_overdue: _IsOverdue
    issue_date: _IssueDate
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


class TaxLine(Struct, frozen=True):
    """The tax of all lines of one rate, rounded once."""

    name: Annotated[
        str | None,
        api_field(
            "name",
            show=text_or_null,
            description="What the tax is called.",
            examples=["VAT"],
        ),
    ]
    rate: Annotated[
        str,
        api_field(
            "rate_milli",
            show=rate_text_from_milli,
            pattern=r"^[0-9]+\.[0-9]{2,3}$",
            description="In percent as text: two decimals, a third where needed.",
            examples=["20.00"],
        ),
    ]
    net: Annotated[
        Amount, api_field("net", story=[1960], description="What is taxed, in minor units.")
    ]
    tax: Annotated[Amount, api_field("tax", story=[392], description="The tax, in minor units.")]


class CreditNote(Struct, frozen=True):
    """A numbered document that took back all or a part of an invoice."""

    id: Annotated[Id, api_field("pk", story=[31])]
    number: Annotated[
        str,
        api_field(
            "number",
            description="Number on the document.",
            examples=["CN-0031"],
        ),
    ]
    total: Annotated[
        Amount,
        api_field("total", story=[1200], description="What it took back, in minor units."),
    ]


class InvoiceDetail(v1.InvoiceDetail, frozen=True):
    """One invoice with its lines, tax, payments and credit notes."""

    status: _Status  # type: ignore[assignment]  # the true ones
    is_overdue: _IsOverdue
    issue_date: _IssueDate
    payment_reference: Annotated[
        str | None,
        api_field(
            "payment_reference",
            description="What a bank transfer for it should say.",
            examples=["RF32 INV0 305"],
        ),
    ]
    order_id: Annotated[
        Id | None,
        api_field(
            "order__pk", story=[42], description="The order that it is the first invoice of."
        ),
    ]
    tax_lines: Annotated[
        list[TaxLine],
        api_rows(
            TaxLine,
            TaxGroup.objects.filter(invoice=OuterRef("pk")),
            parent="invoice",
            order="pk",
            story=[1],
            description="Its tax, by rate.",
        ),
    ]
    credit_notes: Annotated[
        list[CreditNote],
        api_rows(
            CreditNote,
            CreditNoteModel.objects.filter(invoice=OuterRef("pk")),
            parent="invoice",
            order="pk",
            story=[0],
            description="Credit notes that take it back, in part or whole.",
        ),
    ]
    documents: Annotated[list[Document], documents_field("invoice", 1)]
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


def _autopay_days(client_id: int, ids: Sequence[int]) -> Mapping[int, date | None]:
    """The day of each, if one comes: by the rules by which pages promise it."""
    client = Client.objects.for_client(client_id).get()
    rows = InvoiceModel.objects.for_client(client).filter(
        pk__in=ids, status__in=OPEN_INVOICE_STATUSES
    )
    next_payments = NextPayments(client, business_date(clock.now())).of_invoices(list(rows))
    return {pk: next_payments[pk].on if pk in next_payments else None for pk in ids}


AUTOPAY_ON = Include(
    Annotated[
        Day | None,
        api_field(
            WORKED_OUT,
            story=[None, None],
            description="Day on which the default payment method is charged for it; null if none is.",
            extra_json_schema=DERIVED,
        ),
    ]
)


def _embedded(name: str) -> Include:
    """A field of a single invoice, in a list."""
    return Include(
        InvoiceDetail.__annotations__.get(name) or v1.InvoiceDetail.__annotations__[name]
    )


INVOICES = Resource(
    path="/api/v2/invoices",
    scope="invoices:read",
    name="invoices",
    queryset=lambda: InvoiceModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Invoice,
    row_struct=InvoiceDetail,
    own_filters={
        **metadata_filters("invoice"),
        "status": ChoiceFilter("status", "Only those with this status.", status_choices(_SHOWN)),
        "currency_code": TextFilter("currency_id", "Only those in this currency.", str.upper),
        "invoice_number": TextFilter("number", "Only those with this number."),
        **range_filters("due", "due_date", "are due", DayFilter),
        **range_filters("paid", "paid_at", "were paid", InstantFilter),
    },
    own_sorts={"due_date": SortOrder("due_date", descending=False, is_day=True)},
    includes={
        "client": CLIENT,
        "autopay_on": AUTOPAY_ON,
        "items": _embedded("items"),
        "payments": _embedded("payments"),
        "tax_lines": _embedded("tax_lines"),
        "credit_notes": _embedded("credit_notes"),
    },
    created_column="issued_at",
    works_out=_autopay_days,
)
