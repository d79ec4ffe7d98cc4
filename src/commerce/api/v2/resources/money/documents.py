"""The files of an invoice or a credit note, as its row names them."""

from typing import Annotated, Literal

from django.conf import settings
from django.db.models import OuterRef
from msgspec import Meta, Struct

from commerce.api.read.fields import api_field, api_rows
from commerce.api.v1.field_types import Instant, instant_in_json
from commerce.api.v2.reading.field_types import DERIVED
from commerce.billing.models import Document as DocumentModel


def _address(form: str, invoice_id: int | None, credit_note_id: int | None) -> str:
    owner = f"invoices/{invoice_id}" if invoice_id else f"credit-notes/{credit_note_id}"
    return f"{settings.COMMERCE_URL}/api/v2/{owner}/{form}"


class Document(Struct, frozen=True):
    """A file that was made of an invoice or a credit note, and never changes."""

    format: Annotated[
        Literal["pdf", "ubl"],
        api_field(
            "form",
            story=["pdf"],
            description="`pdf`, which holds the e-invoice as CII where one could be made (Factur-X), or `ubl`.",
        ),
    ]
    url: Annotated[
        str,
        api_field(
            "form",
            "invoice_id",
            "credit_note_id",
            show=_address,
            description="Where this API has it.",
            examples=["https://billing.example.com/api/v2/invoices/305/pdf"],
        ),
    ]
    made_at: Annotated[
        Instant,
        api_field(
            "made_at",
            show=instant_in_json,
            story=["2026-04-08T14:33:14Z"],
            description="When it was made.",
        ),
    ]


def documents_field(relation: str, *story: int) -> Meta:
    """``documents`` of a resource whose rows ``relation`` names."""
    return api_rows(
        Document,
        DocumentModel.objects.filter(**{relation: OuterRef("pk")}),
        parent=relation,
        order="pk",
        story=story,
        description="The files that were made of it; none in its first seconds.",
        extra_json_schema=DERIVED,
    )
