"""What an issued document says, as short marks in its audit entry: each night it must still say the same (M17).

The mark at index 0 is of the document itself, that at index n of its line n with the tax group and the billed period
of that line. A mark is worked out by the database, at issue and at night by the same expression: so the night compares
all documents in one statement and reads none of them.
"""

from django.db import connection

from commerce.audit.models import SEALS
from commerce.billing.models import CreditNote, Invoice

_TEXTS_OF_BUYER = "name company address1 address2 city state postcode country tax_id email".split()
_TEXTS_OF_SELLER = "name address1 city postcode country tax_id registration_no".split()
_TEXTS_OF_EVIDENCE = "case on billing_country billing_state seller_country client_kind".split()


def _mark(*values: str) -> str:
    """Eight hexadecimal digits over columns, each as text; against slips, not against who can write both tables."""
    texts = " || '|' || ".join(f"coalesce('' || {value}, '')" for value in values)
    return f"substr(md5({texts}), 1, 8)"


def _keys(column: str, keys: list[str]) -> list[str]:
    return [f"({column} ->> '{key}')" for key in keys]


_OF_BOTH = [
    *"issue_date currency_code exponent subtotal tax_amount total footer".split(),
    *_keys("seller", _TEXTS_OF_SELLER),
    *_keys("buyer", _TEXTS_OF_BUYER),
    *_keys("accounting_tax", ["currency", "amount", "rate"]),
]
_OF_LINE = "position description quantity_milli unit_amount amount tax_category tax_rate_milli tax_amount".split()

INVOICE_MARK = _mark(
    *(
        f"i.{column}".replace("i.(", "(i.")
        for column in [
            *_OF_BOTH,
            *"kind due_date payment_reference notes terms".split(),
            *_keys("tax_evidence", _TEXTS_OF_EVIDENCE),
            *_keys("tax_evidence -> 'vat'", ["number", "answer"]),
        ]
    )
)
"""Of an invoice ``i``; what erasure takes away later is in it, so an erased one is not asked."""

INVOICE_LINE_MARK = _mark(
    *(f"l.{column}" for column in [*_OF_LINE, "kind", "tax_kind", "typed_unit_amount"]),
    *"g.name g.note c.service_id c.domain_id c.period_start c.period_end c.net c.tax".split(),
)
"""Of a line ``l``, with its tax group ``g`` and its billed period ``c``."""

INVOICE_LINE_JOINS = """LEFT JOIN billing_taxgroup g
    ON g.invoice_id = l.invoice_id AND g.category = l.tax_category AND g.rate_milli = l.tax_rate_milli
  LEFT JOIN billing_billedperiod c ON c.id = l.billed_period_id"""

NOTE_MARK = _mark(
    *(f"n.{column}".replace("n.(", "(n.") for column in [*_OF_BOTH, "invoice_id", "reason"])
)
"""Of a credit note ``n``."""

NOTE_LINE_MARK = _mark(
    *(f"l.{column}" for column in [*_OF_LINE, "service_id", "line_id"]), "g.name", "g.note"
)
"""Of a line ``l`` of a credit note, with its tax group ``g``."""

NOTE_LINE_JOINS = """LEFT JOIN billing_creditnotetaxgroup g
    ON g.credit_note_id = l.credit_note_id AND g.category = l.tax_category AND g.rate_milli = l.tax_rate_milli"""

_INVOICE_SQL = f"""
SELECT 0 AS position, {INVOICE_MARK} FROM billing_invoice i WHERE i.id = %s
UNION ALL
SELECT l.position, {INVOICE_LINE_MARK} FROM billing_invoiceline l {INVOICE_LINE_JOINS} WHERE l.invoice_id = %s
ORDER BY 1"""  # noqa: S608 - columns of our own tables
_NOTE_SQL = f"""
SELECT 0 AS position, {NOTE_MARK} FROM billing_creditnote n WHERE n.id = %s
UNION ALL
SELECT l.position, {NOTE_LINE_MARK} FROM billing_creditnoteline l {NOTE_LINE_JOINS} WHERE l.credit_note_id = %s
ORDER BY 1"""  # noqa: S608 - columns of our own tables


def document_seals(record: Invoice | CreditNote) -> dict[str, list[str]]:
    """What the entry of its issue says of a document that has all its rows; the line at position n is at index n."""
    sql = _INVOICE_SQL if isinstance(record, Invoice) else _NOTE_SQL
    with connection.cursor() as cursor:
        cursor.execute(sql, [record.pk, record.pk])
        return {SEALS: [mark for _position, mark in cursor.fetchall()]}
