"""What ends operations of programs: triggers on the rows that carry them (decision 142), so that no end goes untold,
whoever brings it about. The end of the operation's own row is an event (``record_events.py``).

When each has ended is what version 2 says of it (``api/v2/resources/carriers.py``).
"""

from collections.abc import Iterator

from django.db.models import Model

from commerce.accounts.models import ApiOperation
from commerce.accounts.models.operations import OPEN, SUCCEEDED
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice, PlanChange
from commerce.db.triggers import Trigger, TriggerUpdate
from commerce.domains.models import DomainChange
from commerce.jobs.models import Job
from commerce.payments.models import Attempt, AttemptInvoice, CardSetup

_NAMES = {
    "operation": ApiOperation._meta.db_table,
    "attempt": Attempt._meta.db_table,
    "part": AttemptInvoice._meta.db_table,
    "invoice": Invoice._meta.db_table,
    "plan_change": PlanChange._meta.db_table,
    "owed": ", ".join(f"'{one}'" for one in OPEN_INVOICE_STATUSES),
    "asked": f"'{PlanChangeStatus.AWAITING_PAYMENT}'",
    "applied": f"'{PlanChangeStatus.APPLIED}'",
    "parts": "{part} p JOIN {invoice} o ON o.id = p.invoice_id WHERE p.attempt_id = a.id",
    "paid_at": "coalesce(i.paid_at, CASE c.status WHEN {applied} THEN c.ended_at END,"
    " (SELECT max(o.paid_at) FROM {parts}))",
}
_OUTCOME_OF_ATTEMPT = """
        SELECT CASE WHEN a.status = 'succeeded' THEN 'succeeded'
            WHEN a.status IN ('created', 'open') THEN 'open'
            WHEN a.needs_holder AND (i.status IN ({owed}) OR c.status = {asked}
                OR EXISTS (SELECT 1 FROM {parts} AND o.status IN ({owed}))) THEN 'open'
            WHEN {paid_at} IS NOT NULL AND (a.needs_holder OR (a.failure = '' AND {paid_at} <= a.ended_at))
                THEN 'succeeded'
            ELSE 'failed' END
        FROM {attempt} a
        LEFT JOIN {invoice} i ON i.id = a.invoice_id LEFT JOIN {plan_change} c ON c.id = a.plan_change_id
        WHERE a.id = {operation}.carrier_id"""
"""One that asks for its holder is open as long as what it pays is; one that was not needed any more succeeded."""


def _sql(text: str) -> str:
    while "{" in text:
        text = text.format(**_NAMES)
    return text


def operation_end_triggers() -> Iterator[Trigger]:
    """All that end operations."""
    for model, kind, succeeded, failed in (
        (DomainChange, "domain_change", "done", "'failed'"),
        (CardSetup, "card_setup", "succeeded", "'failed', 'expired'"),
        (Job, "job", "succeeded", "'dropped'"),
    ):
        outcome = f"CASE NEW.status WHEN '{succeeded}' THEN '{SUCCEEDED}' ELSE 'failed' END"
        ended = f"NEW.status <> OLD.status AND NEW.status IN ('{succeeded}', {failed})"
        yield _ending(model, ended, outcome, f"carrier_kind = '{kind}' AND carrier_id = NEW.id")
    ended = (
        "NEW.status NOT IN ('created', 'open')"
        " AND (NEW.status <> OLD.status OR NEW.needs_holder <> OLD.needs_holder)"
    )
    yield _of_attempts(Attempt, ended, "NEW.id")
    paid = "OLD.status IN ({owed}) AND NEW.status NOT IN ({owed})"
    alone = "SELECT id FROM {attempt} WHERE invoice_id = NEW.id"
    together = "SELECT attempt_id FROM {part} WHERE invoice_id = NEW.id"
    yield _of_attempts(Invoice, paid, f"{alone} UNION {together}")
    ended = "OLD.status = {asked} AND NEW.status <> {asked}"
    yield _of_attempts(PlanChange, ended, "SELECT id FROM {attempt} WHERE plan_change_id = NEW.id")


def _of_attempts(model: type[Model], when: str, which: str) -> TriggerUpdate:
    outcome = f"({_OUTCOME_OF_ATTEMPT})"
    operations = f"carrier_kind = 'attempt' AND carrier_id IN ({which}) AND {outcome} <> '{OPEN}'"
    return _ending(model, when, outcome, operations)


def _ending(model: type[Model], when: str, outcome: str, operations: str) -> TriggerUpdate:
    update = (
        f"UPDATE {{operation}} SET outcome = {outcome} WHERE {operations} AND outcome = '{OPEN}'"  # noqa: S608 - our names
    )
    return TriggerUpdate(model._meta.db_table, "UPDATE", _sql(when), _sql(update), "_operation")
