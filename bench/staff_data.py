"""The data behind the staff area: 200,000 clients with 1,000,000 invoices, and what belongs to them.

Clients, products and services are those of ``bench.data``; what hangs on clients and invoices is in
``bench.staff_rows``. The rest is made by PostgreSQL from a row's number alone, so that each run has the same: three
years of invoices, of which the oldest client but one has every twentieth.
"""

from collections.abc import Callable

import psycopg

from bench import data, staff_rows

SIZE = data.DataSize(clients=200_000, callers=2_000, services=400_500)
INVOICES = 1_000_000
DAYS = 1_095

_CLIENTS = """
UPDATE accounts_client SET
    first_name =
        (ARRAY['Alice','Bob','Carol','David','Emma','Frank','Grace','Henry','Irene','Jack'])[1 + id % 10],
    last_name = initcap(translate(substr(md5(id::text), 1, 7), '0123456789', 'ghijklmnop')),
    company = CASE WHEN id % 3 = 0 THEN
        initcap(translate(substr(md5('c' || id), 1, 9), '0123456789', 'qrstuvwxyz')) || ' Ltd' ELSE '' END,
    country = (ARRAY['US','DE','FR','NL','GB'])[1 + id % 5]
"""

_NUMBERED = f"""
CREATE TEMPORARY TABLE numbered AS
SELECT g AS id,
    CASE WHEN g % 20 = 0 THEN {data.LARGE} ELSE 1 + (g::bigint * 7919) % {SIZE.clients} END AS client_id,
    current_date - (({INVOICES} - g)::bigint * {DAYS} / {INVOICES})::int AS day,
    500 + g % 97 * 50 AS net
FROM generate_series(1, {INVOICES}) g
"""

_INVOICES = """
INSERT INTO billing_invoice (id, client_id, kind, status, number, issue_date, due_date, currency_code, exponent,
    subtotal, tax_amount, total, amount_due, credit_applied, seller, buyer, overdue_at, tax_evidence, accounting_tax,
    notes, terms, footer, payment_reference, issued_at, paid_at, created_at, changed_at)
SELECT n.id, n.client_id, (ARRAY['renewal','renewal','renewal','order','manual'])[1 + n.id % 5], n.status,
    'INV-' || lpad(n.id::text, 7, '0'), day, day + 14, c.currency_code, 2, net, net / 5, net + net / 5,
    CASE WHEN n.status IN ('unpaid', 'overdue') THEN net + net / 5 ELSE 0 END, 0, '{}',
    jsonb_build_object('company', c.company, 'name', c.first_name || ' ' || c.last_name, 'country', c.country),
    CASE WHEN n.status = 'overdue' THEN day + 15 END, '{}', '{}', '', '', '', 'RF00' || lpad(n.id::text, 12, '0'),
    day + interval '5 minutes', CASE WHEN n.status IN ('paid', 'refunded') THEN day + interval '3 days' END,
    day, day
FROM (SELECT *, CASE
        WHEN id % 97 = 0 THEN 'cancelled' WHEN id % 101 = 0 THEN 'refunded'
        WHEN day > current_date - 14 AND id % 3 = 0 THEN 'unpaid'
        WHEN day < current_date - 14 AND id % 50 = 0 THEN 'overdue' ELSE 'paid' END AS status FROM numbered) n
JOIN accounts_client c ON c.id = n.client_id
"""

_PARTS = (
    """
INSERT INTO billing_invoiceline (kind, tax_kind, invoice_id, position, description, quantity_milli, unit_amount, amount,
    tax_category, tax_rate_milli, tax_amount)
SELECT 'item', 'hosting', id, 1, 'Web Hosting, example' || id || '.com', 1000, subtotal, subtotal, 'S', 20000,
    tax_amount
FROM billing_invoice
""",
    """
INSERT INTO billing_taxgroup (invoice_id, category, rate_milli, net, tax, name, note)
SELECT id, 'S', 20000, subtotal, tax_amount, 'VAT', '' FROM billing_invoice
""",
    """
INSERT INTO billing_invoicesubject (invoice_id, service_id)
SELECT id, 1 + id % (SELECT max(id) FROM hosting_service) FROM billing_invoice
""",
    """
INSERT INTO payments_payment (client_id, invoice_id, gateway, transaction_id, amount, currency_code, status,
    received_on, booked_at, note, method, reference, recorded_by, fee, card_brand, card_last4, created_at)
SELECT client_id, id, (ARRAY['stripe','paypal','mollie','manual'])[1 + id % 4], 'txn_' || md5(id::text), total,
    currency_code, CASE status WHEN 'refunded' THEN 'refunded' ELSE 'completed' END, paid_at::date, paid_at, '', '', '',
    '', 0, '', '', paid_at
FROM billing_invoice WHERE paid_at IS NOT NULL ORDER BY id
""",
    """
INSERT INTO billing_settlemententry (invoice_id, kind, source, amount, at)
SELECT invoice_id, 'payment', 'payment:' || id, amount, booked_at FROM payments_payment
""",
    """
INSERT INTO audit_auditentry (at, actor_kind, actor_id, actor_name, request_id, action, record_kind, record_id,
    record_name, client_id, before, after, reason, staff_only)
SELECT issued_at, 'system', NULL, '', '', 'invoice.issued', 'invoice', id, number, client_id, '{}', '{}', '', false
FROM billing_invoice ORDER BY id
""",
    """
INSERT INTO audit_auditentry (at, actor_kind, actor_id, actor_name, request_id, action, record_kind, record_id,
    record_name, client_id, before, after, reason, staff_only)
SELECT now() - (id % 360) * interval '1 day', 'system', NULL, '', '', 'service.' || status, 'service', id, label,
    client_id, jsonb_build_object('status', CASE status WHEN 'active' THEN 'pending' ELSE 'active' END),
    jsonb_build_object('status', status), '', false
FROM hosting_service WHERE status <> 'pending'
""",
)


def fill_staff(url: str, say: Callable[[str], None]) -> None:
    """Fill the migrated database at ``url`` and gather its statistics."""
    from commerce.record_search_keys import fill_search_keys

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys hold by design
        connection.execute("SET synchronous_commit = on")  # as in ``data.fill_postgres``
        for table in data.tables(SIZE):
            say(f"staff area: {table[0]}")
            data.copy_table(connection, table)
        connection.execute(_CLIENTS)
        connection.execute(_NUMBERED)
        say("staff area: a million invoices")
        connection.execute(_INVOICES)
        for statement in (*_PARTS, *staff_rows.STATEMENTS):
            say(f"staff area: {statement.split()[2]}")
            connection.execute(statement)
        say("staff area: search keys")
        fill_search_keys()
        say("staff area: statistics")
        connection.execute("VACUUM ANALYZE")
