"""What the database refuses: changes of what was issued or booked, and sums that are not (M5, M10, M11, M13)."""

from commerce.billing.books.triggers import books_triggers
from commerce.billing.models import (
    BilledPeriod,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Document,
    Invoice,
    InvoiceLine,
    LineShare,
    SettlementEntry,
    TaxGroup,
)
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.triggers import TriggerGuard, refusing_triggers

CHANGEABLE_INVOICE_FIELDS = {
    "status",
    "amount_due",
    "credit_applied",
    "sent_at",
    "paid_at",
    "overdue_at",
    "dunning_hold_until",
    "suspension_hold_until",
    "is_stopped",
    "changed_at",
    "version",
}
"""Columns of an issued invoice that may still change; one that is added later is frozen unless it is named here."""

_INVOICE = Invoice._meta.db_table
_LINE, _GROUP = InvoiceLine._meta.db_table, TaxGroup._meta.db_table
_SUMS = f"""
 NEW.subtotal <> (SELECT coalesce(sum(amount), 0) FROM {_LINE} WHERE invoice_id = NEW.id)
 OR NEW.subtotal <> (SELECT coalesce(sum(net), 0) FROM {_GROUP} WHERE invoice_id = NEW.id)
 OR NEW.tax_amount <> (SELECT coalesce(sum(tax_amount), 0) FROM {_LINE} WHERE invoice_id = NEW.id)
 OR NEW.tax_amount <> (SELECT coalesce(sum(tax), 0) FROM {_GROUP} WHERE invoice_id = NEW.id)"""  # noqa: S608 - names of our tables


def _issued(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM {_INVOICE} i WHERE i.id = {row}.invoice_id AND i.issued_at IS NOT NULL)"  # noqa: S608


def _invoice_guards() -> list[TriggerGuard]:
    frozen = [
        f.column for f in Invoice._meta.concrete_fields if f.name not in CHANGEABLE_INVOICE_FIELDS
    ]
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in frozen)
    says = "an issued invoice does not change"
    return [
        TriggerGuard(_INVOICE, "UPDATE", f"OLD.issued_at IS NOT NULL AND ({changed})", says),
        TriggerGuard(_INVOICE, "DELETE", "OLD.issued_at IS NOT NULL", "an issued invoice is kept"),
        TriggerGuard(_INVOICE, "TRUNCATE", "1 = 1", "issued invoices are kept"),
        TriggerGuard(
            _INVOICE,
            "UPDATE",
            f"OLD.issued_at IS NULL AND NEW.issued_at IS NOT NULL AND ({_SUMS})",
            "the lines of this invoice do not add up",
            suffix="_sums",
        ),
    ]


def _part_guards(table: str) -> list[TriggerGuard]:
    says = "the lines of an issued invoice do not change"
    return [
        TriggerGuard(table, "INSERT", _issued("NEW"), says),
        TriggerGuard(table, "UPDATE", f"{_issued('OLD')} OR {_issued('NEW')}", says),
        TriggerGuard(table, "DELETE", _issued("OLD"), says),
        TriggerGuard(table, "TRUNCATE", "1 = 1", says),
    ]


def _share_guards() -> list[TriggerGuard]:
    """What a service has of a line is frozen with it; what a note takes back comes with the line of the note."""
    table, note_line = LineShare._meta.db_table, CreditNoteLine._meta.db_table

    def issued(row: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM {_LINE} l JOIN {_INVOICE} i ON i.id = l.invoice_id"  # noqa: S608
            f" WHERE l.id = {row}.line_id AND i.issued_at IS NOT NULL)"
        )

    of_note = (
        f"EXISTS (SELECT 1 FROM {note_line} c"  # noqa: S608
        " WHERE c.id = NEW.credit_line_id AND c.line_id = NEW.line_id)"
    )
    says = "the shares of issued documents do not change"
    return [
        TriggerGuard(
            table,
            "INSERT",
            f"(NEW.credit_line_id IS NULL AND {issued('NEW')})"
            f" OR (NEW.credit_line_id IS NOT NULL AND NOT {of_note})",
            says,
        ),
        TriggerGuard(table, "UPDATE", f"{issued('OLD')} OR {issued('NEW')}", says),
        TriggerGuard(table, "DELETE", issued("OLD"), says),
        TriggerGuard(table, "TRUNCATE", "1 = 1", says),
    ]


def _billed_period_guards() -> list[TriggerGuard]:
    """A billed period says for good what it was about; one that is over changes only when it is given back."""
    table = BilledPeriod._meta.db_table
    fixed = [
        f.column for f in BilledPeriod._meta.concrete_fields if f.name not in {"status", "ended_at"}
    ]
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in fixed)
    given_back = "OLD.status IN ('paid', 'waived') AND NEW.status = 'released'"
    ended = f"OLD.status <> '{BilledPeriodStatus.OPEN}' AND NOT ({given_back})"
    return [
        TriggerGuard(
            table,
            "UPDATE",
            f"({ended}) OR {changed}",
            "a billed period does not change but for its end",
        ),
        TriggerGuard(table, "DELETE", "1 = 1", "billed periods are kept"),
        TriggerGuard(table, "TRUNCATE", "1 = 1", "billed periods are kept"),
    ]


def _credit_guards() -> list[TriggerGuard]:
    """The balance is the sum of the entries, before and after each of them (M10)."""
    account, entry = CreditAccount._meta.db_table, CreditEntry._meta.db_table
    booked = f"(SELECT coalesce(sum(amount), 0) FROM {entry} WHERE account_id = NEW.{{}})"  # noqa: S608
    says = "the balance is the sum of the entries"
    moved = "OLD.client_id <> NEW.client_id OR OLD.currency_code <> NEW.currency_code"
    return [
        TriggerGuard(account, "INSERT", "NEW.balance <> 0", says),
        TriggerGuard(account, "UPDATE", f"NEW.balance <> {booked.format('id')} OR {moved}", says),
        TriggerGuard(account, "DELETE", "1 = 1", "accounts of credit are kept"),
        TriggerGuard(account, "TRUNCATE", "1 = 1", "accounts of credit are kept"),
        TriggerGuard(
            entry, "INSERT", f"NEW.balance <> NEW.amount + {booked.format('account_id')}", says
        ),
        *refusing_triggers(entry, "entries of credit are only added"),
    ]


def _note_guards() -> list[TriggerGuard]:
    """Credit notes never change, and take back at most what their invoice claims (M11)."""
    note = CreditNote._meta.db_table
    before = f"(SELECT coalesce(sum(total), 0) FROM {note} WHERE invoice_id = NEW.invoice_id)"  # noqa: S608
    most = f"(SELECT total FROM {_INVOICE} WHERE id = NEW.invoice_id AND issued_at IS NOT NULL)"  # noqa: S608
    says = "a credit note does not change"
    return [
        TriggerGuard(
            note,
            "INSERT",
            f"NEW.total + {before} > coalesce({most}, 0)",
            "credit notes take back more than the invoice claims",
        ),
        *refusing_triggers(note, says),
        *_note_part_guards(CreditNoteLine._meta.db_table, "amount", "tax_amount"),
        *_note_part_guards(CreditNoteTaxGroup._meta.db_table, "net", "tax"),
    ]


def _note_part_guards(table: str, net: str, tax: str) -> list[TriggerGuard]:
    """No part changes, and none is added to a note whose parts sum to it already."""
    note = CreditNote._meta.db_table
    own = "credit_note_id = NEW.credit_note_id"
    complete = (
        f"(SELECT coalesce(sum({net} + {tax}), 0) FROM {table} WHERE {own})"  # noqa: S608
        f" >= (SELECT total FROM {note} WHERE id = NEW.credit_note_id)"
    )
    says = "the lines of a credit note do not change"
    return [TriggerGuard(table, "INSERT", complete, says), *refusing_triggers(table, says)]


def billing_triggers() -> list[TriggerGuard]:
    """All guards of billing: issued documents and the ledgers do not change."""
    return [
        *_invoice_guards(),
        *_part_guards(_LINE),
        *_part_guards(_GROUP),
        *_share_guards(),
        *refusing_triggers(SettlementEntry._meta.db_table, "settlement entries are only added"),
        *_billed_period_guards(),
        *_credit_guards(),
        *_note_guards(),
        *refusing_triggers(Document._meta.db_table, "a stored document does not change"),
        *books_triggers(),
    ]
