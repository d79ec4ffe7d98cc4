"""Orders agree with their invoices, and a cancelled one leaves nothing behind (M7, S4, U15, stock)."""

from commerce.proof.check import ProofCheck, finds_no_row

FIGURES_SQL = """
SELECT o.id, o.currency_code, o.subtotal - o.discount AS net, o.tax_amount, o.total,
       i.number, i.subtotal AS invoice_net, i.tax_amount AS invoice_tax, i.total AS invoice_total
FROM orders_order o JOIN billing_invoice i ON i.id = o.invoice_id
WHERE o.total <> i.total OR o.tax_amount <> i.tax_amount OR o.subtotal - o.discount <> i.subtotal
   OR o.currency_code <> i.currency_code OR o.client_id <> i.client_id
"""

LEFT_BEHIND_SQL = """
SELECT id, services, names, uses, stock, coalesce(invoice_status, 'none') AS invoice_status
FROM (
  SELECT o.id, i.status AS invoice_status,
    (SELECT count(*) FROM orders_orderitem t JOIN orders_orderunit u ON u.item_id = t.id
       JOIN hosting_service s ON s.id = u.service_id
     WHERE t.order_id = o.id AND s.status IN ('pending', 'active', 'suspended')) AS services,
    (SELECT count(*) FROM orders_orderitem t JOIN orders_orderunit u ON u.item_id = t.id
       JOIN domains_domain d ON d.id = u.domain_id
     WHERE t.order_id = o.id
       AND d.status IN ('pending', 'pending_transfer', 'active', 'expired', 'redemption')) AS names,
    (SELECT count(*) FROM orders_promouse p WHERE p.order_id = o.id) AS uses,
    (SELECT coalesce(sum(t.stock_taken), 0) FROM orders_orderitem t
     WHERE t.order_id = o.id AND o.activated_at IS NULL) AS stock
  FROM orders_order o LEFT JOIN billing_invoice i ON i.id = o.invoice_id
  WHERE o.status = 'cancelled'
) ended
WHERE services > 0 OR names > 0 OR uses > 0 OR stock > 0 OR invoice_status IN ('draft', 'unpaid', 'overdue')
"""

# As the prices were typed, with tax or without: what the lines of the invoice say is what the items come to.
ITEMS_SQL = """
SELECT o.id, o.currency_code, t.items, l.lines
FROM orders_order o
JOIN (
  SELECT order_id, sum(qty * (unit_amount + setup_fee) - group_discount - promo_discount) AS items
  FROM orders_orderitem GROUP BY order_id
) t ON t.order_id = o.id
JOIN (
  SELECT invoice_id, sum(quantity_milli * coalesce(typed_unit_amount, unit_amount)) / 1000 AS lines
  FROM billing_invoiceline GROUP BY invoice_id
) l ON l.invoice_id = o.invoice_id
WHERE t.items <> l.lines
"""

USES_KEPT_SQL = """
SELECT o.id, o.promo_code, o.status, count(u.id) AS uses
FROM orders_order o LEFT JOIN orders_promouse u ON u.order_id = o.id AND u.client_id = o.client_id
WHERE o.status <> 'cancelled'
GROUP BY o.id, o.promo_code, o.status
HAVING count(u.id) <> CASE WHEN o.promo_code = '' THEN 0 ELSE 1 END
"""

# Staff may lower a limit below what was used already; only a use after that breaks it.
PROMO_USES_SQL = """
WITH used AS (
  SELECT u.promo_id, u.client_id, o.created_at,
         count(*) OVER (PARTITION BY u.promo_id) AS in_all,
         count(*) OVER (PARTITION BY u.promo_id, u.client_id) AS by_client
  FROM orders_promouse u JOIN orders_order o ON o.id = u.order_id
)
SELECT p.id, p.code, p.max_uses, p.max_uses_per_client, max(u.in_all) AS in_all, max(u.by_client) AS by_client
FROM used u JOIN catalog_promocode p ON p.id = u.promo_id
WHERE (u.in_all > p.max_uses OR u.by_client > p.max_uses_per_client)
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'promo_code' AND e.record_id = p.id AND e.action <> 'promo_code.created'
      AND e.at >= u.created_at
  )
GROUP BY p.id, p.code, p.max_uses, p.max_uses_per_client
"""

STOCK_SQL = """
SELECT k.product_id AS id, p.name, k.left AS left_over
FROM catalog_stock k JOIN catalog_product p ON p.id = k.product_id WHERE k.left < 0
"""

CHECKS = (
    ProofCheck(
        "M7",
        "The amounts of each order match its invoice.",
        finds_no_row(
            "order",
            "Order {id}: net {net}, tax {tax_amount}, total {total}; its invoice {number}: net {invoice_net},"
            " tax {invoice_tax}, total {invoice_total} ({currency_code}).",
            FIGURES_SQL,
        ),
    ),
    ProofCheck(
        "M7-items",
        "The items of each order come to the line items of its invoice.",
        finds_no_row(
            "order",
            "Order {id}: its items come to {items}, the lines of its invoice to {lines} ({currency_code}).",
            ITEMS_SQL,
        ),
    ),
    ProofCheck(
        "S4",
        "A canceled order leaves no live services or domains, open invoice, promo code use, or reserved stock.",
        finds_no_row(
            "order",
            "Order {id} is canceled; live services {services}, live domains {names}, promo uses {uses}, units"
            " of stock {stock}, invoice {invoice_status}.",
            LEFT_BEHIND_SQL,
        ),
    ),
    ProofCheck(
        "U15",
        "No promo code was used more often than its limits allow.",
        finds_no_row(
            "promo_code",
            "{code}: {in_all} uses of {max_uses}, by one client {by_client} of {max_uses_per_client}.",
            PROMO_USES_SQL,
        ),
    ),
    ProofCheck(
        "U15-orders",
        "Each order with a promo code counts as one use of it until it is canceled.",
        finds_no_row(
            "order",
            "Order {id} ({status}), promo code '{promo_code}', counts as {uses} uses.",
            USES_KEPT_SQL,
        ),
    ),
    ProofCheck(
        "R13",
        "No product has negative stock.",
        finds_no_row("product", "{name}: {left_over} in stock.", STOCK_SQL),
    ),
)
