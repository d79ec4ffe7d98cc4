"""Records that are written once, and what may change of them: as the audit log says (S2, U9)."""

from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.proof.check import ProofCheck, finds_no_row
from commerce.proof.checks.said_values import SaidField, said_sql

_SAID = {
    "dispute": ("payments_dispute", "r.reference", "amount"),
    "unallocated_payment": ("payments_unallocatedpayment", "r.gateway", "amount currency reason"),
    "transfer_notice": ("payments_transfernotice", "'of invoice ' || r.invoice_id", "amount"),
    "order": ("orders_order", "'of client ' || r.client_id", "total currency"),
    "price_change": ("billing_pricechange", "'of client ' || r.client_id", "amount from_date"),
    "vat_check": ("billing_vatcheck", "r.number", "answer"),
    "promo_code": ("catalog_promocode", "r.code", "percent max_uses max_uses_per_client"),
    "client_group": ("accounts_clientgroup", "r.name", "discount"),
    "tax_rule": (
        "billing_taxrule",
        "r.country",
        "rate_milli category country state valid_from product_kind client_kind",
    ),
}
_ONLY = {"price_change": "WHERE r.service_id IS NOT NULL"}  # a name's follows its term


def _fields(names: str) -> list[SaidField]:
    return [SaidField(name, f"r.{name}" + "_code" * (name == "currency")) for name in names.split()]


SAID_SQL = "UNION ALL".join(
    f"\nSELECT id, '{noun}' AS noun, name, differences FROM ("
    f"{said_sql(noun, table, name, _fields(fields), _ONLY.get(noun, ''))}) {noun}_said\n"
    for noun, (table, name, fields) in _SAID.items()
)

# The entry has the name of the payment.
SAID_SQL += """UNION ALL
SELECT d.id, 'dispute', d.reference, ' of ' || p.gateway || ' ' || p.transaction_id || ', opened as ' || e.record_name
FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
JOIN audit_auditentry e ON e.record_kind = 'dispute' AND e.record_id = d.id AND e.action = 'dispute.opened'
WHERE e.record_name NOT IN (substr('dispute of ' || p.gateway || ' ' || p.transaction_id, 1, 254), '[erased]')
"""

# The one that was made the default last; removing it leaves none.
CARDS_SQL = """
WITH chosen AS (
  SELECT e.client_id, max(e.id) AS last FROM audit_auditentry e
  WHERE e.record_kind = 'saved_card'
    AND (e.action = 'saved_card.made_default'
         OR e.action = 'saved_card.created' AND '' || (e.after ->> 'default') IN ('1', 'true'))
  GROUP BY e.client_id
), told AS (
  SELECT e.record_id, max(e.id) AS id, max(e.client_id) AS client_id, max(e.after ->> 'consented_at') AS consented,
         count(CASE WHEN e.action = 'saved_card.removed' THEN 1 END) AS removed,
         count(CASE WHEN e.action = 'saved_card.stopped' THEN 1 END) AS stopped,
         count(CASE WHEN e.action = 'saved_card.created' THEN 1 END) AS created
  FROM audit_auditentry e WHERE e.record_kind = 'saved_card' GROUP BY e.record_id
)
SELECT s.id, s.client_id, s.gateway, s.is_default, s.consented_at, s.stopped_at, s.removed_at
FROM payments_savedcard s
LEFT JOIN told t ON t.record_id = s.id
LEFT JOIN chosen c ON c.client_id = s.client_id LEFT JOIN audit_auditentry d ON d.id = c.last
WHERE s.consent_text = '' OR t.client_id <> s.client_id
   OR replace(substr(t.consented, 1, 19), 'T', ' ') <> substr(CAST(s.consented_at AS text), 1, 19)
   OR t.created > 0 AND ((t.removed > 0) <> (s.removed_at IS NOT NULL) OR (t.stopped > 0) <> (s.stopped_at IS NOT NULL))
   OR t.created > 0 AND s.removed_at IS NULL AND s.is_default <> (d.record_id IS NOT NULL AND d.record_id = s.id)
"""

VALID_SQL = """
SELECT v.id, v.client_id, v.number, v.answer, v.day
FROM billing_vatcheck v
WHERE v.answer = 'valid' AND (v.by_staff AND v.evidence = ''
      OR NOT v.by_staff AND '' || (v.raw ->> 'valid') NOT IN ('1', 'true')
      OR NOT v.by_staff AND v.raw ->> 'valid' IS NULL)
   OR v.answer = 'invalid' AND '' || (v.raw ->> 'valid') IN ('1', 'true')
"""

_LIVE = ", ".join(f"'{status}'" for status in LIVE_DOMAIN_STATUSES)
SAME_NAME_SQL = f"""
SELECT max(d.id) AS id, d.registrar, d.remote_id, min(d.domain_name) AS one, max(d.domain_name) AS other
FROM domains_domain d WHERE d.remote_id <> '' AND d.status IN ({_LIVE})
GROUP BY d.registrar, d.remote_id HAVING count(*) > 1
"""  # noqa: S608 - states of our own

PRICES_SQL = """
WITH said AS (
  SELECT e.record_id, coalesce(e.after ->> 'currency', e.before ->> 'currency') AS currency,
         coalesce(e.after ->> 'billing_cycle', e.before ->> 'billing_cycle') AS cycle, max(e.id) AS last
  FROM audit_auditentry e
  WHERE e.record_kind = 'product' AND e.action IN ('price.set', 'price.removed') GROUP BY 1, 2, 3
)
SELECT r.id, r.name, s.currency, s.cycle,
       coalesce('' || p.price, 'none') AS price, coalesce('' || p.setup_fee, 'none') AS setup_fee,
       coalesce('' || (e.after ->> 'price'), 'none') AS said,
       coalesce('' || (e.after ->> 'setup_fee'), 'none') AS said_fee
FROM said s JOIN audit_auditentry e ON e.id = s.last JOIN catalog_product r ON r.id = s.record_id
LEFT JOIN catalog_price p ON p.product_id = s.record_id AND p.currency_code = s.currency AND p.billing_cycle = s.cycle
WHERE (p.id IS NOT NULL) <> (e.action = 'price.set')
   OR '' || p.price <> '' || (e.after ->> 'price') OR '' || p.setup_fee <> '' || (e.after ->> 'setup_fee')
UNION ALL
SELECT d.id, d.tld, s.currency, 'by the year', p.register || ', ' || p.transfer || ', ' || p.renew || ', ' || p.restore,
       'none', (e.after ->> 'register') || ', ' || (e.after ->> 'transfer') || ', ' || (e.after ->> 'renew') || ', '
       || (e.after ->> 'restore'), 'none'
FROM (
  SELECT e.record_id, e.after ->> 'currency' AS currency, max(e.id) AS last FROM audit_auditentry e
  WHERE e.record_kind = 'tld' AND e.action = 'tld.price_set' GROUP BY 1, 2
) s JOIN audit_auditentry e ON e.id = s.last JOIN domains_tld d ON d.id = s.record_id
JOIN domains_tldprice p ON p.tld_id = s.record_id AND p.currency_code = s.currency
WHERE '' || p.register <> '' || (e.after ->> 'register') OR '' || p.transfer <> '' || (e.after ->> 'transfer')
   OR '' || p.renew <> '' || (e.after ->> 'renew') OR '' || p.restore <> '' || (e.after ->> 'restore')
"""

CHECKS = (
    ProofCheck(
        "S2-values",
        "Disputes, unallocated payments, transfer notices, orders, price changes, VAT checks, and tax rates have the"
        " values that the audit log says last.",
        finds_no_row("record", "The {noun} {id} ({name}):{differences}", SAID_SQL),
    ),
    ProofCheck(
        "S2-cards",
        "Each saved payment method has its owner, consent, and state from the audit log, and the last one chosen is the"
        " default.",
        finds_no_row(
            "saved_card",
            "Saved payment method {id} ({gateway}) of client {client_id}: default {is_default}, consent of"
            " {consented_at}, stopped {stopped_at}, removed {removed_at}; the audit log says otherwise.",
            CARDS_SQL,
        ),
    ),
    ProofCheck(
        "S2-vat",
        "Each VAT number said to be valid was confirmed by the service or by staff.",
        finds_no_row(
            "vat_check",
            "VAT check {id} of {number} for client {client_id} on {day} says {answer}, but its evidence doesn't.",
            VALID_SQL,
        ),
    ),
    ProofCheck(
        "S2-prices",
        "Each product and TLD has the prices that the audit log says last.",
        finds_no_row(
            "price",
            "{name}, {cycle} in {currency}: {price}, setup fee {setup_fee}; last set to {said}, {said_fee}.",
            PRICES_SQL,
        ),
    ),
    ProofCheck(
        "U9-names",
        "No two domains have the same ID at a registrar.",
        finds_no_row(
            "domain",
            "{one} and {other} are both {remote_id} at {registrar}.",
            SAME_NAME_SQL,
        ),
    ),
)
