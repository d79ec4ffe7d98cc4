"""The dry run: what a run would do, client by client, each in a transaction that is rolled back (billing.md 10, O2)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.kit.request_cache import cached_for_request
from commerce.runs.finding import due_row_ids
from commerce.runs.report import RunAmount, RunReport, StepReport, add_amounts
from commerce.runs.rows import monotonic_milliseconds, row_error
from commerce.runs.runner import choose_steps
from commerce.runs.step import CountedRecords, DailyStep, RowStep, RunDay, SingleStep

NO_NUMBER_YET = "(no number yet)"
"""Stands for a number that only the real run gives."""


class _Undo(Exception):
    """Ends the transaction of a dry run."""


def preview_run(
    steps: Sequence[DailyStep],
    *,
    day: RunDay,
    numbered: Sequence[type[models.Model]] = (),
    counted: Sequence[CountedRecords] = (),
    only_step: str = "",
    seconds: int | None = None,
) -> RunReport:
    """What a run would do: client by client, all steps in one transaction that is rolled back.

    After so many ``seconds`` it begins no other client; the report says how many are left.

    Jobs and mails are rows of that transaction, so nothing is sent and nobody is called. Numbers of documents that it
    would issue are not given yet, and shown so: ``numbered`` are the models of those documents. The report has the
    amounts of the records that are ``counted``.
    """
    steps = choose_steps(steps, only_step)
    report = RunReport(day.date, dry=True, steps=[StepReport(s.name, s.description) for s in steps])
    began = monotonic_milliseconds()
    with cached_for_request():
        clients = _clients(steps, day)
        for done, client_id in enumerate(clients):
            if seconds is not None and monotonic_milliseconds() - began > seconds * 1000:
                report.clients_left = len(clients) - done
                break
            try:
                with transaction.atomic():
                    _preview_client(steps, day, client_id, numbered, counted, report)
                    raise _Undo
            except _Undo:
                pass
        for step, step_report in zip(steps, report.steps, strict=True):
            if isinstance(step, SingleStep):
                step_report.outcome = step.dry_run_text
            elif _is_counted(step):
                step_report.rows = step.find(day).count()
                step_report.count({"questions" if step.uses_network else "rows": step_report.rows})
    report.amounts = add_amounts(report.amounts)
    report.steps[-1].milliseconds = monotonic_milliseconds() - began
    return report


def _is_counted(step: RowStep) -> bool:
    """What is nobody's, and what only asks: a dry run says of how many rows, all at once."""
    return step.uses_network or not step.client


def _clients(steps: Sequence[DailyStep], day: RunDay) -> list[int]:
    """Ids of clients with something due: what a later step finds of a client follows from an earlier one."""
    ids: set[int] = set()
    for step in steps:
        if isinstance(step, RowStep) and not _is_counted(step):
            ids.update(step.find(day).order_by().values_list(step.client, flat=True).distinct())
    return sorted(ids)


def _preview_client(
    steps: Sequence[DailyStep],
    day: RunDay,
    client_id: int,
    numbered: Sequence[type[models.Model]],
    counted: Sequence[CountedRecords],
    report: RunReport,
) -> None:
    entry, newest = _last(AuditEntry), [(model, _last(model)) for model in numbered]
    before = [(one, _last(one.model)) for one in counted]
    for step, step_report in zip(steps, report.steps, strict=True):
        if isinstance(step, SingleStep) or _is_counted(step):
            continue
        for pk in due_row_ids(step, day, client_id):
            step_report.rows += 1
            try:
                with transaction.atomic():
                    step_report.count(step.do(pk, day))
            except Exception as error:  # noqa: BLE001 - as in the real run
                step_report.errors.append(row_error(step.name, pk, error))
    entries = AuditEntry.objects.filter(pk__gt=entry, client_id=client_id).order_by("pk")
    client = Client.objects.get(pk=client_id)
    name = client.company or client.name
    not_given = [number for model, last in newest for number in _numbers(model, last)]
    sums = {}
    for records, last in before:
        for pk, state, currency, amount in records.rows(day.date, after=last):
            report.amounts.append(RunAmount(records.name, state, currency, 1, amount))
            sums[records.kind, pk] = [amount, currency]
    for act in describe_entries(entries, name, not_given):
        report.acts.append({**act, "amount": sums.get(tuple(act["record"]))})


def describe_entries(
    entries: Iterable[AuditEntry], client_name: str, not_given: Sequence[str]
) -> list[dict[str, Any]]:
    """Audit entries as acts for people; the numbers ``not_given`` are shown as such."""
    hidden = "|".join(map(re.escape, not_given))

    def shown(value: object) -> str:
        return (
            re.sub(rf"(?<!\w)({hidden})(?!\w)", NO_NUMBER_YET, str(value)) if hidden else str(value)
        )

    return [
        {
            "client": entry.client_id,
            "client_name": client_name,
            "action": entry.action,
            "record": [entry.record_kind, entry.record_id],
            "name": shown(entry.record_name),
            "detail": ", ".join(f"{key}: {shown(value)}" for key, value in entry.told.items()),
        }
        for entry in entries
    ]


def _last(model: type[models.Model]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _numbers(model: type[models.Model], last: int) -> list[str]:
    """Numbers of documents after the one with this id: those that this transaction gave itself."""
    rows = model._default_manager.filter(pk__gt=last, number__isnull=False)
    return list(rows.values_list("number", flat=True))
