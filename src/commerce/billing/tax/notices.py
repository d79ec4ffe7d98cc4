"""What papers say about their tax, in the language of who reads it."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.accounts.models import Client
from commerce.billing.tax.rules import REVERSE_CHARGE, SOLD_ABROAD, UNTAXED, Taxation
from commerce.presentation.labels import Text

_NOT_SUBJECT, _OUTSIDE_EU = _("Not subject to VAT"), _("Outside the scope of EU VAT")

NOTE_LABELS: dict[str, Text] = {
    REVERSE_CHARGE.note: _("Reverse charge"),
    UNTAXED.note: _NOT_SUBJECT,
    SOLD_ABROAD.note: _OUTSIDE_EU,
    "No tax applies": _NOT_SUBJECT,
    "Export outside the EU": _OUTSIDE_EU,
}
"""Why a rate is zero, by the note that the row of a tax group keeps; the last two are those of earlier releases."""

UNCHECKED_VAT_TEXT: Text = _("The VAT number %(number)s couldn't be validated, so tax applies.")


def tax_note_text(note: str) -> str:
    """The note of a tax group for its reader; what staff wrote themselves stays as it is."""
    return str(NOTE_LABELS.get(note, note))


def tax_notice(taxation: Taxation, client: Client) -> str:
    """A sentence that a client's invoice has to say, or ``''``."""
    number = taxation.unchecked_vat_number
    return client_text(client, UNCHECKED_VAT_TEXT, number=number) if number else ""


def append_tax_notice(notes: str, taxation: Taxation, client: Client) -> str:
    """Notes of an invoice, with what it must say about its tax."""
    notice = tax_notice(taxation, client)
    return notes if notice in notes else f"{notes}\n\n{notice}".strip()
