"""The dry run: what a run would do, client by client, each in a transaction that is rolled back (billing.md 10, O2)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction

from commerce.accounts.models import Client
from commerce.audit.models import Entry
from commerce.billing.daily.report import Report, StepReport
from commerce.billing.daily.runner import chosen, error_of, found, milliseconds
from commerce.billing.daily.step import Act, AnyStep, Day, Step
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.tax import remembered_rules

NOT_GIVEN = "(no number yet)"
"""Stands for a number that only the real run gives."""


class _Undo(Exception):
    """Ends the transaction of a dry run."""


def preview(steps: Sequence[AnyStep], *, day: Day, only: str = "") -> Report:
    """What a run would do: client by client, all steps in one transaction that is rolled back.

    Jobs and mails are rows of that transaction, so nothing is sent and nobody is called. Numbers of documents that it
    would issue are not given yet, and shown so.
    """
    steps = chosen(steps, only)
    report = Report(day.date, dry=True, steps=[StepReport(s.name, s.does) for s in steps])
    began = milliseconds()
    with remembered_rules():
        for client_id in _clients(steps, day):
            try:
                with transaction.atomic():
                    _preview_client(steps, day, client_id, report)
                    raise _Undo
            except _Undo:
                pass
        for step, told in zip(steps, report.steps, strict=True):
            if isinstance(step, Act):
                told.said = step.would
            elif _is_counted(step):
                told.rows = step.find(day).count()
                told.count({"questions" if step.network else "rows": told.rows})
    report.steps[-1].milliseconds = milliseconds() - began
    return report


def _is_counted(step: Step) -> bool:
    """What is nobody's, and what only asks: a dry run says of how many rows, all at once."""
    return step.network or not step.client


def _clients(steps: Sequence[AnyStep], day: Day) -> list[int]:
    """Ids of clients with something due: what a later step finds of a client follows from an earlier one."""
    ids: set[int] = set()
    for step in steps:
        if isinstance(step, Step) and not _is_counted(step):
            ids.update(step.find(day).order_by().values_list(step.client, flat=True).distinct())
    return sorted(ids)


def _preview_client(steps: Sequence[AnyStep], day: Day, client_id: int, report: Report) -> None:
    entry, invoice, note = _last(Entry), _last(Invoice), _last(CreditNote)
    for step, told in zip(steps, report.steps, strict=True):
        if isinstance(step, Act) or _is_counted(step):
            continue
        for pk in found(step, day, client_id):
            told.rows += 1
            try:
                with transaction.atomic():
                    told.count(step.do(pk, day))
            except Exception as error:  # noqa: BLE001 - as in the real run
                told.errors.append(error_of(step.name, pk, error))
    entries = Entry.objects.filter(pk__gt=entry, client_id=client_id).order_by("pk")
    client = Client.objects.get(pk=client_id)
    name = client.company or client.name
    report.acts += acts_of(
        entries, name, [*_numbers(Invoice, invoice), *_numbers(CreditNote, note)]
    )


def acts_of(
    entries: Iterable[Entry], client_name: str, not_given: Sequence[str]
) -> list[dict[str, Any]]:
    """Audit entries as acts for people; the numbers ``not_given`` are shown as such."""
    hidden = "|".join(map(re.escape, not_given))

    def told(value: object) -> str:
        return re.sub(rf"(?<!\w)({hidden})(?!\w)", NOT_GIVEN, str(value)) if hidden else str(value)

    return [
        {
            "client": entry.client_id,
            "client_name": client_name,
            "action": entry.action,
            "record": [entry.record_kind, entry.record_id],
            "name": told(entry.record_name),
            "detail": ", ".join(f"{key}: {told(value)}" for key, value in entry.after.items()),
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
