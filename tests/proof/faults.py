"""Faults for the proof to find, as statements over the company of ``tests.make.world``."""

UNSEEN = "(SELECT invoice_id FROM billing_document WHERE invoice_id IS NOT NULL)"
"""Invoices with a stored document, which would find more than the check at hand."""

PLAIN = f"""(SELECT min(i.id) FROM billing_invoice i WHERE i.status = 'paid' AND i.kind = 'manual'
            AND i.id NOT IN {UNSEEN})"""
PARTLY = "(SELECT min(id) FROM billing_invoice WHERE status = 'unpaid' AND amount_due > 1)"
RENEWED = """(SELECT min(c.service_id) FROM billing_claim c JOIN hosting_service s ON s.id = c.service_id
             WHERE c.status = 'open' AND s.status = 'active' AND s.billing_cycle = 'monthly')"""
CANCELLED = "(SELECT min(id) FROM orders_order WHERE status = 'cancelled')"

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


FAULTS = {
    "a line of another amount": (
        f"UPDATE billing_invoiceline SET amount = amount + 1 WHERE position = 1 AND invoice_id = {PLAIN}",
        "M5 M6",
    ),
    "a tax group of another tax": (
        f"UPDATE billing_taxgroup SET tax = tax + 1 WHERE invoice_id = {PLAIN}",
        "M5 M6",
    ),
    "a line that is gone": (
        f"DELETE FROM billing_invoiceline WHERE invoice_id = {PLAIN}",
        "M5 M6",
    ),
    "a line of a credit note of another amount": (
        "UPDATE billing_creditnoteline SET amount = amount - 1 WHERE id ="
        " (SELECT min(id) FROM billing_creditnoteline)",
        "M5-notes",
    ),
    "less due than is left": (
        f"UPDATE billing_invoice SET amount_due = amount_due - 1 WHERE id = {PARTLY}",
        "M8",
    ),
    "a settlement entry that is gone": (
        "DELETE FROM billing_settlemententry WHERE id ="
        " (SELECT min(id) FROM billing_settlemententry WHERE kind = 'payment')",
        "M8 M12 M12-payments",
    ),
    "a settlement entry of another amount": (
        "UPDATE billing_settlemententry SET amount = amount - 1 WHERE id ="
        " (SELECT max(id) FROM billing_settlemententry WHERE kind = 'credit')",
        "M8 M8-credit M12 M12-credit",
    ),
    "credit applied that never was": (
        f"UPDATE billing_invoice SET credit_applied = credit_applied + 1 WHERE id = {PLAIN}",
        "M8-credit",
    ),
    "a balance of another amount": (
        "UPDATE billing_creditaccount SET balance = balance + 1 WHERE id ="
        " (SELECT min(id) FROM billing_creditaccount)",
        "M10 M12",
    ),
    "a row of the ledger that says another balance": (
        "UPDATE billing_creditentry SET balance = balance + 1 WHERE id ="
        " (SELECT min(id) FROM billing_creditentry)",
        "M10-running",
    ),
    "a row of the ledger that is gone": (
        "DELETE FROM billing_creditentry WHERE id ="
        " (SELECT min(id) FROM billing_creditentry WHERE reason = 'staff_add')",
        "M10 M10-running M12",
    ),
    "credit that came from nowhere": (
        "UPDATE billing_creditentry SET source = 'credit_note:0' WHERE id ="
        " (SELECT min(id) FROM billing_creditentry WHERE reason = 'returned')",
        "M12-credit",
    ),
    "a payment that is refunded in part, said to be refunded": (
        "UPDATE payments_payment SET status = 'refunded' WHERE id ="
        " (SELECT min(payment_id) FROM payments_refund WHERE way = 'credit')",
        "M11 S2",
    ),
    "a refund above its payment": (
        "UPDATE payments_refund SET amount = amount + 1000000 WHERE way = 'credit'",
        "M11 M12-refunds",
    ),
    "a refund that was forgotten": (
        "UPDATE payments_refund SET status = 'failed' WHERE way = 'gateway'",
        "M11 M12 M12-refunds S2",
    ),
    "credit notes above their invoice": (
        "UPDATE billing_creditnote SET subtotal = subtotal + 1000000, total = total + 1000000"
        " WHERE id = (SELECT min(id) FROM billing_creditnote)",
        "M5-notes M11-notes M11-settled",
    ),
    "a credit note that was not settled": (
        "DELETE FROM billing_settlemententry WHERE id ="
        " (SELECT min(id) FROM billing_settlemententry WHERE kind = 'credit_note')",
        "M8 M11-settled",
    ),
    "a payment of another amount": (
        "UPDATE payments_payment SET amount = amount + 1 WHERE id ="
        " (SELECT min(id) FROM payments_payment WHERE status = 'completed')",
        "M12 M12-payments",
    ),
    "a payment that was booked in no book": (
        "UPDATE payments_payment SET status = 'failed' WHERE id ="
        " (SELECT min(id) FROM payments_payment WHERE status = 'completed')",
        "M12 M12-payments S2",
    ),
    "a number that jumps": (
        f"UPDATE billing_invoice SET number = 'INV-9000' WHERE id = {PLAIN}",
        "M14 M14-issued",
    ),
    "a number before its time": (
        f"UPDATE billing_invoice SET issue_date = '2026-04-09' WHERE id = {PLAIN}",
        "M14",
    ),
    "a number without digits": (
        f"UPDATE billing_invoice SET number = 'INV-X' WHERE id = {PLAIN}",
        "M14 M14-issued",
    ),
    "a credit note number that jumps": (
        "UPDATE billing_creditnote SET number = 'CN-0900' WHERE id ="
        " (SELECT min(id) FROM billing_creditnote)",
        "M14-notes M14-issued",
    ),
    "a sequence that runs ahead": (
        "UPDATE billing_numbersequence SET next_number = next_number + 1 WHERE name = 'invoice'",
        "M14-last",
    ),
    "a sequence of credit notes that falls back": (
        "UPDATE billing_numbersequence SET next_number = 1 WHERE name = 'credit_note'",
        "M14-notes-last",
    ),
    "a claim of another amount": (
        "UPDATE billing_claim SET net = net + 1 WHERE id ="
        " (SELECT min(id) FROM billing_claim WHERE status = 'open')",
        "U18",
    ),
    "a renewal line without its claim": (
        "UPDATE billing_invoiceline SET claim_id = NULL WHERE id ="
        " (SELECT min(id) FROM billing_invoiceline WHERE kind = 'renewal')",
        "U18 U18-lines",
    ),
    "an open claim on a paid invoice": (
        "UPDATE billing_claim SET status = 'open', ended_at = NULL WHERE id ="
        " (SELECT min(id) FROM billing_claim WHERE status = 'paid')",
        "U18-states S10 S2",
    ),
    "a paid claim on an open invoice": (
        "UPDATE billing_claim SET status = 'paid', ended_at = '2026-05-01 00:01:00' WHERE id ="
        " (SELECT min(id) FROM billing_claim WHERE status = 'open')",
        "U18-states S10",
    ),
    "a due date beside the grid": (
        f"UPDATE hosting_service SET next_due_date = '2026-05-09' WHERE id = {RENEWED}",
        "S5",
    ),
    "a due date that jumps a period": (
        f"UPDATE hosting_service SET next_due_date = '2026-06-08' WHERE id = {RENEWED}",
        "S10",
    ),
    "a due date that was paid already": (
        "UPDATE hosting_service SET next_due_date = '2026-05-08' WHERE id ="
        " (SELECT min(service_id) FROM billing_claim WHERE status = 'paid')",
        "S10",
    ),
    "a running service without an anchor": (
        f"UPDATE hosting_service SET anchor_date = NULL WHERE id = {RENEWED}",
        "S5",
    ),
    "a name that is due before it expires": (
        "UPDATE domains_domain SET next_due_date = '2027-01-01' WHERE status = 'active'",
        "S5-names",
    ),
    "a service that nobody bills": (
        f"UPDATE billing_claim SET status = 'released', ended_at = '2026-04-20' WHERE service_id = {RENEWED}",
        "S6 U18-released",
    ),
    "a service that ended before a period that is billed": (
        "UPDATE hosting_service SET status = 'cancelled', cancelled_at = '2026-04-20 12:00:00', next_due_date = NULL"
        f" WHERE id = {RENEWED}",
        "S7 S2",
    ),
    "an announced price that was forgotten": (
        "INSERT INTO billing_pricechange (client_id, service_id, old_amount, amount, parts, options, from_date,"
        " status, reason, created_at) SELECT s.client_id, s.id, s.amount, s.amount + 100, '{}', '[]', c.period_start,"
        " 'planned', '', '2026-03-01' FROM billing_claim c JOIN hosting_service s ON s.id = c.service_id"
        " WHERE c.id = (SELECT min(id) FROM billing_claim WHERE status = 'open')",
        "S6-prices",
    ),
    "an order of another total": (
        "UPDATE orders_order SET subtotal = subtotal + 1, total = total + 1 WHERE id ="
        " (SELECT min(id) FROM orders_order)",
        "M7",
    ),
    "a cancelled order whose service lives": (
        "UPDATE hosting_service SET status = 'pending', cancelled_at = NULL WHERE id = (SELECT min(u.service_id)"
        " FROM orders_orderunit u JOIN orders_orderitem t ON t.id = u.item_id"
        f" WHERE t.order_id = {CANCELLED})",
        "S4 S2",
    ),
    "a cancelled order that keeps its promo code": (
        "INSERT INTO orders_promouse (promo_id, order_id, client_id) SELECT min(p.id), o.id, o.client_id"
        f" FROM catalog_promocode p, orders_order o WHERE o.id = {CANCELLED} GROUP BY o.id, o.client_id",
        "S4",
    ),
    "a cancelled order that keeps its stock": (
        f"UPDATE orders_orderitem SET stock_taken = 2 WHERE order_id = {CANCELLED}",
        "S4",
    ),
    "a client whom nobody belongs to": (
        "DELETE FROM accounts_membership WHERE client_id = (SELECT max(client_id) FROM accounts_membership)",
        "U13",
    ),
    "a promo code used too often": ("UPDATE catalog_promocode SET max_uses = 1", "U15"),
    "a promo code used too often by one client": (
        "UPDATE catalog_promocode SET max_uses_per_client = 1",
        "U15",
    ),
    "a client whose owner became another member": (
        "UPDATE accounts_membership SET role = 'billing' WHERE client_id ="
        " (SELECT min(client_id) FROM accounts_membership)",
        "U13",
    ),
    "a client whose owner cannot sign in": (
        "UPDATE accounts_user SET is_active = false WHERE id = (SELECT min(user_id) FROM accounts_membership)",
        "U13",
    ),
    "a stored document of another content": (
        "UPDATE billing_document SET sha256 = 'ab' WHERE id = (SELECT max(id) FROM billing_document)",
        "M15",
    ),
    "an invoice that says something else than its document": (
        f"UPDATE billing_invoice SET notes = 'changed' WHERE id IN {UNSEEN}",
        "M15",
    ),
    "tax that is not the rate of its base": (
        f"UPDATE billing_taxgroup SET tax = tax + 1 WHERE invoice_id = {UNPAID}; UPDATE billing_invoiceline SET"
        f" tax_amount = tax_amount + 1 WHERE invoice_id = {UNPAID} AND position = 1; UPDATE billing_invoice SET"
        f" tax_amount = tax_amount + 1, total = total + 1, amount_due = amount_due + 1 WHERE id = {UNPAID}",
        "M6",
    ),
    "tax below the rate of its base": (
        f"UPDATE billing_taxgroup SET tax = tax - 1 WHERE invoice_id = {UNPAID}; UPDATE billing_invoiceline SET"
        f" tax_amount = tax_amount - 1 WHERE invoice_id = {UNPAID} AND position = 1; UPDATE billing_invoice SET"
        f" tax_amount = tax_amount - 1, total = total - 1, amount_due = amount_due - 1 WHERE id = {UNPAID}",
        "M6",
    ),
    "a line at another rate than its group": (
        f"UPDATE billing_invoiceline SET tax_rate_milli = 19999 WHERE invoice_id = {UNPAID}",
        "M6",
    ),
    "tax of one line that is another's": (
        f"UPDATE billing_invoiceline SET tax_amount = tax_amount + CASE position WHEN 1 THEN 3 ELSE -3 END"
        f" WHERE invoice_id = {THREE_LINES} AND position <= 2",
        "M6-lines",
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
        f"UPDATE audit_entry SET client_id = {FIRST_CLIENT} WHERE record_kind = 'invoice' AND record_id = {RENEWAL};"
        f" UPDATE billing_invoice SET client_id = {FIRST_CLIENT} WHERE id = {RENEWAL}",
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
        "UPDATE billing_claim SET period_end = '2026-05-23' WHERE id ="
        " (SELECT min(id) FROM billing_claim WHERE status = 'open' AND period_end = '2026-06-08')",
        "U5-length",
    ),
    "a period that is longer than its cycle": (
        "UPDATE billing_claim SET period_end = '2026-08-08' WHERE id ="
        " (SELECT min(id) FROM billing_claim WHERE status = 'open' AND period_end = '2026-06-08')",
        "U5-length",
    ),
    "a waived period inside a paid one": (
        "INSERT INTO billing_claim (service_id, invoice_id, period_start, period_end, net, tax, status, created_at,"
        " ended_at) SELECT min(service_id), NULL, '2026-05-20', '2026-06-20', 0, 0, 'waived', '2026-04-20',"
        " '2026-04-20' FROM billing_claim WHERE status = 'paid' AND period_end = '2026-06-08'",
        "U5-once S10",
    ),
    "a waived period inside the one that its order paid": (
        "INSERT INTO billing_claim (service_id, invoice_id, period_start, period_end, net, tax, status, created_at,"
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
        "UPDATE audit_entry SET after = '{}' WHERE action = 'service.created';"
        f" UPDATE hosting_service SET amount = amount - 7 WHERE id = {ORDERED}",
        "S10-amount",
    ),
    "a service that costs nothing, of an order with a discount": (
        "UPDATE audit_entry SET after = '{}' WHERE action = 'service.created';"
        f" UPDATE hosting_service SET amount = 0 WHERE id = {ORDERED}",
        "S10-amount",
    ),
    "an active order that was never paid": (
        f"UPDATE orders_order SET status = 'active', activated_at = '2026-04-09' WHERE id = {WAITING}",
        "S3",
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
        "S8",
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
        "S8-overdue",
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

REFUSED = {
    "M9: paid with something due": (
        f"UPDATE billing_invoice SET status = 'paid', paid_at = issued_at WHERE id = {PARTLY}"
    ),
    "M9: open with nothing due": f"UPDATE billing_invoice SET status = 'unpaid' WHERE id = {PLAIN}",
    "M8: more due than the total": f"UPDATE billing_invoice SET amount_due = total + 1 WHERE id = {PARTLY}",
    "M10: credit below 0": "UPDATE billing_creditaccount SET balance = -1",
    "M14: a draft with a number": "UPDATE billing_invoice SET number = 'INV-7777' WHERE status = 'draft'",
    "M14: a number twice": f"UPDATE billing_invoice SET number = 'INV-0001' WHERE id = {PLAIN}",
    "S5: a running service that is never due": f"UPDATE hosting_service SET next_due_date = NULL WHERE id = {RENEWED}",
    "S9: ended without its instant": "UPDATE hosting_service SET cancelled_at = NULL WHERE status = 'cancelled'",
    "S9: ended and still due": "UPDATE hosting_service SET next_due_date = '2026-06-08' WHERE status = 'terminated'",
    "S9: a name that has ended and is due": (
        "UPDATE domains_domain SET next_due_date = '2027-01-01' WHERE status = 'cancelled'"
    ),
    "U18: two renewal lines": (
        "UPDATE billing_invoiceline SET claim_id = (SELECT max(id) FROM billing_claim WHERE invoice_id IS NOT NULL)"
        " WHERE kind = 'renewal'"
    ),
    "stock below 0": 'UPDATE catalog_stock SET "left" = -1',
}

UNCHECKED = {
    "paid with something due": (
        "billing_invoice",
        f"UPDATE billing_invoice SET status = 'paid', paid_at = issued_at WHERE id = {PARTLY}",
        "M9 S2",
    ),
    "open with nothing due": (
        "billing_invoice",
        f"UPDATE billing_invoice SET status = 'unpaid' WHERE id = {PLAIN}",
        "M9 S2 S8-overdue",
    ),
    "more due than the total": (
        "billing_invoice",
        f"UPDATE billing_invoice SET amount_due = total + 1 WHERE id = {PARTLY}",
        "M8",
    ),
    "credit below 0": (
        "billing_creditaccount",
        "UPDATE billing_creditaccount SET balance = -1 WHERE id = (SELECT min(id) FROM billing_creditaccount)",
        "M10 M12",
    ),
    "a running service that is never due": (
        "hosting_service",
        f"UPDATE hosting_service SET next_due_date = NULL WHERE id = {RENEWED}",
        "S5",
    ),
    "a service that ended without its instant": (
        "hosting_service",
        "UPDATE hosting_service SET cancelled_at = NULL WHERE status = 'cancelled'",
        "S9",
    ),
    "a service that ended and is due": (
        "hosting_service",
        "UPDATE hosting_service SET next_due_date = '2026-06-08' WHERE status = 'terminated'",
        "S9",
    ),
    "a name that has ended and is due": (
        "domains_domain",
        "UPDATE domains_domain SET next_due_date = '2027-01-01' WHERE status = 'cancelled'",
        "S9",
    ),
    "less than nothing in stock": (
        "catalog_stock",
        'UPDATE catalog_stock SET "left" = -1',
        "R13",
    ),
}
"""What the database refuses as long as the checks of its table are on: a table, the fault, the checks that find it."""
