"""Everything a document says about its record, frozen; and the hash that the stored document is compared with (M15).

Amounts are minor units, quantities thousandths, rates thousandths of a percent, days ISO texts, as in the rows.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal

INVOICE, CREDIT_NOTE = "invoice", "credit_note"


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """A seller or buyer as it was at issue. ``more`` are its further fields for invoices, as (label, value)."""

    name: str
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    tax_id: str = ""
    email: str = ""
    website: str = ""
    registration_no: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def legal_name(self) -> str:
        """Whom the document is addressed to: the company, or the person."""
        return self.company or self.name

    @property
    def person(self) -> str:
        """The person within the company; empty without one."""
        return self.name if self.company and self.company != self.name else ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line; ``amount`` is net. A discount has a negative unit amount."""

    description: str
    quantity_milli: int
    unit_amount: int
    amount: int
    category: str
    rate_milli: int


@dataclass(frozen=True, slots=True)
class DocumentTaxGroup:
    """The tax of one category and rate."""

    category: str
    rate_milli: int
    net: int
    tax: int
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountingTax:
    """The tax total in the currency of the books, with the rate it was turned by and its day."""

    currency: str
    exponent: int
    tax: int
    rate: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """An issued invoice or a credit note, as of its issue: payments and later credit are no part of it."""

    kind: str
    number: str
    issued_on: str
    due_on: str
    currency: str
    exponent: int
    subtotal: int
    tax: int
    total: int
    credit: int
    """Credit applied at issue."""
    seller: DocumentParty
    buyer: DocumentParty
    lines: tuple[DocumentLine, ...]
    groups: tuple[DocumentTaxGroup, ...]
    reference: str = ""
    notes: str = ""
    terms: str = ""
    footer: str = ""
    reason: str = ""
    about_number: str = ""
    about_day: str = ""
    """The invoice that a credit note is for."""
    accounting: AccountingTax | None = None

    @property
    def due(self) -> int:
        """What was due right after issue."""
        return self.total - self.credit

    @property
    def is_invoice(self) -> bool:
        """Whether money is claimed; otherwise it is taken back."""
        return self.kind == INVOICE

    def canonical(self) -> str:
        """The one text that these facts are hashed as."""
        return json.dumps(
            asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )

    def sha256(self) -> str:
        """The hash that is kept with the document as that of its snapshot."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


def plain_amount(amount: int, exponent: int) -> str:
    """Minor units as machines read them: ``500`` JPY is ``500``, 500 EUR is ``5.00``."""
    return f"{Decimal(amount).scaleb(-exponent):f}"


def plain_quantity(milli: int) -> str:
    """Thousandths as machines read them, without idle zeros: 2500 is ``2.5``."""
    text = f"{Decimal(milli).scaleb(-3):f}"
    return text.rstrip("0").rstrip(".")


def document_file_name(kind: str, number: str, ending: str) -> str:
    """``invoice-INV-0305.pdf``: characters that a file name may not have become ``-``."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in number)
    return f"{kind.replace('_', '-')}-{safe}.{ending}"
