"""Billed periods: each has its lines, its whole length, and the state of its invoice (U5, U18, billing.md 7, 8)."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.billing.models import BilledPeriod
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.presentation.formats import lazy_day
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import Text
from commerce.proof.check import ProofCheck, finds_no_row

LINES_SQL = """
SELECT c.id, c.net, c.tax, i.number, coalesce(sum(l.amount), 0) AS lines_net,
       coalesce(sum(l.tax_amount), 0) AS lines_tax,
       sum(CASE WHEN l.kind = 'renewal' THEN 1 ELSE 0 END) AS renewals
FROM billing_billedperiod c
JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_invoiceline l ON l.billed_period_id = c.id AND l.invoice_id = c.invoice_id
GROUP BY c.id, c.net, c.tax, i.number
HAVING c.net <> coalesce(sum(l.amount), 0) OR c.tax <> coalesce(sum(l.tax_amount), 0)
    OR sum(CASE WHEN l.kind = 'renewal' THEN 1 ELSE 0 END) <> 1
"""

LINES_WITHOUT_PERIOD_SQL = """
SELECT l.id, l.invoice_id, l.position, i.number
FROM billing_invoiceline l
JOIN billing_invoice i ON i.id = l.invoice_id
LEFT JOIN billing_billedperiod c ON c.id = l.billed_period_id
WHERE l.kind = 'renewal' AND i.issued_at IS NOT NULL AND c.id IS NULL
   OR c.id IS NOT NULL AND (c.invoice_id IS NULL OR c.invoice_id <> l.invoice_id)
"""

WITHOUT_SUBJECT_SQL = """
SELECT c.id, i.number, c.period_start, c.period_end,
       CASE WHEN c.domain_id IS NULL THEN 'service ' || c.service_id ELSE 'domain ' || c.domain_id END AS bills
FROM billing_billedperiod c JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_invoicesubject s ON s.invoice_id = c.invoice_id AND s.service_id = c.service_id
LEFT JOIN billing_invoicesubject d ON d.invoice_id = c.invoice_id AND d.domain_id = c.domain_id
WHERE s.id IS NULL AND d.id IS NULL
"""

# A reversal opens an invoice again whose periods stay paid.
STATES_SQL = """
SELECT c.id, c.status, c.period_start, c.period_end, i.number, i.status AS invoice_status
FROM billing_billedperiod c JOIN billing_invoice i ON i.id = c.invoice_id
WHERE c.status = 'open' AND i.status NOT IN ('unpaid', 'overdue')
   OR c.status = 'paid' AND i.status NOT IN ('paid', 'refunded') AND NOT EXISTS (
     SELECT 1 FROM billing_settlemententry s WHERE s.invoice_id = i.id AND s.kind = 'reversal'
   )
"""

# What is given up before it was paid is taken back by credit notes, or the client owes for what nobody bills them. A
# change of plan gives back what was paid; a reversal opens such an invoice again.
GIVEN_UP_SQL = """
SELECT i.id, i.number, i.status, i.currency_code, sum(c.net + c.tax) AS billed,
       (SELECT coalesce(sum(n.total), 0) FROM billing_creditnote n WHERE n.invoice_id = i.id) AS credited
FROM billing_billedperiod c JOIN billing_invoice i ON i.id = c.invoice_id
WHERE c.status = 'released' AND i.status IN ('unpaid', 'overdue') AND NOT EXISTS (
  SELECT 1 FROM billing_settlemententry s WHERE s.invoice_id = i.id AND s.kind = 'reversal'
)
GROUP BY i.id, i.number, i.status, i.currency_code
HAVING sum(c.net + c.tax) > (SELECT coalesce(sum(n.total), 0) FROM billing_creditnote n WHERE n.invoice_id = i.id)
"""

_MONTHS = f"""CASE s.billing_cycle {" ".join(f"WHEN '{name}' THEN {n}" for name, n in MONTHS_PER_CYCLE.items())} END"""
_ANY_CYCLE = ", ".join(str(months) for months in MONTHS_PER_CYCLE.values())


def last_day(year: str, month: str) -> str:
    """The last day of a month, from the columns of its year and its month."""
    return f"""CASE WHEN {month} IN (4, 6, 9, 11) THEN 30 WHEN {month} <> 2 THEN 31
               WHEN {year} %% 4 = 0 AND ({year} %% 100 <> 0 OR {year} %% 400 = 0) THEN 29 ELSE 28 END"""


# Whole months, of the cycle that the service has, or another one if that was ever changed; whole years of a name. A day
# differs from that of the start only where one of both months has no such day.
_WRONG_LENGTH = f"""
WITH dated AS (
  SELECT c.id, c.service_id, c.domain_id, c.period_start, c.period_end,
         extract(YEAR FROM c.period_start) AS y1, extract(MONTH FROM c.period_start) AS m1,
         extract(DAY FROM c.period_start) AS d1,
         extract(YEAR FROM c.period_end) AS y2, extract(MONTH FROM c.period_end) AS m2,
         extract(DAY FROM c.period_end) AS d2
  FROM billing_billedperiod c WHERE c.status <> 'released'
), counted AS (
  SELECT d.*, (y2 - y1) * 12 + m2 - m1 AS months, {last_day("y1", "m1")} AS last1, {last_day("y2", "m2")} AS last2
  FROM dated d
)
SELECT c.id, c.period_start, c.period_end, coalesce(s.label, d.domain_name) AS name,
       coalesce(s.billing_cycle, 'by the year') AS billing_cycle
FROM counted c
LEFT JOIN hosting_service s ON s.id = c.service_id LEFT JOIN domains_domain d ON d.id = c.domain_id
WHERE NOT (d1 = d2 OR d1 = last1 AND d2 > d1 OR d2 = last2 AND d1 > d2)
   OR c.domain_id IS NOT NULL AND (months <= 0 OR months %% 12 <> 0)
   OR c.service_id IS NOT NULL AND months <> coalesce({_MONTHS}, 0) AND (months NOT IN ({_ANY_CYCLE}) OR NOT EXISTS (
        SELECT 1 FROM audit_auditentry e
        WHERE e.record_kind = 'service' AND e.record_id = s.id
          AND e.action IN ('service.plan_changed', 'service.edited')
          AND coalesce(e.before ->> 'billing_cycle', '') <> coalesce(e.after ->> 'billing_cycle', '')
      ) AND s.created_at >= (SELECT min(at) FROM audit_auditentry))
"""  # noqa: S608 - the cycles of our own table

# One day is billed once. A change of cycle begins a new period within one that was paid, and gives the rest back. The
# next one of a name starts when it expires, which is the registrar's word, and may be earlier than what was billed.
_OVERLAP = f"""
WITH spans AS (
  SELECT c.id, c.service_id, c.domain_id, c.status, c.period_start, c.period_end, c.created_at,
         lag(c.period_end) OVER own AS end_before, lag(c.id) OVER own AS before_it,
         lag(c.created_at) OVER own AS made_before
  FROM billing_billedperiod c WHERE c.status <> 'released'
  WINDOW own AS (PARTITION BY c.service_id, c.domain_id ORDER BY c.period_start, c.id)
), changed AS (
  SELECT p.service_id, p.ended_at FROM billing_planchange p WHERE p.status = 'applied'
)
SELECT c.id, c.status, c.period_start, c.period_end, 'billed period ' || c.before_it AS other, c.end_before AS until
FROM spans c
WHERE c.end_before > c.period_start
  AND NOT EXISTS (
    SELECT 1 FROM changed p
    WHERE p.service_id = c.service_id AND p.ended_at >= c.made_before AND p.ended_at <= c.created_at
  )
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'domain' AND e.record_id = c.domain_id
      AND e.action IN ('domain.renewed', 'domain.expiry_set')
      AND e.after ->> 'expiry_date' = CAST(c.period_start AS text)
      AND e.at >= c.made_before AND e.at <= c.created_at
  )
UNION ALL
SELECT c.id, c.status, c.period_start, c.period_end, 'its order', s.registration_date
FROM billing_billedperiod c
JOIN hosting_service s ON s.id = c.service_id
JOIN orders_orderunit u ON u.service_id = s.id JOIN orders_orderitem t ON t.id = u.item_id
JOIN orders_order o ON o.id = t.order_id JOIN billing_invoice i ON i.id = o.invoice_id
WHERE c.status <> 'released' AND i.status NOT IN ('cancelled', 'refunded')
  AND (extract(YEAR FROM c.period_start) - extract(YEAR FROM s.registration_date)) * 12
      + extract(MONTH FROM c.period_start) - extract(MONTH FROM s.registration_date)
      < {_MONTHS.replace("s.billing_cycle", "t.billing_cycle")}
  AND NOT EXISTS (SELECT 1 FROM changed p WHERE p.service_id = s.id AND p.ended_at <= c.created_at)
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e WHERE e.record_kind = 'service' AND e.record_id = s.id
      AND e.action IN ('service.edited', 'service.overridden')
  )
"""  # noqa: S608 - the cycles of our own table

# domains.md 4: paid a day ago, or about to expire, and the registrar has not renewed it. A name that
# has ended is among them until something of what was paid is given back, or staff say that it was renewed before.
UNRENEWED_SQL = """
SELECT c.id, d.domain_name, d.expiry_date, c.period_start, c.period_end
FROM billing_billedperiod c JOIN domains_domain d ON d.id = c.domain_id
WHERE (c.status IN ('paid', 'waived') AND d.status IN ('active', 'expired', 'redemption')
    OR c.status = 'paid' AND d.status IN ('cancelled', 'transferred_away')
      AND NOT EXISTS (SELECT 1 FROM billing_creditnote n WHERE n.invoice_id = c.invoice_id)
      AND NOT EXISTS (
        SELECT 1 FROM jobs_job j WHERE j.subject_kind = 'domain' AND j.subject_id = d.id AND j.action = 'domain.renew'
          AND j.status = 'succeeded' AND j.idempotency_key = 'billed period ' || c.id
      ))
  AND d.expiry_date <= c.period_start
  AND (c.ended_at < %(yesterday)s OR d.expiry_date <= %(soon)s)
"""


def _renewal_words(periods: Sequence[int]) -> list[Text]:
    """A line for each renewal that was paid and not carried out."""
    text = _("{domain} expires on {expiry}; renewal to {until} is paid")
    return [
        format_lazy(
            text,
            domain=readable_name(row.domain.domain_name),
            expiry=lazy_day(row.domain.expiry_date),
            until=lazy_day(row.period_end),
        )
        for row in BilledPeriod.objects.filter(pk__in=periods)
        .select_related("domain")
        .order_by("pk")
        if row.domain is not None and row.domain.expiry_date is not None
    ]


CHECKS = (
    ProofCheck(
        "U18",
        "Each billed period has exactly one renewal line item, and its net and tax match its line items.",
        finds_no_row(
            "billed_period",
            "Billed period {id} on invoice {number}: net {net}, tax {tax}; {renewals} renewal lines,"
            " its lines sum to {lines_net} and {lines_tax}.",
            LINES_SQL,
        ),
    ),
    ProofCheck(
        "U18-lines",
        "Each renewal line item of an issued invoice belongs to a billed period of that invoice.",
        finds_no_row(
            "invoice_line",
            "Line {position} of invoice {number} has no matching billed period.",
            LINES_WITHOUT_PERIOD_SQL,
        ),
    ),
    ProofCheck(
        "U18-subjects",
        "Each billed period is for a service or domain that its invoice is for.",
        finds_no_row(
            "billed_period",
            "Billed period {id}, {period_start} to {period_end}, is for {bills}, which invoice {number} isn't for.",
            WITHOUT_SUBJECT_SQL,
        ),
    ),
    ProofCheck(
        "U18-states",
        "The invoice of an open period is open; that of a paid period is paid, or was credited or reversed later.",
        finds_no_row(
            "billed_period",
            "Billed period {id}, {period_start} to {period_end}, is {status}; its invoice {number} is"
            " {invoice_status}.",
            STATES_SQL,
        ),
    ),
    ProofCheck(
        "U18-released",
        "Credit notes cover everything that was billed for released periods.",
        finds_no_row(
            "invoice",
            "Invoice {number} is {status}: {billed} for periods that were released, {credited} credited"
            " ({currency_code}).",
            GIVEN_UP_SQL,
        ),
    ),
    ProofCheck(
        "U5-length",
        "Each billed period covers exactly one billing cycle, or whole years for a domain.",
        finds_no_row(
            "billed_period",
            "Billed period {id} of {name} ({billing_cycle}) is for {period_start} to {period_end}.",
            _WRONG_LENGTH,
        ),
    ),
    ProofCheck(
        "U5-once",
        "No day of a service or domain is billed twice.",
        finds_no_row(
            "billed_period",
            "Billed period {id}, {period_start} to {period_end}, is {status} and overlaps {other},"
            " which bills until {until}.",
            _OVERLAP,
        ),
    ),
    ProofCheck(
        "S10-renewals",
        "Paid domain renewals are completed within a day, and at least a week before the domain expires.",
        finds_no_row(
            "billed_period",
            "{domain_name} expires on {expiry_date}; its renewal to {period_end} is paid but not completed.",
            UNRENEWED_SQL,
            lambda asked: {
                "yesterday": asked.at - timedelta(days=1),
                "soon": asked.today + timedelta(days=7),
            },
        ),
        is_notice=True,
        reminder="renewals_waiting",
        words=_renewal_words,
    ),
)
