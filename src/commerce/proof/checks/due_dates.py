"""Services and domains are due on the right day, and billed when they are due (S5, S6, S9, S10)."""

from datetime import datetime, timedelta
from typing import Any

from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.proof.check import ProofCheck, ProofTime, finds_no_row
from commerce.proof.checks.billed_periods import last_day
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.rules import RunStepStatus
from commerce.site_settings import current

_CYCLE = " ".join(f"WHEN '{cycle}' THEN {months}" for cycle, months in MONTHS_PER_CYCLE.items())
# How many months after its anchor a service is due, and how many its cycle has.
_COUNTED = f"""
WITH dated AS (
  SELECT s.id, s.label, s.status, s.billing_cycle, s.anchor_date, s.next_due_date,
         extract(YEAR FROM s.anchor_date) AS anchor_year, extract(MONTH FROM s.anchor_date) AS anchor_month,
         extract(DAY FROM s.anchor_date) AS anchor_day,
         extract(YEAR FROM s.next_due_date) AS due_year, extract(MONTH FROM s.next_due_date) AS due_month,
         extract(DAY FROM s.next_due_date) AS due_day
  FROM hosting_service s
  WHERE s.status IN ('active', 'suspended') AND s.billing_cycle <> 'one_time'
), counted AS (
  SELECT d.*, (due_year - anchor_year) * 12 + due_month - anchor_month AS months,
         CASE billing_cycle {_CYCLE} END AS cycle_months
  FROM dated d
)"""  # noqa: S608 - the cycles of our own table

ON_GRID_SQL = f""", in_month AS (
  SELECT c.*, {last_day("due_year", "due_month")} AS last_day FROM counted c
)
SELECT id, label, status, billing_cycle, anchor_date, next_due_date FROM in_month
WHERE anchor_date IS NULL OR next_due_date IS NULL OR months < 0 OR months %% cycle_months <> 0
   OR due_day <> CASE WHEN anchor_day > last_day THEN last_day ELSE anchor_day END
"""  # noqa: S608 - arithmetic of our own

# The period before the next due date was paid or waived, or is the first of its anchor; no later one was.
PAID_UP_TO_SQL = """, done AS (
  SELECT service_id, max(period_start) AS last_start, max(period_end) AS last_end FROM billing_billedperiod
  WHERE status IN ('paid', 'waived') AND service_id IS NOT NULL GROUP BY service_id
)
SELECT c.id, c.label, c.anchor_date, c.next_due_date, d.last_start, d.last_end
FROM counted c LEFT JOIN done d ON d.service_id = c.id
WHERE d.last_start >= c.next_due_date
   OR c.months NOT IN (0, c.cycle_months) AND (d.last_end IS NULL OR d.last_end <> c.next_due_date)
"""

NAMES_DUE_SQL = """
SELECT d.id, d.domain_name, d.status, d.expiry_date, d.next_due_date
FROM domains_domain d
WHERE d.status IN ('active', 'expired', 'redemption')
  AND (d.next_due_date IS NULL OR d.expiry_date IS NULL OR d.next_due_date <> d.expiry_date)
"""

UNBILLED_SQL = """
SELECT s.id, s.label, s.client_id, s.next_due_date, s.amount, s.currency_code
FROM hosting_service s JOIN accounts_client k ON k.id = s.client_id
WHERE s.status IN ('active', 'suspended') AND s.amount > 0 AND s.billing_cycle <> 'one_time'
  AND s.next_due_date <= %(until)s AND (s.cancel_at IS NULL OR s.cancel_at > s.next_due_date)
  AND k.status <> 'closed' AND s.changed_at < %(run_day)s
  AND NOT EXISTS (
    SELECT 1 FROM billing_billedperiod c
    WHERE c.service_id = s.id AND (c.status = 'open' OR c.ended_at >= %(run_day)s)
  )
  AND NOT EXISTS (
    SELECT 1 FROM jobs_job j WHERE j.subject_kind = 'service' AND j.subject_id = s.id
      AND j.action = 'service.terminate' AND j.status IN ('queued', 'running', 'waiting', 'parked')
  )
  AND NOT EXISTS (
    SELECT 1 FROM payments_attempt t JOIN billing_planchange p ON p.id = t.plan_change_id
    WHERE p.service_id = s.id AND t.created_at >= %(waited)s AND (t.kind = 'off_session' OR t.expires_at IS NOT NULL)
  )
  AND s.client_id NOT IN %(failed)s
"""

# Of a service in any zone: midnight in UTC after its end is not before its business date. A name's end is its last
# change, and the run gives up its renewals.
STILL_BILLED_SQL = """
SELECT c.id, c.period_start, s.label AS name, s.status
FROM billing_billedperiod c JOIN hosting_service s ON s.id = c.service_id
WHERE c.status = 'open' AND s.status = 'cancelled' AND c.period_start > s.cancelled_at
UNION ALL
SELECT c.id, c.period_start, d.domain_name, d.status
FROM billing_billedperiod c JOIN domains_domain d ON d.id = c.domain_id
WHERE c.status = 'open' AND d.status IN ('cancelled', 'transferred_away') AND d.changed_at < %(run_day)s
"""

AT_THE_OLD_PRICE_SQL = """
SELECT p.id, p.amount, p.old_amount, p.from_date, c.period_start
FROM billing_pricechange p
JOIN billing_billedperiod c ON c.service_id = p.service_id OR c.domain_id = p.domain_id
WHERE p.status = 'planned' AND c.period_start >= p.from_date AND c.status <> 'released'
"""

ENDED_SQL = """
SELECT id, what, name, status FROM (
  SELECT id, 'Service' AS what, label AS name, status FROM hosting_service
  WHERE status = 'cancelled' AND (cancelled_at IS NULL OR next_due_date IS NOT NULL)
     OR status = 'terminated' AND (terminated_at IS NULL OR next_due_date IS NOT NULL)
  UNION ALL
  SELECT id, 'Domain', domain_name, status FROM domains_domain
  WHERE status IN ('cancelled', 'transferred_away', 'fraud') AND next_due_date IS NOT NULL
) ended
"""


def _run_day(asked: ProofTime) -> dict[str, Any]:
    """The instant at which the business date began: what has changed since is left to the next run."""
    return {"run_day": datetime.combine(asked.today, datetime.min.time(), current.business_zone())}


def _last_renewal(asked: ProofTime) -> dict[str, Any] | None:
    """Up to which day the last run billed, since when an attempt for a plan change may have held a renewal back, and
    which clients it could not bill.

    What changed since that day began is left to the next run. None: no run has billed yet, or not to its end.
    """
    step = DailyRunStep.objects.filter(name="renew", run__date__lte=asked.today).order_by("-pk")
    last = step.exclude(status=RunStepStatus.RUNNING).select_related("run").first()
    if last is None:
        return None
    failed = [error["id"] for error in last.errors]
    if None in failed or (last.status == RunStepStatus.FAILED and not failed):
        return None
    run: DailyRun = last.run
    run_day = datetime.combine(run.date, datetime.min.time(), current.business_zone())
    return {
        "until": run.date + timedelta(days=current.get_setting("billing.invoice_advance_days")),
        "run_day": run_day,
        "waited": run_day - timedelta(minutes=current.get_setting("payments.session_minutes")),
        "failed": failed,
    }


CHECKS = (
    ProofCheck(
        "S5",
        "Each running service with a billing cycle is due at the start of a period counted from its anchor date.",
        finds_no_row(
            "service",
            "Service {id} ({label}), {billing_cycle} from {anchor_date}, is due on {next_due_date}.",
            _COUNTED + ON_GRID_SQL,
        ),
    ),
    ProofCheck(
        "S5-names",
        "Each registered domain is due on its expiry date.",
        finds_no_row(
            "domain",
            "{domain_name} is {status}, expires on {expiry_date} and is due on {next_due_date}.",
            NAMES_DUE_SQL,
        ),
    ),
    ProofCheck(
        "S6",
        "Each due service was billed by the last daily run, is ending, or is among the errors of that run.",
        finds_no_row(
            "service",
            "Service {id} ({label}) of client {client_id} is due on {next_due_date} but wasn't billed"
            " ({amount} {currency_code}).",
            UNBILLED_SQL,
            _last_renewal,
        ),
    ),
    ProofCheck(
        "S7",
        "No billed period is still open for a canceled service or for the renewal of an ended domain.",
        finds_no_row(
            "billed_period",
            "Billed period {id} from {period_start} is open, and {name} is {status}.",
            STILL_BILLED_SQL,
            _run_day,
        ),
    ),
    ProofCheck(
        "S6-prices",
        "No period is billed at the old price once an announced price applies.",
        finds_no_row(
            "price_change",
            "Price change {id}, {old_amount} to {amount} from {from_date}, wasn't applied to the period"
            " from {period_start}.",
            AT_THE_OLD_PRICE_SQL,
        ),
    ),
    ProofCheck(
        "S9",
        "Each ended service has an end date, and no ended service or domain has a due date.",
        finds_no_row(
            "service",
            "{what} {id} ({name}) is {status}, but has no end date or still has a due date.",
            ENDED_SQL,
        ),
    ),
    ProofCheck(
        "S10",
        "Each running service is due at the end of its last paid or waived period, or of its first period.",
        finds_no_row(
            "service",
            "Service {id} ({label}), from {anchor_date}, is due on {next_due_date}; its last completed period"
            " ends on {last_end}.",
            _COUNTED + PAID_UP_TO_SQL,
        ),
    ),
)
