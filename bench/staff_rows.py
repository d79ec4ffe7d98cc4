"""What belongs to the clients and invoices of ``bench.staff_data``: a row's number says all of it, so that each run has
the same. One statement a table, in the order of their foreign keys.
"""

_GROUPS_AND_TAGS = (
    """
INSERT INTO accounts_clientgroup (id, name, colour, description, discount)
SELECT g, 'Group ' || g, '#336699', '', g * 100 FROM generate_series(1, 5) g
""",
    "UPDATE accounts_client SET group_id = 1 + id % 5 WHERE id % 20 = 0",
    """
INSERT INTO accounts_clienttag (id, name, colour) SELECT g, 'Tag ' || g, '#993366' FROM generate_series(1, 10) g
""",
    """
INSERT INTO accounts_taggedclient (client_id, tag_id) SELECT id, 1 + id % 10 FROM accounts_client WHERE id % 2 = 0
""",
    """
INSERT INTO accounts_clientnote (client_id, body, author_name, is_sticky, created_at, changed_at)
SELECT id, 'Called about invoice ' || id, 'grace@example.com', id % 50 = 0, created_at, created_at
FROM accounts_client WHERE id % 2 = 1
""",
)

_SALES = (
    """
INSERT INTO orders_order (client_id, currency_code, invoice_id, status, subtotal, discount, tax_amount, total,
    promo_code, idempotency_key, user_agent, notes, activated_at, created_at, changed_at)
SELECT client_id, currency_code, id, o.status, subtotal, 0, tax_amount, total, '', 'order-' || id, '', '',
    CASE o.status WHEN 'active' THEN issued_at END, issued_at, issued_at
FROM billing_invoice, LATERAL (SELECT CASE
    WHEN billing_invoice.status = 'cancelled' THEN 'cancelled' WHEN id % 4001 = 0 THEN 'fraud'
    WHEN billing_invoice.status IN ('unpaid', 'overdue') THEN 'pending' ELSE 'active' END AS status) o
WHERE kind = 'order' ORDER BY id
""",
    """
INSERT INTO orders_orderitem (order_id, position, action, product_id, product_name, billing_cycle, qty, unit_amount,
    setup_fee, options, domain, registrant, extra_fields)
SELECT id, 1, 'product', 1 + id % 60, 'Web Hosting', 'monthly', 1, subtotal, 0, '[]', '', '{}', '{}' FROM orders_order
""",
    """
INSERT INTO billing_planchange (client_id, service_id, product_id, billing_cycle, amount, parts, options, credit,
    charge, total, status, note, created_at, ended_at)
SELECT client_id, id, product_id, billing_cycle, amount, '{}', '[]', 0, amount, amount,
    CASE WHEN id % 500 = 0 THEN 'pending' ELSE 'applied' END, '', created_at,
    CASE WHEN id % 500 <> 0 THEN created_at END
FROM hosting_service WHERE status = 'active' AND id % 5 = 0 ORDER BY id
""",
    """
INSERT INTO billing_cancellationrequest (client_id, service_id, kind, reason, status, note, created_at, ended_at)
SELECT client_id, id, 'end_of_period', '', CASE WHEN id % 400 = 0 THEN 'pending' ELSE 'done' END, '', created_at,
    CASE WHEN id % 400 <> 0 THEN created_at END
FROM hosting_service WHERE id % 8 = 0 ORDER BY id
""",
    """
INSERT INTO domains_domain (client_id, currency_code, domain_name, tld, status, registrar, remote_id,
    registration_date, expiry_date, next_due_date, term_years, recurring_amount, auto_renew, whois_privacy, is_locked,
    ns1, ns2, ns3, ns4, notes, created_at, changed_at)
SELECT 1 + g::bigint * 7919 % 200000, CASE (1 + g::bigint * 7919 % 200000) % 3 WHEN 0 THEN 'EUR' ELSE 'USD' END,
    'name' || g || '.' || tld, tld, status, CASE g % 3 WHEN 0 THEN 'manual' ELSE 'opensrs' END, 'r-' || g,
    current_date - 1 - g % 1000, current_date + 1 + g % 365,
    CASE WHEN status IN ('active', 'expired') THEN current_date + g % 365 END, 1, 1200, true, true, true,
    'ns1.example.net', 'ns2.example.net', '', '', '', now() - g % 1000 * interval '1 day', now()
FROM (SELECT g, (ARRAY['com', 'net', 'org', 'de', 'co.uk'])[1 + g % 5] AS tld, CASE
    WHEN g % 50 = 0 THEN 'expired' WHEN g % 30 = 0 THEN 'transferred_away' ELSE 'active' END AS status
    FROM generate_series(1, 200000) g) n
""",
)

_MONEY = (
    """
INSERT INTO billing_creditnote (invoice_id, client_id, number, issue_date, currency_code, exponent, subtotal,
    tax_amount, total, seller, buyer, accounting_tax, reason, footer, issued_at)
SELECT id, client_id, 'CN-' || lpad(id::text, 7, '0'), issue_date + 5, currency_code, 2, subtotal, tax_amount, total,
    '{}', buyer, '{}', 'Asked for', '', issued_at + interval '5 days'
FROM billing_invoice WHERE status IN ('cancelled', 'refunded') OR status = 'paid' AND id % 13 = 0 ORDER BY id
""",
    """
INSERT INTO billing_creditnotetaxgroup (credit_note_id, category, rate_milli, net, tax, name, note)
SELECT id, 'S', 20000, subtotal, tax_amount, 'VAT', '' FROM billing_creditnote
""",
    """
INSERT INTO payments_refund (payment_id, client_id, invoice_id, gateway, amount, way, reference, idempotency_key,
    status, reason, recorded_by, created_at, ended_at)
SELECT id, client_id, invoice_id, gateway, amount, CASE id % 7 WHEN 0 THEN 'credit' ELSE 'gateway' END,
    're_' || md5(id::text), 'refund-' || id, CASE WHEN id % 1200 = 0 THEN 'failed' ELSE 'succeeded' END, 'Asked for',
    'grace@example.com', booked_at, booked_at
FROM payments_payment WHERE id % 12 = 0 ORDER BY id
""",
    """
INSERT INTO payments_dispute (payment_id, client_id, gateway, reference, amount, status, reason, due_by, recorded_by,
    opened_at, closed_at)
SELECT id, client_id, gateway, 'dp_' || md5(id::text), amount,
    CASE WHEN id > 900000 AND id % 900 = 0 THEN 'open' WHEN id % 3 = 0 THEN 'won' ELSE 'lost' END, 'fraudulent',
    received_on + 20, '', booked_at, CASE WHEN id <= 900000 OR id % 900 <> 0 THEN booked_at END
FROM payments_payment WHERE id % 90 = 0 ORDER BY id
""",
    """
INSERT INTO payments_unallocatedpayment (gateway, transaction_id, amount, currency_code, received_on, reason,
    reference, raw, note, status, recorded_by, created_at, ended_at)
SELECT 'manual', 'bank-' || g, 1000 + g % 5000, 'USD', current_date - g % 1000, 'reference', 'INV ' || g, '{}', '',
    CASE WHEN g % 500 = 0 THEN 'open' ELSE 'returned' END, '', now() - g % 1000 * interval '1 day',
    CASE WHEN g % 500 <> 0 THEN now() END
FROM generate_series(1, 50000) g
""",
    """
INSERT INTO payments_transfernotice (client_id, invoice_id, amount, status, submitted_at, note, decided_at)
SELECT client_id, id, total, CASE WHEN status = 'unpaid' THEN 'open' ELSE 'confirmed' END, issued_at, '',
    CASE WHEN status <> 'unpaid' THEN issued_at END
FROM billing_invoice WHERE id % 10 = 0 ORDER BY id
""",
    """
INSERT INTO billing_creditaccount (client_id, currency_code, balance)
SELECT id, currency_code, CASE WHEN id % 3 = 0 THEN id % 900 ELSE 0 END FROM accounts_client WHERE id % 2 = 0
""",
    """
INSERT INTO billing_creditentry (account_id, reason, source, amount, balance, note, at)
SELECT id, CASE g WHEN 1 THEN 'staff_add' WHEN 2 THEN 'applied' WHEN 3 THEN 'overpayment' ELSE 'applied' END,
    'bench:' || id || ':' || g, CASE WHEN g % 2 = 0 THEN -500 ELSE 500 END, CASE WHEN g % 2 = 0 THEN 0 ELSE 500 END, '',
    now() - (id % 300 * 4 - g) * interval '1 day'
FROM billing_creditaccount, generate_series(1, 4) g ORDER BY g, id
""",
    """
INSERT INTO payments_gatewayevent (gateway, event_id, kind, headers, body, status, tries, error, received_at, ended_at)
SELECT gateway, 'evt_' || md5(id::text), 'payment.succeeded', '{}', repeat('x', 600)::bytea,
    CASE WHEN id % 50000 = 0 THEN 'parked' ELSE 'processed' END, 1, '', booked_at, booked_at
FROM payments_payment WHERE gateway <> 'manual' ORDER BY id
""",
)

_SYSTEM = (
    """
INSERT INTO mail_outgoingmail (event, idempotency_key, recipient, recipient_name, locale, time_zone, client_id,
    about_kind, about_id, values, attachments, subject, text, html, status, outcome, is_permanent_failure, tries,
    created_at, tried_at, sent_at)
SELECT 'invoice.created', 'invoice:' || id, 'client' || client_id || '@example.com', 'Client', 'en', 'UTC', client_id,
    'invoice', id, '{}', '[]', 'Invoice ' || number, repeat('Hello ', 100), repeat('<p>Hello</p>', 100),
    CASE WHEN id % 5000 = 0 THEN 'failed' ELSE 'sent' END, '', false, 1, issued_at, issued_at,
    CASE WHEN id % 5000 <> 0 THEN issued_at END
FROM billing_invoice ORDER BY id
""",
    """
INSERT INTO jobs_job (subject_kind, subject_id, action, idempotency_key, args, status, one_at_a_time, tries,
    lost_runs, claim, error, created_at, ended_at)
SELECT 'service', id, 'hosting.create_account', 'first', '{}',
    CASE WHEN id % 40000 = 0 THEN 'parked' ELSE 'succeeded' END, true, 1, 0, '', '', created_at,
    CASE WHEN id % 40000 <> 0 THEN created_at END
FROM hosting_service ORDER BY id
""",
    """
INSERT INTO runs_dailyrun (date, started_at, ended_at, "by", "only")
SELECT day, day + interval '1 hour', day + interval '2 hours', 'system', ''
FROM generate_series(current_date - 1000, current_date - 1, interval '1 day') day
""",
    """
INSERT INTO audit_auditentry (at, actor_kind, actor_id, actor_name, address, request_id, action, record_kind,
    record_id, record_name, client_id, before, after, reason, staff_only)
SELECT now() - (200000 - id) * interval '7 minutes', 'staff', 1 + id % 5, 'staff' || id % 5 || '@example.com',
    '203.0.113.7', '', 'client.changed', 'client', id, '', id, '{"city": "Paris"}', '{"city": "London"}', '', true
FROM accounts_client ORDER BY id
""",
)

STATEMENTS = (*_GROUPS_AND_TAGS, *_SALES, *_MONEY, *_SYSTEM)
