"""Faults in what the books rest on: states, owners, numbers, periods, prices and reminders that nothing explains."""

from tests.proof.faults import PLAIN, RENEWED, UNSEEN

LATE = f"""(SELECT min(i.id) FROM billing_invoice i WHERE i.status = 'overdue' AND i.kind = 'manual'
           AND i.overdue_at < '2026-04-30' AND i.id NOT IN {UNSEEN})"""
UNPAID = f"""(SELECT min(i.id) FROM billing_invoice i WHERE i.status IN ('unpaid', 'overdue') AND i.kind = 'manual'
             AND i.amount_due = i.total AND i.total = 1200 AND i.id NOT IN {UNSEEN}
             AND NOT EXISTS (SELECT 1 FROM billing_settlemententry s WHERE s.invoice_id = i.id))"""
"""Manual, over one line, and nothing was ever booked on it."""
THREE_LINES = "(SELECT max(invoice_id) FROM billing_invoiceline WHERE position = 3 AND description = 'Discount')"
RENEWAL = "(SELECT min(id) FROM billing_invoice WHERE kind = 'renewal' AND status = 'overdue')"
FIRST_CLIENT = "(SELECT min(id) FROM accounts_client)"
LAST_CLIENT = "(SELECT max(id) FROM accounts_client)"
ORDERED = """(SELECT min(u.service_id) FROM orders_orderunit u JOIN hosting_service s ON s.id = u.service_id
             WHERE s.status = 'active')"""
WAITING = """(SELECT max(o.id) FROM orders_order o JOIN billing_invoice i ON i.id = o.invoice_id
             WHERE o.status = 'pending' AND i.status IN ('unpaid', 'overdue'))"""
"""An order that is not paid."""
PAID_ORDER = """(SELECT max(o.id) FROM orders_order o JOIN billing_invoice i ON i.id = o.invoice_id
                WHERE o.status = 'active' AND i.status = 'paid')"""


def swapped(table: str, one: str, other: str) -> str:
    """Statements by which two documents of a day change their numbers."""
    return "; ".join(
        f"UPDATE {table} SET number = '{to}' WHERE number = '{number}'"
        for number, to in ((one, "X"), (other, one), ("X", other))
    )


FORGED = {
    "tax that is not the rate of its base": (
        f"UPDATE billing_taxgroup SET tax = tax + 1 WHERE invoice_id = {UNPAID}; UPDATE billing_invoiceline SET"
        f" tax_amount = tax_amount + 1 WHERE invoice_id = {UNPAID} AND position = 1; UPDATE billing_invoice SET"
        f" tax_amount = tax_amount + 1, total = total + 1, amount_due = amount_due + 1 WHERE id = {UNPAID}",
        "M6 M17 M18-lines",
    ),
    "tax below the rate of its base": (
        f"UPDATE billing_taxgroup SET tax = tax - 1 WHERE invoice_id = {UNPAID}; UPDATE billing_invoiceline SET"
        f" tax_amount = tax_amount - 1 WHERE invoice_id = {UNPAID} AND position = 1; UPDATE billing_invoice SET"
        f" tax_amount = tax_amount - 1, total = total - 1, amount_due = amount_due - 1 WHERE id = {UNPAID}",
        "M6 M17 M18-lines",
    ),
    "a line at another rate than its group": (
        f"UPDATE billing_invoiceline SET tax_rate_milli = 19999 WHERE invoice_id = {UNPAID}",
        "M6 M17",
    ),
    "tax of one line that is another's": (
        f"UPDATE billing_invoiceline SET tax_amount = tax_amount + CASE position WHEN 1 THEN 3 ELSE -3 END"
        f" WHERE invoice_id = {THREE_LINES} AND position <= 2",
        "M6-lines M17 M18-lines",
    ),
    "an invoice given to another client": (
        f"UPDATE billing_invoice SET client_id = {LAST_CLIENT} WHERE id = {UNPAID}",
        "M13-client",
    ),
    "a paid invoice given to another client": (
        f"UPDATE billing_invoice SET client_id = {LAST_CLIENT} WHERE id = {PLAIN}",
        "M12 M13-client",
    ),
    "an invoice given to another client, and its entries too": (
        f"UPDATE audit_auditentry SET client_id = {FIRST_CLIENT} WHERE record_kind = 'invoice'"
        f" AND record_id = {RENEWAL}; UPDATE billing_invoice SET client_id = {FIRST_CLIENT} WHERE id = {RENEWAL}",
        "M13-client",
    ),
    "numbers of one day that are swapped": (
        swapped("billing_invoice", "INV-0008", "INV-0009"),
        "M14-issued",
    ),
    "numbers of two credit notes that are swapped": (
        swapped("billing_creditnote", "CN-0001", "CN-0002"),
        "M14-issued",
    ),
    "a row of the ledger that nobody made": (
        "INSERT INTO billing_creditentry (account_id, reason, source, amount, balance, note, at) SELECT id,"
        " 'staff_add', 'staff:forged', 100, balance + 100, '', '2026-04-20' FROM billing_creditaccount WHERE id ="
        " (SELECT min(id) FROM billing_creditaccount); UPDATE billing_creditaccount SET balance = balance + 100"
        " WHERE id = (SELECT min(id) FROM billing_creditaccount)",
        "M10-reasons",
    ),
    "a payment taken back whose invoice stays paid": (
        "UPDATE payments_payment SET status = 'reversed' WHERE id = (SELECT min(p.id) FROM payments_payment p"
        " JOIN billing_invoice i ON i.id = p.invoice_id WHERE p.status = 'completed' AND i.status = 'paid')",
        "M12-reversals S2",
    ),
    "a payment that counts, and was taken from its invoice": (
        "UPDATE payments_payment SET status = 'completed' WHERE status = 'reversed'",
        "M12-reversals S2",
    ),
    "a reversal of another payment": (
        "UPDATE billing_settlemententry SET source = (SELECT 'payment:' || min(id) FROM payments_payment)"
        " WHERE kind = 'reversal'",
        "M12-reversals",
    ),
    "a period cut short": (
        "UPDATE billing_billedperiod SET period_end = '2026-05-23' WHERE id ="
        " (SELECT min(id) FROM billing_billedperiod WHERE status = 'open' AND period_end = '2026-06-08')",
        "U5-length M17",
    ),
    "a period that is longer than its cycle": (
        "UPDATE billing_billedperiod SET period_end = '2026-08-08' WHERE id ="
        " (SELECT min(id) FROM billing_billedperiod WHERE status = 'open' AND period_end = '2026-06-08')",
        "U5-length M17",
    ),
    "a waived period inside a paid one": (
        "INSERT INTO billing_billedperiod (service_id, invoice_id, period_start, period_end, net, tax, status,"
        " created_at, ended_at) SELECT min(service_id), NULL, '2026-05-20', '2026-06-20', 0, 0, 'waived', '2026-04-20',"
        " '2026-04-20' FROM billing_billedperiod WHERE status = 'paid' AND period_end = '2026-06-08'",
        "U5-once S10",
    ),
    "a waived period inside the one that its order paid": (
        "INSERT INTO billing_billedperiod"
        " (service_id, invoice_id, period_start, period_end, net, tax, status, created_at,"
        f" ended_at) VALUES ({ORDERED}, NULL, '2026-04-08', '2026-05-08', 0, 0, 'waived', '2026-04-20', '2026-04-20')",
        "U5-once",
    ),
    "a service whose periods count from another year": (
        "UPDATE hosting_service SET anchor_date = '2027-04-08', next_due_date = '2027-05-08'"
        f" WHERE id = {RENEWED}",
        "S10-anchor",
    ),
    "a service that costs what nobody agreed to": (
        f"UPDATE hosting_service SET amount = amount + 1 WHERE id = {RENEWED}",
        "S10-amount",
    ),
    "a service that costs less than was ordered, made before entries told the amount": (
        "UPDATE audit_auditentry SET after = '{}' WHERE action = 'service.created';"
        f" UPDATE hosting_service SET amount = amount - 7 WHERE id = {ORDERED}",
        "S10-amount",
    ),
    "a service that costs nothing, of an order with a discount": (
        "UPDATE audit_auditentry SET after = '{}' WHERE action = 'service.created';"
        f" UPDATE hosting_service SET amount = 0 WHERE id = {ORDERED}",
        "S10-amount",
    ),
    "an active order that was never paid": (
        f"UPDATE orders_order SET status = 'active', activated_at = '2026-04-09' WHERE id = {WAITING}",
        "S3 S2",
    ),
    "an active service of an order that is not paid": (
        "UPDATE hosting_service SET status = 'active', registration_date = '2026-05-01', anchor_date = '2026-05-01',"
        " next_due_date = '2026-06-01' WHERE id = (SELECT min(u.service_id) FROM orders_orderunit u"
        f" JOIN orders_orderitem t ON t.id = u.item_id WHERE t.order_id = {WAITING})",
        "S3-services",
    ),
    "a paid order that was left pending": (
        f"UPDATE jobs_job SET status = 'succeeded', ended_at = '2026-04-20' WHERE subject_kind = 'InvoicePaid';"
        f" UPDATE orders_order SET status = 'pending' WHERE id = {PAID_ORDER}",
        "S3-paid S2",
    ),
    "a service suspended as overdue with nothing overdue": (
        "UPDATE hosting_service SET suspension_reason = 'overdue' WHERE status = 'suspended'"
        " AND suspension_reason = 'staff'",
        "S8 S2-services",
    ),
    "a late invoice set back to unpaid": (
        f"UPDATE billing_invoice SET status = 'unpaid' WHERE id = {LATE}",
        "S8-overdue S2",
    ),
    "a late invoice set back to unpaid without a trace": (
        f"UPDATE billing_invoice SET status = 'unpaid', overdue_at = NULL WHERE id = {LATE}",
        "S8-overdue S2",
    ),
    "an invoice that is overdue before its day": (
        f"UPDATE billing_invoice SET due_date = '2026-05-09' WHERE id = {LATE}",
        "S8-overdue M17",
    ),
    "an overdue invoice without its instant": (
        f"UPDATE billing_invoice SET overdue_at = NULL WHERE id = {LATE}",
        "S8-overdue",
    ),
    "a reminder that was never sent": (
        f"INSERT INTO billing_reminder (invoice_id, step, status, at) VALUES ({LATE}, 10, 'sent', '2026-04-30')",
        "U11-reminders",
    ),
    "a reminder that was sent as another step": (
        "UPDATE billing_reminder SET step = 6 WHERE id ="
        " (SELECT max(id) FROM billing_reminder WHERE status = 'sent')",
        "U11-reminders",
    ),
    "a reminder said to be left out for none": (
        f"INSERT INTO billing_reminder (invoice_id, step, status, at) VALUES ({LATE}, 10, 'skipped', '2026-04-30')",
        "U11-reminders",
    ),
    "a fee without its link": (
        "DELETE FROM billing_latefee",
        "U11-fees",
    ),
    "a fee for the invoice of another client": (
        f"UPDATE billing_latefee SET late_invoice_id = {RENEWAL}",
        "U11-fees",
    ),
    "a fee that is a plain invoice": (
        f"UPDATE billing_latefee SET invoice_id = {UNPAID}",
        "U11-fees",
    ),
}
