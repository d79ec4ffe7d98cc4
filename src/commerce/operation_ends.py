"""What ends operations of programs: triggers on the rows that carry them (decision 142), so that no end goes untold,
whoever brings it about. The end of the operation's own row is an event (``record_events.py``).

When each has ended is what version 2 says of it (``api/v2/resources/carriers.py``).
"""

from collections.abc import Iterable, Iterator

from django.db.models import Model

from commerce.accounts.models import ApiOperation, Client
from commerce.accounts.models.operations import OPEN, SUCCEEDED
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice, PlanChange
from commerce.db.transaction_stamps import TRANSACTION_STAMP
from commerce.db.triggers import Trigger, TriggerUpdate
from commerce.domains.models import Domain, DomainChange
from commerce.domains.rules import REGISTERED_DOMAIN_STATUSES, DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.jobs.models import Job
from commerce.orders.models import OrderItem, OrderUnit
from commerce.payments.models import Attempt, AttemptInvoice, CardSetup

_CAME_DOMAIN = (*REGISTERED_DOMAIN_STATUSES, DomainStatus.TRANSFERRED_AWAY)
_CAME_SERVICE = (*RUNNING_SERVICE_STATUSES, ServiceStatus.TERMINATED)


def _listed(states: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in states)


_NAMES = {
    "operation": ApiOperation._meta.db_table,
    "attempt": Attempt._meta.db_table,
    "part": AttemptInvoice._meta.db_table,
    "invoice": Invoice._meta.db_table,
    "plan_change": PlanChange._meta.db_table,
    "unit": OrderUnit._meta.db_table,
    "item": OrderItem._meta.db_table,
    "service": Service._meta.db_table,
    "domain": Domain._meta.db_table,
    "owed": _listed(OPEN_INVOICE_STATUSES),
    "came": f"s.status IN ({_listed(_CAME_SERVICE)}) OR s.registration_date IS NOT NULL"
    f" OR d.status IN ({_listed(_CAME_DOMAIN)}) OR d.registration_date IS NOT NULL",
    "given_up": f"s.status = '{ServiceStatus.CANCELLED}' OR d.status = '{DomainStatus.CANCELLED}'",
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

_OUTCOME_OF_ORDER = """
        SELECT CASE WHEN sum(w.is_open) > 0 THEN 'open' WHEN sum(w.is_lost) = 0 THEN 'succeeded'
            WHEN sum(w.is_lost) = count(*) THEN 'failed' ELSE 'partly' END
        FROM (SELECT CASE WHEN {came} OR {given_up} THEN 0 ELSE 1 END AS is_open,
                CASE WHEN {came} THEN 0 WHEN {given_up} THEN 1 ELSE 0 END AS is_lost
            FROM {unit} u JOIN {item} t ON t.id = u.item_id
            LEFT JOIN {service} s ON s.id = u.service_id LEFT JOIN {domain} d ON d.id = u.domain_id
            WHERE t.order_id = {operation}.carrier_id) w"""
"""By what came of each service and domain: what came once has come, whatever becomes of it later."""
_ENDED_AT = f"""coalesce((SELECT c.event_at FROM {Client._meta.db_table} c
            WHERE c.id = client_id AND c.event_stamp = {TRANSACTION_STAMP}), CURRENT_TIMESTAMP)"""  # noqa: S608 - our names


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
    for unit, name in ((Service, "service"), (Domain, "domain")):
        units = "{item} t JOIN {unit} u ON u.item_id = t.id WHERE " + f"u.{name}_id = NEW.id"
        order = f"carrier_id IN (SELECT t.order_id FROM {units})"  # noqa: S608 - our names
        yield _of_orders(unit, "UPDATE", "NEW.status <> OLD.status", order)
    yield _of_orders(ApiOperation, "INSERT", "NEW.carrier_kind = 'order'", "id = NEW.id")


def _of_orders(model: type[Model], event: str, when: str, which: str) -> TriggerUpdate:
    """Also when an operation begins: what is set up at once came before it."""
    outcome = f"({_OUTCOME_OF_ORDER})"
    operations = f"carrier_kind = 'order' AND {which} AND {outcome} <> '{OPEN}'"
    return _ending(model, when, outcome, operations, event)


def _of_attempts(model: type[Model], when: str, which: str) -> TriggerUpdate:
    outcome = f"({_OUTCOME_OF_ATTEMPT})"
    operations = f"carrier_kind = 'attempt' AND carrier_id IN ({which}) AND {outcome} <> '{OPEN}'"
    return _ending(model, when, outcome, operations)


def _ending(
    model: type[Model], when: str, outcome: str, operations: str, event: str = "UPDATE"
) -> TriggerUpdate:
    ended = _sql(f"outcome = {outcome} WHERE {operations} AND outcome = '{OPEN}'")
    update = f"UPDATE {_NAMES['operation']} SET ended_at = {_ENDED_AT}, {ended}"  # noqa: S608 - our names
    return TriggerUpdate(model._meta.db_table, event, _sql(when), update, "_operation")
