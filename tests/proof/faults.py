"""Faults for the proof to find, as statements over the company of ``tests.make.company``."""

UNSEEN = "(SELECT invoice_id FROM billing_document WHERE invoice_id IS NOT NULL)"
"""Invoices with a stored document, which would find more than the check at hand."""

PLAIN = f"""(SELECT min(i.id) FROM billing_invoice i WHERE i.status = 'paid' AND i.kind = 'manual'
            AND i.id NOT IN {UNSEEN})"""
PARTLY = "(SELECT min(id) FROM billing_invoice WHERE status = 'unpaid' AND amount_due > 1)"
RENEWED = """(SELECT min(c.service_id) FROM billing_billedperiod c JOIN hosting_service s ON s.id = c.service_id
             WHERE c.status = 'open' AND s.status = 'active' AND s.billing_cycle = 'monthly')"""
CANCELLED = "(SELECT min(id) FROM orders_order WHERE status = 'cancelled')"


def closed_at(moment: str, last_day: str = "2026-03-31") -> str:
    """The months up to a day were closed at a moment."""
    ends = f"'{last_day} 23:59:59'"
    return (
        "INSERT INTO billing_booksmonth (month, last_day, status, ends_at, closed_at, closed_by, figures, gaps)"
        f" VALUES ('2026-03-01', '{last_day}', 'closed', {ends}, '{moment}', '', '{{}}', '{{}}')"
    )


FAULTS = {
    "documents and money in months that were closed before": (
        closed_at("2020-01-01 00:00:00", "2030-01-31"),
        "M20-invoices M20-credit-notes M20-payments M20-entries",
    ),
    "a client whom nobody finds": (
        "DELETE FROM accounts_searchkey WHERE id ="
        " (SELECT min(id) FROM accounts_searchkey WHERE record_kind = 'client')",
        "M13-search",
    ),
    "a line of another amount": (
        f"UPDATE billing_invoiceline SET amount = amount + 1 WHERE position = 1 AND invoice_id = {PLAIN}",
        "M5 M6 M17 M5-lines M18-lines",
    ),
    "a tax group of another tax": (
        f"UPDATE billing_taxgroup SET tax = tax + 1 WHERE invoice_id = {PLAIN}",
        "M5 M6",
    ),
    "a line that is gone": (
        "DELETE FROM billing_lineshare WHERE line_id IN"
        f" (SELECT id FROM billing_invoiceline WHERE invoice_id = {PLAIN});"
        f" DELETE FROM billing_invoiceline WHERE invoice_id = {PLAIN}",
        "M5 M6",
    ),
    "a line of a credit note of another amount": (
        "UPDATE billing_creditnoteline SET amount = amount - 1 WHERE id ="
        " (SELECT min(id) FROM billing_creditnoteline)",
        "M5-notes M17-notes M18-note-lines",
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
        "M10 M10-running M12 M10-reasons",
    ),
    "credit that was taken back of no use of it": (
        "UPDATE billing_settlemententry SET source = 'credit:900001:' || source WHERE kind = 'reversal'",
        "M8-credit M12-reversals M12-uses",
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
    "a dispute that nobody acted on": (
        "INSERT INTO payments_dispute"
        " (client_id, payment_id, gateway, reference, amount, status, reason, recorded_by, opened_at)"
        " SELECT client_id, id, gateway, 'dp_1', 1, 'open', '', '', '2026-04-30' FROM payments_payment"
        " WHERE id = (SELECT min(id) FROM payments_payment WHERE status = 'completed')",
        "S2-disputes",
    ),
    "a dispute that is not lost, and took money": (
        "INSERT INTO payments_dispute"
        " (client_id, payment_id, gateway, reference, amount, status, reason, recorded_by, opened_at)"
        " SELECT client_id, id, gateway, 'dp_1', amount, 'open', '', '', '2026-04-30' FROM payments_payment"
        " WHERE status = 'reversed'; UPDATE billing_settlemententry SET source = source || ':dispute:' ||"
        " (SELECT max(id) FROM payments_dispute) WHERE kind = 'reversal'",
        "M12-disputes",
    ),
    "a refund that was forgotten": (
        "UPDATE payments_refund SET status = 'failed' WHERE way = 'gateway'",
        "M12 M12-refunds S2",
    ),
    "credit notes above their invoice": (
        "UPDATE billing_creditnote SET subtotal = subtotal + 1000000, total = total + 1000000"
        " WHERE id = (SELECT min(id) FROM billing_creditnote)",
        "M5-notes M11-notes M11-settled M17-notes",
    ),
    "a credit note that was not settled": (
        "DELETE FROM billing_settlemententry WHERE id ="
        " (SELECT min(id) FROM billing_settlemententry WHERE kind = 'credit_note')",
        "M8 M11-settled",
    ),
    "an entry of a share that nobody has": (
        "UPDATE billing_settlemententry SET source = 'payment_share:900001' WHERE id ="
        " (SELECT min(id) FROM billing_settlemententry WHERE kind = 'payment')",
        "M12-payments M12-shares",
    ),
    "a share without an entry": (
        "INSERT INTO payments_paymentshare (payment_id, invoice_id, amount)"
        " SELECT id, invoice_id, 1 FROM payments_payment WHERE id ="
        " (SELECT min(id) FROM payments_payment WHERE status = 'completed')",
        "M12-payments M12-shares",
    ),
    "a payment of another amount": (
        "UPDATE payments_payment SET amount = amount + 1 WHERE id ="
        " (SELECT min(id) FROM payments_payment WHERE status = 'completed')",
        "M12 M12-payments M12-booked",
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
        "M14 M17",
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
    "a billed period of another amount": (
        "UPDATE billing_billedperiod SET net = net + 1 WHERE id ="
        " (SELECT min(id) FROM billing_billedperiod WHERE status = 'open')",
        "U18 M17",
    ),
    "a renewal line without its period": (
        "UPDATE billing_invoiceline SET billed_period_id = NULL WHERE id ="
        " (SELECT min(id) FROM billing_invoiceline WHERE kind = 'renewal')",
        "U18 U18-lines M17",
    ),
    "an open period on a paid invoice": (
        "UPDATE billing_billedperiod SET status = 'open', ended_at = NULL WHERE id ="
        " (SELECT min(id) FROM billing_billedperiod WHERE status = 'paid')",
        "U18-states S10 S2",
    ),
    "a paid period on an open invoice": (
        "UPDATE billing_billedperiod SET status = 'paid', ended_at = '2026-05-01 00:01:00' WHERE id ="
        " (SELECT min(id) FROM billing_billedperiod WHERE status = 'open')",
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
        " (SELECT min(service_id) FROM billing_billedperiod WHERE status = 'paid')",
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
        f"UPDATE billing_billedperiod SET status = 'released', ended_at = '2026-04-20' WHERE service_id = {RENEWED}",
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
        " 'planned', '', '2026-03-01' FROM billing_billedperiod c JOIN hosting_service s ON s.id = c.service_id"
        " WHERE c.id = (SELECT min(id) FROM billing_billedperiod WHERE status = 'open')",
        "S6-prices",
    ),
    "an order of another total": (
        "UPDATE orders_order SET subtotal = subtotal + 1, total = total + 1 WHERE id ="
        " (SELECT min(id) FROM orders_order)",
        "M7 S2-values",
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
    "a promo code used too often": (
        "UPDATE catalog_promocode SET max_uses = 1",
        "U15 S2-values",
    ),
    "a promo code used too often by one client": (
        "UPDATE catalog_promocode SET max_uses_per_client = 1",
        "U15 S2-values",
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
        "M15 M17",
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
        "UPDATE billing_invoiceline SET billed_period_id = (SELECT max(id) FROM billing_billedperiod WHERE"
        " invoice_id IS NOT NULL)"
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
