import calendar
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import migrations

MONTHS = {
    "monthly": 1,
    "quarterly": 3,
    "semi_annually": 6,
    "annually": 12,
    "biennially": 24,
    "triennially": 36,
}


def say_what_was_bought(apps: Any, schema_editor: Any) -> None:
    """The last plan change of each running service says what its charge paid for; what it gave back is billed again."""
    changes = apps.get_model("billing", "PlanChange").objects
    done = changes.filter(status="applied", service__status__in=["active", "suspended"])
    for change in done.select_related("service").order_by("service_id", "-ended_at", "-pk"):
        later = done.filter(service=change.service, ended_at__gt=change.ended_at)
        if not later.exists() and not change.bought:
            changes.filter(pk=change.pk).update(bought=_bought(apps, change))
    with Unguarded(schema_editor):
        for change in done.select_related("service").order_by("pk"):
            _release(apps, change)


class Unguarded:
    """Lets periods that are over be given back: on PostgreSQL the guards of the release before are still there."""

    def __init__(self, schema_editor: Any) -> None:
        self.db = schema_editor.connection

    def __enter__(self) -> None:
        self._set("on")

    def __exit__(self, *_error: object) -> None:
        self._set("")

    def _set(self, value: str) -> None:
        if self.db.vendor == "postgresql":
            with self.db.cursor() as cursor:
                cursor.execute("SELECT set_config('commerce.retention', %s, true)", [value])


def _release(apps: Any, change: Any) -> None:
    """A change of cycle starts a period on its day: older ones that reach beyond it were given back."""
    day = change.ended_at.date()
    if change.service.anchor_date != day:
        return
    claims = apps.get_model("billing", "Claim").objects.filter(service=change.service)
    old = claims.filter(status__in=["paid", "waived"], created_at__lte=change.ended_at)
    old.filter(period_end__gt=day).update(status="released")


def _bought(apps: Any, change: Any) -> dict[str, Any]:
    invoice, credited = (
        apps.get_model("billing", "Invoice"),
        apps.get_model("billing", "CreditNote"),
    )
    service = change.service
    orders = invoice.objects.filter(kind="order", billed__service=service)
    renewals = invoice.objects.filter(kind="renewal", claims__service=service)
    others = invoice.objects.filter(plan_change__service=service)
    before = {"created_at__lte": change.ended_at}
    ids = {
        pk
        for rows in (orders, renewals, others)
        for pk in rows.filter(**before).values_list("pk", flat=True)
    }
    if change.invoice_id:
        ids.add(change.invoice_id)
    note = credited.objects.filter(pk=change.credit_note_id).first()
    line = _line_of(apps, change.invoice_id or (note and note.invoice_id) or max(ids, default=None))
    taxed = [line.tax_category, line.tax_rate_milli] if line else None
    rate = Fraction(line.tax_rate_milli, 100_000) if line else Fraction(0)
    rows = []
    for start, end, share in _periods(apps, change):
        net = _rounded(change.amount * share)
        tax = _rounded(net * rate)
        rows.append({"start": str(start), "end": str(end), "net": net, "tax": tax, "taxed": taxed})
    return {"periods": rows, "invoices": sorted(ids, reverse=True)}


def _line_of(apps: Any, invoice_id: int | None) -> Any:
    lines = apps.get_model("billing", "InvoiceLine").objects.filter(invoice_id=invoice_id)
    return lines.exclude(kind__in=["setup", "domain"]).order_by("position").first()


def _periods(apps: Any, change: Any) -> Iterator[tuple[date, date, Fraction]]:
    """The periods that were paid when it was carried out, and the share of each that was left."""
    service, day = change.service, change.ended_at.date()
    anchor, due = service.anchor_date, service.next_due_date
    months = MONTHS.get(change.billing_cycle)
    if not months or anchor is None or due is None or change.billing_cycle != service.billing_cycle:
        return
    claims = apps.get_model("billing", "Claim").objects
    later = claims.filter(service=service, created_at__gt=change.ended_at)
    starts = set(later.exclude(status="released").values_list("period_start", flat=True))
    number = ((due.year - anchor.year) * 12 + due.month - anchor.month) // months
    while True:
        number -= 1
        start, end = (_plus(anchor, n * months) for n in (number, number + 1))
        if end <= day:
            return
        if start not in starts:
            left = Fraction((end - max(start, day)).days, (end - start).days)
            yield max(start, day), end, left


def _plus(day: date, months: int) -> date:
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def _rounded(value: Fraction) -> int:
    return (value.numerator * 2 + value.denominator) // (value.denominator * 2)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0013_what_units_paid"),
    ]

    # What it says stays true when the tables go back.
    operations = [migrations.RunPython(say_what_was_bought, migrations.RunPython.noop)]
