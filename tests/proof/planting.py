"""Rows changed behind the back of the actions, and what the proof then tells."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.db.triggers import allow_retention
from commerce.jobs.models import Job
from tests.make.company import PROOF_AT
from tests.make.people import AT
from tests.make.proof import told


def plant(sql: str) -> None:
    """Change rows behind the back of the actions, and of the guards."""
    with allow_retention(), connection.cursor() as cursor:
        for statement in sql.split("; "):
            cursor.execute(statement)
            assert cursor.rowcount > 0, f"nothing was planted: {statement}"


type Changes = Sequence[tuple[str, bool]]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def each(check: str, start: str, changes: Changes) -> None:
    """Whether the check tells anything after the start, and after each one change of it."""
    for change, wrong in changes:
        with undone():
            for sql in filter(None, (start, change)):
                plant(sql)
            assert bool(told(check, PROOF_AT)) == wrong, change or "as it starts"


def pk(sql: str) -> int:
    """The one id that a subquery finds; it stays the same when what it asks for changes."""
    return int(Invoice.objects.raw(f"SELECT {sql} AS id")[0].pk)


def entry(action: str, record: int, **more: object) -> str:
    """Starts with an entry of the audit log; gives the condition for it alone."""
    kind = action.partition(".")[0]
    values: dict[str, object] = {"at": PROOF_AT, "actor_kind": "staff", "record_kind": kind}
    made = AuditEntry.objects.create(**values | {"action": action, "record_id": record} | more)
    return f"id = {made.pk}"


def explained(check: str, start: str, action: str, record: int, **more: object) -> None:
    """An entry explains it: this one, and no other."""
    with undone():
        one = entry(action, record, **more)
        each(
            check,
            start,
            (
                ("", False),
                (
                    f"UPDATE audit_auditentry SET action = 'a.b', record_name = 'x' WHERE {one}",
                    True,
                ),
                (f"UPDATE audit_auditentry SET record_kind = 'x' WHERE {one}", True),
                (
                    f"UPDATE audit_auditentry SET record_id = -1, record_name = 'x' WHERE {one}",
                    True,
                ),
            ),
        )


def job(kind: str, record: int, action: str) -> str:
    made = Job.objects.create(
        subject_kind=kind, subject_id=record, action=action, idempotency_key="x", created_at=AT
    )
    return f"UPDATE jobs_job SET {{}} WHERE id = {made.pk}"


def awaited(check: str, start: str, kind: str, record: int, action: str, parked: bool) -> None:  # noqa: FBT001
    """A job that is on its way explains it: this one, and no other."""
    with undone():
        change = job(kind, record, action)
        each(
            check,
            start,
            (
                ("", False),
                (
                    change.format("status = 'running', lease_until = '2026-05-03', claim = 'x'"),
                    False,
                ),
                (change.format("status = 'waiting', next_try_at = '2026-05-03'"), False),
                (change.format("status = 'parked'"), not parked),
                (change.format("status = 'succeeded', ended_at = '2026-05-01'"), True),
                (change.format("subject_kind = 'x'"), True),
                (change.format("subject_id = -1"), True),
                *([(change.format("action = 'x'"), True)] if parked else []),
            ),
        )
