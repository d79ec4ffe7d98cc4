"""What each service has of each line is written down, for documents of before as for those to come.

Documents that a former plan change gave back, or that net one plan against another, bill no days: their services can
change again when the days are over (``netted_until``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import migrations, transaction

from commerce.kit.money import allocate

AT_ONCE = 200
PERIOD_KINDS = ("item", "option", "discount")

type Days = tuple[str, date | None, date | None]
"""An ordered cycle, or the first day and the day after the last."""

NO_DAYS: Days = ("", None, None)


def share_out_lines(apps: Any, schema_editor: Any) -> None:
    """In bites, so that nobody waits; after a kill the next run goes on, since what is done is left alone."""
    mark_netted_changes(apps)
    invoices = apps.get_model("billing", "Invoice").objects.order_by("pk")
    last = 0
    while bite := list(invoices.filter(pk__gt=last)[:AT_ONCE]):
        with transaction.atomic(using=schema_editor.connection.alias):
            _Bite(apps, bite).share_out()
        last = bite[-1].pk


def mark_netted_changes(apps: Any) -> None:
    """Changes that were carried out and gave something back: what they charged is on no line alone."""
    changes = apps.get_model("billing", "PlanChange").objects
    netted = changes.filter(status="applied", netted_until=None, credit__gt=0, charge__gt=0)
    for change in netted.order_by("pk"):
        ends = [period["end"] for period in change.coverage.get("periods", ())]
        if ends:
            changes.filter(pk=change.pk).update(netted_until=date.fromisoformat(max(ends)))


class _Bite:
    """Some invoices with all that says whose their lines are."""

    def __init__(self, apps: Any, invoices: Sequence[Any]) -> None:
        def rows(name: str, **of: Any) -> Any:
            return apps.get_model("billing", name).objects.filter(**of).order_by("pk")

        self.share = apps.get_model("billing", "LineShare")
        self.invoices = [
            invoice
            for invoice in invoices
            if not self.share.objects.filter(line__invoice=invoice).exists()
        ]
        among = {"invoice__in": self.invoices}
        self.lines = _by(rows("InvoiceLine", **among), "invoice_id")
        self.subjects = _by(
            rows("InvoiceSubject", service__isnull=False, **among).select_related("service"),
            "invoice_id",
        )
        self.periods = {row.pk: row for row in rows("BilledPeriod", **among)}
        self.changes = {row.invoice_id: row for row in rows("PlanChange", **among)}
        self.credited = _by(
            rows("CreditNoteLine", credit_note__invoice__in=self.invoices).select_related(
                "credit_note"
            ),
            lambda row: row.credit_note.invoice_id,
        )
        self.owners = _owners_of_notes(rows, self.invoices)
        self.cycles = _ordered_cycles(apps, self.subjects)
        self.given_back = _given_back(rows, self.subjects)

    def share_out(self) -> None:
        """Write the shares of each invoice, then what its notes took back of them."""
        made = []
        for invoice in self.invoices:
            shares = list(self._shares(invoice))
            made += shares
            made += _taken_back(
                self.share, shares, self.lines[invoice.pk], self.credited[invoice.pk], self.owners
            )
        self.share.objects.bulk_create(made)

    def _shares(self, invoice: Any) -> Iterator[Any]:
        weights = self._weights_of_order(invoice) if invoice.kind == "order" else {}
        units: Sequence[int | None] = [None]
        for line in sorted(self.lines[invoice.pk], key=lambda row: row.position):
            days_by_unit: dict[int | None, Days] = {}
            own = weights.get(line.position)
            if own:
                units = list(own)
                days_by_unit = {pk: (self.cycles.get(pk, ""), None, None) for pk in own}
            elif line.kind != "setup":
                units, days_by_unit = self._unit_alone(invoice, line)
            amounts = list(own.values()) if own else [1] * len(units)
            yield from self._of_line(invoice, line, units, amounts, days_by_unit)

    def _unit_alone(
        self, invoice: Any, line: Any
    ) -> tuple[Sequence[int | None], dict[int | None, Days]]:
        """The one service of a line that is no order's, with the days that it bills."""
        period = self.periods.get(line.billed_period_id)
        if period is not None and period.service_id is not None:
            pk = period.service_id
            return [pk], {pk: ("", period.period_start, period.period_end)}
        change = self.changes.get(invoice.pk)
        if change is None:
            return [None], {}
        periods = change.coverage.get("periods", ())
        if change.status != "applied" or change.credit or not periods:
            return [change.service_id], {}
        first = min(date.fromisoformat(period["start"]) for period in periods)
        end = max(date.fromisoformat(period["end"]) for period in periods)
        return [change.service_id], {change.service_id: ("", first, end)}

    def _of_line(
        self,
        invoice: Any,
        line: Any,
        units: Sequence[int | None],
        weights: Sequence[int],
        days_by_unit: dict[int | None, Days],
    ) -> Iterator[Any]:
        gross = allocate(line.amount + line.tax_amount, weights)
        for service, whole, net in zip(units, gross, allocate(line.amount, weights), strict=True):
            days = days_by_unit.get(service, NO_DAYS)
            if service is not None and self._was_given_back(invoice, service):
                days = NO_DAYS
            yield self.share(
                line_id=line.pk,
                service_id=service,
                net=net,
                tax=whole - net,
                billing_cycle=days[0],
                period_start=days[1],
                period_end=days[2],
            )

    def _was_given_back(self, invoice: Any, service: int) -> bool:
        until = self.given_back.get(service)
        return until is not None and (invoice.issued_at is None or invoice.issued_at <= until)

    def _weights_of_order(self, invoice: Any) -> dict[int, dict[int, int]]:
        """By position of a line that bills the first period: what it holds of each service."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        subjects = self.subjects[invoice.pk]
        for row in subjects:
            for position, amount in row.shares or ():
                found[position][row.service_id] = amount
        if found or not subjects:
            return found
        costs = {row.service_id: row.service.amount for row in subjects}
        own = self.lines[invoice.pk]
        return {line.position: dict(costs) for line in own if line.kind in PERIOD_KINDS}


def _by(rows: Iterable[Any], key: Any) -> dict[Any, list[Any]]:
    of = key if callable(key) else lambda row: getattr(row, key)
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[of(row)].append(row)
    return found


def _owners_of_notes(rows: Any, invoices: Sequence[Any]) -> dict[int, int]:
    """The service of each note that a plan change made, where its lines do not say it."""
    changes = rows("PlanChange", credit_note__invoice__in=invoices)
    return dict(changes.values_list("credit_note_id", "service_id"))


def _ordered_cycles(apps: Any, subjects: dict[Any, list[Any]]) -> dict[int | None, str]:
    """The cycle that each service was ordered in; one that is paid once has none."""
    ids = [row.service_id for rows in subjects.values() for row in rows]
    units = apps.get_model("orders", "OrderUnit").objects.filter(service__in=ids)
    cycles = dict(units.values_list("service_id", "item__billing_cycle"))
    return {pk: cycle if cycle != "one_time" else "" for pk, cycle in cycles.items()}


def _given_back(rows: Any, subjects: dict[Any, list[Any]]) -> dict[int, datetime]:
    """By service: when the last plan change gave back what its documents of before had billed."""
    ids = {row.service_id for of in subjects.values() for row in of}
    done = rows("PlanChange", status="applied", credit__gt=0, service__in=ids)
    found: dict[int, datetime] = {}
    for service, ended in done.values_list("service_id", "ended_at"):
        found[service] = max(ended, found.get(service, ended))
    return found


def _taken_back(
    share: Any,
    shares: Sequence[Any],
    lines: Sequence[Any],
    credited: Sequence[Any],
    owners: dict[int, int],
) -> Iterator[Any]:
    """What each line of a note took, of the line and service that it names, or in proportion of all that it may mean."""
    left = [[row, row.net, row.tax] for row in shares]
    line_by_pk = {line.pk: line for line in lines}
    for row in credited:
        owner = row.service_id or owners.get(row.credit_note_id)
        meant = [one for one in left if _is_meant(one[0], line_by_pk, row)]
        if owner is not None:
            meant = [one for one in meant if one[0].service_id == owner] or meant
        if not meant:
            continue
        nets = allocate(row.amount, [one[1] for one in meant])
        taxes = allocate(row.tax_amount, [one[2] for one in meant])
        for one, net, tax in zip(meant, nets, taxes, strict=True):
            if not net and not tax:
                continue
            one[1], one[2] = one[1] - net, one[2] - tax
            yield share(
                line_id=one[0].line_id,
                service_id=one[0].service_id,
                credit_line_id=row.pk,
                net=-net,
                tax=-tax,
            )


def _is_meant(share: Any, line_by_pk: dict[int, Any], credited: Any) -> bool:
    if credited.line_id is not None:
        return bool(share.line_id == credited.line_id)
    line = line_by_pk[share.line_id]
    key = line.tax_category, line.tax_rate_milli
    return bool(key == (credited.tax_category, credited.tax_rate_milli))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("billing", "0006_void_waiting_plan_changes"),
        ("orders", "0002_contacts_of_names"),
        ("hosting", "0006_panel_accounts"),
    ]

    operations = [migrations.RunPython(share_out_lines, migrations.RunPython.noop)]
