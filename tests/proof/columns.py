"""Faults in one column each: for the conditions that stand side by side in a check, so that none of them can go."""

from tests.proof.faults import CANCELLED, PLAIN, RENEWED
from tests.proof.forged import LAST_CLIENT, UNPAID, WAITING

NOTE = "(SELECT min(id) FROM billing_creditnote)"
GIVEN = "record_kind = 'credit' AND action = 'credit.staff_add'"
SERVICES = f"""(SELECT u.service_id FROM orders_orderunit u JOIN orders_orderitem t ON t.id = u.item_id
               WHERE t.order_id = {WAITING})"""


def forged(reason: str, amount: int) -> str:
    """A row of the ledger with balances to fit."""
    account = "(SELECT min(id) FROM billing_creditaccount WHERE balance > 0)"
    return (
        "INSERT INTO billing_creditentry (account_id, reason, source, amount, balance, note, at)"
        f" SELECT id, '{reason}', 'staff:forged', {amount}, balance + {amount}, '', '2026-04-20'"
        f" FROM billing_creditaccount WHERE id = {account};"
        f" UPDATE billing_creditaccount SET balance = balance + {amount} WHERE id = {account}"
    )


COLUMNS = {
    "tax of a line": (
        f"UPDATE billing_invoiceline SET tax_amount = tax_amount + 1 WHERE position = 1 AND invoice_id = {UNPAID}",
        "M5 M6 M17 M18-lines",
    ),
    "net of a tax group": (
        f"UPDATE billing_taxgroup SET net = net + 1 WHERE invoice_id = {UNPAID}",
        "M5 M6",
    ),
    "tax of a line of a note": (
        f"UPDATE billing_creditnoteline SET tax_amount = tax_amount + 1 WHERE credit_note_id = {NOTE}",
        "M5-notes M17-notes M18-note-lines",
    ),
    "net of a tax group of a note": (
        f"UPDATE billing_creditnotetaxgroup SET net = net + 1 WHERE credit_note_id = {NOTE}",
        "M5-notes",
    ),
    "tax of a tax group of a note": (
        f"UPDATE billing_creditnotetaxgroup SET tax = tax + 1 WHERE credit_note_id = {NOTE}",
        "M5-notes",
    ),
    "tax of an order": (
        f"UPDATE orders_order SET tax_amount = tax_amount + 1, discount = discount + 1 WHERE id = {WAITING}",
        "M7",
    ),
    "currency of an order": (
        f"UPDATE orders_order SET currency_code = 'USD' WHERE id = {WAITING}",
        "M7 S2-values",
    ),
    "client of an order": (
        f"UPDATE orders_order SET client_id = {LAST_CLIENT} WHERE id = {WAITING}",
        "M7 M13-client U15-orders",
    ),
    "client of a credit note": (
        f"UPDATE billing_creditnote SET client_id = {LAST_CLIENT} WHERE id = {NOTE}",
        "M13-client",
    ),
    "client of a payment": (
        f"UPDATE payments_payment SET client_id = {LAST_CLIENT} WHERE id = (SELECT min(id) FROM payments_payment)",
        "M12 M13-client M12-booked",
    ),
    "client of a service": (
        f"UPDATE hosting_service SET client_id = {LAST_CLIENT} WHERE id = {RENEWED}",
        "M13-client",
    ),
    "a name that lives, of a cancelled order": (
        "INSERT INTO orders_orderunit (item_id, number, domain_id) SELECT min(t.id), 99, (SELECT min(d.id)"
        f" FROM domains_domain d WHERE d.status = 'active') FROM orders_orderitem t WHERE t.order_id = {CANCELLED}",
        "S4",
    ),
    "a cancelled order whose invoice is open": (
        f"UPDATE hosting_service SET status = 'cancelled', cancelled_at = '2026-04-20', next_due_date = NULL"
        f" WHERE id IN {SERVICES}; UPDATE orders_orderitem SET stock_taken = 0; DELETE FROM orders_promouse;"
        f" UPDATE orders_order SET status = 'cancelled' WHERE id = {WAITING}",
        "S4 U15-orders S2",
    ),
    "a payout that nobody made": (forged("payout", -100), "M10-reasons"),
    "credit that nobody removed": (forged("staff_remove", -100), "M10-reasons"),
    "a downgrade that nobody made": (forged("downgrade", 100), "M10-reasons"),
    "credit of another amount than was given": (
        f"UPDATE audit_auditentry SET after = '{{}}' WHERE {GIVEN}",
        "M10-reasons",
    ),
    "credit that was given to another client": (
        f"UPDATE audit_auditentry SET client_id = 0 WHERE {GIVEN}",
        "M10-reasons",
    ),
    "credit that was given in another row": (
        f"UPDATE audit_auditentry SET record_id = 0 WHERE {GIVEN}",
        "M10-reasons",
    ),
    "credit that was given as something else": (
        f"UPDATE audit_auditentry SET action = 'credit.returned' WHERE {GIVEN}",
        "M10-reasons",
    ),
}

UNCHECKED_COLUMNS = {
    "a total that is not net and tax": (
        "billing_invoice",
        f"UPDATE billing_invoice SET total = total + 1, amount_due = amount_due + 1 WHERE id = {UNPAID}",
        "M5 M17",
    ),
    "a total of a note that is not net and tax": (
        "billing_creditnote",
        f"UPDATE billing_creditnote SET total = total - 1 WHERE id = {NOTE}",
        "M5-notes M11-settled M17-notes",
    ),
    "overdue with nothing due": (
        "billing_invoice",
        "UPDATE billing_invoice SET status = 'overdue', overdue_at = '2026-04-30 12:00:00'"
        f" WHERE id = {PLAIN}",
        "M9 S2",
    ),
    "cancelled with something due": (
        "billing_invoice",
        "UPDATE billing_invoice SET amount_due = 1 WHERE id ="
        " (SELECT min(id) FROM billing_invoice WHERE status = 'cancelled' AND kind = 'manual')",
        "M8 M9",
    ),
}
