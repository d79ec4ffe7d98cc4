"""What the database refuses: changes of issued invoices and settlement entries (billing.md 2, invariants M5, M13)."""

from commerce.audit.guards import Guard, refuse, register
from commerce.billing.models import Invoice, InvoiceLine, SettlementEntry, TaxGroup

MOVABLE = {
    "status",
    "amount_due",
    "credit_applied",
    "sent_at",
    "paid_at",
    "overdue_at",
    "dunning_hold_until",
    "changed_at",
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


def _invoice_guards() -> list[Guard]:
    frozen = [f.column for f in Invoice._meta.concrete_fields if f.name not in MOVABLE]
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in frozen)
    says = "an issued invoice does not change"
    return [
        Guard(_INVOICE, "UPDATE", f"OLD.issued_at IS NOT NULL AND ({changed})", says),
        Guard(_INVOICE, "DELETE", "OLD.issued_at IS NOT NULL", "an issued invoice is kept"),
        Guard(_INVOICE, "TRUNCATE", "1 = 1", "issued invoices are kept"),
        Guard(
            _INVOICE,
            "UPDATE",
            f"OLD.issued_at IS NULL AND NEW.issued_at IS NOT NULL AND ({_SUMS})",
            "the lines of this invoice do not add up",
            suffix="_sums",
        ),
    ]


def _part_guards(table: str) -> list[Guard]:
    says = "the lines of an issued invoice do not change"
    return [
        Guard(table, "INSERT", _issued("NEW"), says),
        Guard(table, "UPDATE", f"{_issued('OLD')} OR {_issued('NEW')}", says),
        Guard(table, "DELETE", _issued("OLD"), says),
        Guard(table, "TRUNCATE", "1 = 1", says),
    ]


def register_guards() -> None:
    """Called once, when the app is ready."""
    register(
        *_invoice_guards(),
        *_part_guards(_LINE),
        *_part_guards(_GROUP),
        *refuse(SettlementEntry._meta.db_table, "settlement entries are only added"),
    )
