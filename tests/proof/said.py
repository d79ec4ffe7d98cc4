"""Faults in columns that staff or jobs set, each alike in all books that know of it: the audit log knows better."""

from tests.proof.forged import LAST_CLIENT, WAITING

DORA = "(SELECT client_id FROM payments_savedcard WHERE token = 'card-a')"
FIRST_NAME = "(SELECT id FROM domains_domain WHERE domain_name = 'dora1.example')"
FIRST_SERVICE = "(SELECT id FROM hosting_service WHERE username = 'dora1')"
SECOND_SERVICE = "(SELECT id FROM hosting_service WHERE username = 'dora2')"
FIRST_ATTEMPT = "(SELECT id FROM payments_attempt WHERE reference = 'a')"
SECOND_ATTEMPT = "(SELECT id FROM payments_attempt WHERE reference = 'b')"
OPEN_INVOICE = f"""(SELECT max(id) FROM billing_invoice WHERE client_id = {DORA} AND kind = 'manual'
                  AND status IN ('unpaid', 'overdue') AND issue_date = '2026-04-08')"""
HALF_PAID = "(SELECT min(id) FROM payments_payment WHERE amount = 500)"
LAST_ISSUED = "(SELECT max(id) FROM billing_invoice WHERE number IS NOT NULL)"
FEE = "(SELECT max(id) FROM billing_invoice WHERE kind = 'late_fee')"
DISPUTED = "(SELECT max(payment_id) FROM payments_dispute)"
PAYOUT = "(SELECT id FROM billing_creditentry WHERE reason = 'payout')"
GIVEN_LAST = "(SELECT max(id) FROM billing_creditentry WHERE reason = 'staff_add')"
HOURS = "(SELECT id FROM billing_invoiceline WHERE description = 'Hours')"


def without(entry: str, amount: int) -> str:
    """A row of the ledger is gone, and all balances after it are put right."""
    account = f"(SELECT account_id FROM billing_creditentry WHERE id = {entry})"
    put_right = f"SET balance = balance - ({amount})"
    later = f"UPDATE billing_creditentry {put_right} WHERE account_id = {account} AND id > {entry}"
    right = f"UPDATE billing_creditaccount {put_right} WHERE id = {account}"
    steps = [right] if "max(" in entry else [right, later]
    return "; ".join([*steps, f"DELETE FROM billing_creditentry WHERE id = {entry}"])


def column(table: str, record: str, changes: str, checks: str) -> tuple[str, str]:
    return f"UPDATE {table} SET {changes} WHERE id = {record}", checks


def name(changes: str, checks: str = "S2-domains") -> tuple[str, str]:
    return column("domains_domain", FIRST_NAME, changes, checks)


def service(changes: str, checks: str = "S2-services") -> tuple[str, str]:
    return column("hosting_service", FIRST_SERVICE, changes, checks)


def client(changes: str) -> tuple[str, str]:
    return column("accounts_client", DORA, changes, "S2-clients")


def card(token: str, changes: str) -> tuple[str, str]:
    return f"UPDATE payments_savedcard SET {changes} WHERE token = 'card-{token}'", "S2-cards"


def invoice(changes: str, checks: str = "M17") -> tuple[str, str]:
    return column("billing_invoice", OPEN_INVOICE, changes, checks)


MONEY = {
    "a payment raised with its entry": (
        f"UPDATE billing_settlemententry SET amount = 600 WHERE source = 'payment:' || {HALF_PAID};"
        " UPDATE billing_invoice"
        " SET amount_due = amount_due - 100 WHERE id = (SELECT invoice_id FROM payments_payment"
        f" WHERE id = {HALF_PAID});"
        f" UPDATE payments_payment SET amount = 600 WHERE id = {HALF_PAID}",
        "M12-booked",
    ),
    "a payment raised with the credit of what was too much": (
        "UPDATE payments_payment SET amount = amount + 100 WHERE amount = 2000; UPDATE"
        " billing_creditentry SET amount ="
        " amount + 100 WHERE reason = 'overpayment'; UPDATE billing_creditentry SET balance = balance + 100 WHERE"
        " account_id = (SELECT account_id FROM billing_creditentry WHERE reason = 'overpayment') AND"
        " id >= (SELECT min(id)"
        " FROM billing_creditentry WHERE reason = 'overpayment'); UPDATE billing_creditaccount SET"
        " balance = balance + 100"
        " WHERE id = (SELECT account_id FROM billing_creditentry WHERE reason = 'overpayment')",
        "M12-booked",
    ),
    "a day of receipt that was moved": (
        f"UPDATE payments_payment SET received_on = '2026-03-31' WHERE id = {HALF_PAID}",
        "M12-booked",
    ),
    "a fee that was changed": (
        f"UPDATE payments_payment SET fee = 7 WHERE id = {HALF_PAID}",
        "M12-booked",
    ),
    "a transaction of another name": (
        f"UPDATE payments_payment SET transaction_id = 'x-1' WHERE id = {HALF_PAID}",
        "M12-booked",
    ),
    "a payment that nobody booked": (
        "INSERT INTO payments_payment (client_id, invoice_id, gateway, transaction_id, amount, currency_code, status,"
        " received_on, booked_at, note, method, reference, recorded_by, fee, card_brand, card_last4,"
        " created_at) SELECT"
        " client_id, id, 'manual', 'forged', 1, 'EUR', 'completed', '2026-04-20', '2026-04-20', '',"
        " '', '', '', 0, '', '',"
        f" '2026-04-20' FROM billing_invoice WHERE id = {OPEN_INVOICE}; INSERT INTO"
        " billing_settlemententry (invoice_id,"
        " kind, source, amount, at) SELECT invoice_id, 'payment', 'payment:' || id, 1, '2026-04-20'"
        " FROM payments_payment"
        " WHERE transaction_id = 'forged'; UPDATE billing_invoice SET amount_due = amount_due - 1 WHERE id = (SELECT"
        " invoice_id FROM payments_payment WHERE transaction_id = 'forged')",
        "M12-booked",
    ),
    "a payout that is gone, with balances put right": (without(PAYOUT, -300), "M10-reasons"),
    "credit given that is gone, with balances put right": (without(GIVEN_LAST, 250), "M10-reasons"),
    "credit used for another invoice": (
        "UPDATE billing_creditentry SET source = 'invoice:0' WHERE id ="
        " (SELECT min(id) FROM billing_creditentry WHERE reason = 'applied')",
        "M12-invoices",
    ),
    "a payment that names another invoice than its entry": (
        f"UPDATE payments_payment SET invoice_id = {OPEN_INVOICE} WHERE id = {DISPUTED}",
        "M12-invoices",
    ),
    "a credit note that names another invoice than its entry": (
        "UPDATE billing_creditnote SET invoice_id = (SELECT max(i.id) FROM billing_invoice i WHERE i.client_id ="
        " billing_creditnote.client_id AND i.id <> billing_creditnote.invoice_id AND i.number IS NOT"
        " NULL AND i.total >="
        " 1200 AND NOT EXISTS (SELECT 1 FROM billing_creditnote o WHERE o.invoice_id = i.id)) WHERE id ="
        " (SELECT max(id) FROM billing_creditnote WHERE total = 333)",
        "M12-invoices M17-notes",
    ),
    "a refund of another payment": (
        f"UPDATE payments_refund SET payment_id = {DISPUTED}, client_id = {DORA} WHERE way = 'credit'",
        "M12-invoices M11",
    ),
    "a dispute of another payment": (
        "UPDATE payments_payment SET status = 'completed' WHERE status = 'disputed'; UPDATE"
        " payments_payment SET status ="
        f" 'disputed' WHERE id = (SELECT max(id) FROM payments_payment WHERE client_id = {DORA});"
        " UPDATE payments_dispute"
        " SET payment_id = (SELECT id FROM payments_payment WHERE status = 'disputed')",
        "S2-values S2",
    ),
    "a dispute of another amount": ("UPDATE payments_dispute SET amount = amount - 1", "S2-values"),
    "a transaction as a payment and as one that is not allocated": (
        "UPDATE payments_unallocatedpayment SET gateway = 'bank_transfer', transaction_id = (SELECT"
        " transaction_id FROM"
        f" payments_payment WHERE gateway = 'bank_transfer' AND attempt_id = {FIRST_ATTEMPT}) WHERE status = 'open'",
        "U1",
    ),
    "money that was assigned to no payment": (
        "UPDATE payments_unallocatedpayment SET payment_id = NULL WHERE status = 'assigned'",
        "U1",
    ),
    "money that was assigned to a payment of another amount": (
        "UPDATE payments_unallocatedpayment SET payment_id = (SELECT id FROM payments_payment WHERE amount = 500)"
        " WHERE status = 'assigned'",
        "U1",
    ),
    "unallocated money of another amount": (
        "UPDATE payments_unallocatedpayment SET amount = 1201 WHERE status = 'open'",
        "S2-values",
    ),
    "unallocated money said to be returned": (
        "UPDATE payments_unallocatedpayment SET status = 'returned' WHERE status = 'open'",
        "S2",
    ),
    "an attempt that succeeded without a payment": (
        f"UPDATE payments_payment SET attempt_id = NULL WHERE attempt_id = {FIRST_ATTEMPT}",
        "U3",
    ),
    "an attempt of another amount": column("payments_attempt", FIRST_ATTEMPT, "amount = 1", "U3"),
    "an attempt for another invoice": (
        "UPDATE payments_attempt SET invoice_id = (SELECT invoice_id FROM payments_attempt WHERE"
        " reference = 'b') WHERE id"
        f" = {FIRST_ATTEMPT}",
        "U3",
    ),
    "an attempt that failed, said to be open": column(
        "payments_attempt", FIRST_ATTEMPT, "status = 'expired'", "S2 U3"
    ),
    "a transfer notice over another amount": (
        "UPDATE payments_transfernotice SET amount = 1",
        "S2-values",
    ),
    "a transfer notice said to be rejected": (
        "UPDATE payments_transfernotice SET status = 'rejected', decided_at = '2026-04-20'",
        "S2",
    ),
}
ISSUED = {
    "the last invoice is gone, and its number free again": (
        f"DELETE FROM billing_lineshare WHERE line_id IN (SELECT id FROM billing_invoiceline WHERE invoice_id ="
        f" {LAST_ISSUED}); DELETE FROM billing_invoiceline WHERE invoice_id = {LAST_ISSUED}; DELETE FROM"
        " billing_taxgroup WHERE invoice_id ="
        f" {LAST_ISSUED}; DELETE FROM billing_invoice WHERE id = {LAST_ISSUED}; UPDATE billing_numbersequence SET"
        " next_number = next_number - 1 WHERE name = 'invoice'",
        "M13-kept",
    ),
    "a line of another text": (
        f"UPDATE billing_invoiceline SET description = 'Days' WHERE id = {HOURS}",
        "M17",
    ),
    "a line of twice the quantity": (
        f"UPDATE billing_invoiceline SET quantity_milli = quantity_milli * 2 WHERE id = {HOURS}",
        "M17 M5-lines",
    ),
    "an exponent of another currency": invoice("exponent = 3", "M4 M17"),
    "a due date 300 days on": invoice("due_date = '2027-02-16'", "M17 S8-overdue"),
    "a buyer of another name": invoice('buyer = \'{"name": "Thora"}\''),
    "a case of tax that was not decided": (
        'UPDATE billing_invoice SET tax_evidence = \'{"case": "domestic"}\' WHERE id = (SELECT max(id) FROM'
        " billing_invoice WHERE kind = 'renewal')",
        "M17",
    ),
    "terms that were not agreed": invoice("terms = 'At once.'"),
    "a note of a tax group": (
        f"UPDATE billing_taxgroup SET note = 'Reverse charge' WHERE invoice_id = {OPEN_INVOICE}",
        "M17",
    ),
    "a reason of a credit note": (
        "UPDATE billing_creditnote SET reason = 'another' WHERE id = (SELECT max(id) FROM billing_creditnote)",
        "M17-notes",
    ),
    "a line of a credit note of another text": (
        "UPDATE billing_creditnoteline SET description = 'another' WHERE id = (SELECT max(id) FROM"
        " billing_creditnoteline)",
        "M17-notes",
    ),
    "an exponent of a credit note": (
        "UPDATE billing_creditnote SET exponent = 0 WHERE id = (SELECT max(id) FROM billing_creditnote)",
        "M17-notes M4",
    ),
    "a late fee of another amount, all sums alike": (
        f"UPDATE billing_invoiceline SET amount = 1000, unit_amount = 1000 WHERE invoice_id = {FEE};"
        " UPDATE billing_taxgroup"
        f" SET net = 1000 WHERE invoice_id = {FEE}; UPDATE billing_invoice SET subtotal = 1000, total"
        " = 1000, amount_due ="
        f" 1000 WHERE id = {FEE}",
        "M17 M18-lines",
    ),
    "a period of another service": (
        "UPDATE billing_billedperiod SET service_id = (SELECT max(s.id) FROM hosting_service s WHERE"
        f" s.client_id = {DORA})"
        f" WHERE service_id = {SECOND_SERVICE}",
        "M17 S6 U18-subjects",
    ),
    "a hold that nobody set": invoice("dunning_hold_until = '2026-12-31'", "S2-invoices"),
    "a hold of suspension that was lengthened": invoice(
        "suspension_hold_until = '2026-12-31'", "S2-invoices"
    ),
    "an invoice that nobody stopped": (
        f"UPDATE billing_invoice SET is_stopped = (1 = 1) WHERE id = {OPEN_INVOICE}",
        "S2-invoices",
    ),
}
NAMES = {
    "a name that expires later": name("expiry_date = '2030-04-08', next_due_date = '2030-04-08'"),
    "a name of another day of registration": name("registration_date = '2020-04-08'"),
    "a name at another price": name("recurring_amount = 1"),
    "a name that renews by another term": name("term_years = 2"),
    "a name in another currency": name("currency_code = 'USD'"),
    "a name that is not renewed any more": name("auto_renew = (1 = 0)"),
    "a name that is open to transfers": name("is_locked = (1 = 0)"),
    "a name whose holder is hidden": name("whois_privacy = (1 = 1)"),
    "a name at another registrar": name("registrar = 'other'"),
    "a name with other nameservers": name("ns1 = 'ns1.elsewhere.example'"),
    "a name with the id of another": name("remote_id = 'remote-2'", "S2-domains U9-names"),
}
SERVICES = {
    "a service of another product": service("product_id = (SELECT max(id) FROM catalog_product)"),
    "a service with other options": service("options = '[]'"),
    "a service in another currency": service("currency_code = 'USD'"),
    "a service that ends on another day": service("cancel_at = '2027-09-08'"),
    "a service that is not to end": service("cancel_at = NULL"),
    "a service on no server": service("server_id = NULL"),
    "a service that is to be resumed": service("suspended_until = '2026-09-08'"),
    "a service that began earlier": service(
        "registration_date = '2026-03-08'", "S10-anchor S2-services"
    ),
    "two services with each other's account": (
        "UPDATE hosting_service SET username = 'x' WHERE username = 'dora1'; UPDATE hosting_service"
        " SET username = 'dora1'"
        " WHERE username = 'dora2'; UPDATE hosting_service SET username = 'dora2' WHERE username = 'x'",
        "S2-services",
    ),
    "a service that is off for another reason": (
        "UPDATE hosting_service SET suspension_reason = 'staff' WHERE suspension_reason = 'overdue'",
        "S2-services",
    ),
    "a price change to another amount": (
        "UPDATE billing_pricechange SET amount = 901",
        "S2-values",
    ),
    "a price change from another day on": (
        "UPDATE billing_pricechange SET from_date = '2028-01-01'",
        "S2-values",
    ),
    "a price change that was dropped": ("UPDATE billing_pricechange SET status = 'dropped'", "S2"),
    "a request to cancel that was granted": (
        "UPDATE billing_cancellationrequest SET status = 'approved' WHERE status = 'pending'",
        "S2",
    ),
}
PEOPLE = {
    "a client exempt from tax": client("tax_exempt = (1 = 1), tax_exempt_reason = 'Embassy'"),
    "a client whose card is charged again": client("autopay = (1 = 1)"),
    "a client who is not dunned": client("dunning = (1 = 0)"),
    "a client who was closed": column("accounts_client", DORA, "status = 'closed'", "S2"),
    "a card of another client": (
        f"UPDATE payments_savedcard SET client_id = {LAST_CLIENT} WHERE token = 'card-b'",
        "S2-cards",
    ),
    "a card without a consent": card("a", "consent_text = ''"),
    "a card with a consent of another day": card("a", "consented_at = '2026-03-01'"),
    "another default card": (
        "UPDATE payments_savedcard SET is_default = (1 = 0) WHERE token = 'card-a'; UPDATE payments_savedcard SET"
        " is_default = (1 = 1) WHERE token = 'card-b'",
        "S2-cards",
    ),
    "no default card": card("a", "is_default = (1 = 0)"),
    "a stopped card that is charged again": card("c", "stopped_at = NULL"),
    "a removed card that is back": card("d", "removed_at = NULL"),
    "a VAT number said to be valid": (
        "UPDATE billing_vatcheck SET answer = 'valid' WHERE answer = 'invalid'",
        "S2-vat S2-values",
    ),
    "a VAT number that staff vouch for without evidence": (
        "UPDATE billing_vatcheck SET evidence = '' WHERE evidence <> ''",
        "S2-vat",
    ),
}
CATALOG = {
    "a product at another price": (
        "UPDATE catalog_price SET price = price + 1 WHERE id = (SELECT max(id) FROM catalog_price)",
        "S2-prices",
    ),
    "a setup fee that nobody set": (
        "UPDATE catalog_price SET setup_fee = 1 WHERE id = (SELECT max(id) FROM catalog_price)",
        "S2-prices",
    ),
    "a TLD at another price": ("UPDATE domains_tldprice SET renew = renew + 1", "S2-prices"),
    "a tax rate that was raised": (
        "UPDATE billing_taxrule SET rate_milli = 26000 WHERE country = 'SE'",
        "S2-values",
    ),
    "a tax rate of another day": (
        "UPDATE billing_taxrule SET valid_from = '2026-01-01' WHERE country = 'SE'",
        "S2-values",
    ),
    "a promo code that takes off more": (
        "UPDATE catalog_promocode SET percent = 5000",
        "S2-values",
    ),
    "a promo code with another limit": ("UPDATE catalog_promocode SET max_uses = 50", "S2-values"),
    "a group with another discount": (
        "UPDATE accounts_clientgroup SET discount = 2000",
        "S2-values",
    ),
    "an order item at a lower price": (
        f"UPDATE orders_orderitem SET unit_amount = unit_amount - 1 WHERE order_id = {WAITING}",
        "M7-items",
    ),
    "an item of another quantity": (
        f"UPDATE orders_orderitem SET qty = qty + 1 WHERE order_id = {WAITING}",
        "M7-items",
    ),
    "a use of a promo code that is gone": (
        "DELETE FROM orders_promouse WHERE id = (SELECT max(id) FROM orders_promouse)",
        "U15-orders",
    ),
    "an order that has forgotten its promo code": (
        "UPDATE orders_order SET promo_code = '' WHERE id = (SELECT max(order_id) FROM orders_promouse)",
        "U15-orders",
    ),
}

SAID = MONEY | ISSUED | NAMES | SERVICES | PEOPLE | CATALOG
