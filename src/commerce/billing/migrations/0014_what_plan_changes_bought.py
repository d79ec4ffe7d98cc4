import calendar
from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

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
    prices = Prices(apps)
    done = changes.filter(status="applied", service__status__in=["active", "suspended"])
    by_time = done.order_by("service_id", "ended_at", "pk")
    last = dict(by_time.values_list("service_id", "pk"))  # the last one of each
    for pks in batched(last.values(), 500):
        rows = list(changes.filter(pk__in=pks).select_related("service"))
        for change in rows:
            change.bought = change.bought or _bought(apps, change, prices)
        changes.bulk_update(rows, ["bought"], batch_size=200)
    with Unguarded(schema_editor):
        for pks in batched(list(done.values_list("pk", flat=True)), 500):
            for change in changes.filter(pk__in=pks).select_related("service"):
                _release(apps, change, prices)


class Prices:
    """What prices mean here, and which day an instant is on."""

    def __init__(self, apps: Any) -> None:
        rows = apps.get_model("preferences", "Setting").objects
        chosen = dict(rows.values_list("key", "value"))
        self.include_tax = bool(chosen.get("tax.prices_include_tax", False))
        self.zone = ZoneInfo(chosen.get("billing.time_zone", "UTC"))

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def net_and_tax(self, amount: int, rate: Fraction) -> tuple[int, int]:
        if not self.include_tax:
            return amount, _rounded(amount * rate)
        net = _rounded(amount / (1 + rate))
        return net, amount - net

    def charged(self, change: Any, shares: list[Fraction], rate: Fraction) -> list[int]:
        """For each share of the new price; at rate 0, prices that include tax were charged without the seller's."""
        amounts = [_rounded(change.amount * share) for share in shares]
        whole = sum(amounts)
        if self.include_tax and not rate and 0 < change.charge < whole:
            return [_rounded(Fraction(amount * change.charge, whole)) for amount in amounts]
        return amounts


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


def _release(apps: Any, change: Any, prices: Prices) -> None:
    """A change of cycle starts a period on its day: older ones that reach beyond it were given back."""
    day = prices.day(change.ended_at)
    if change.service.anchor_date != day:
        return
    claims = apps.get_model("billing", "Claim").objects.filter(service=change.service)
    old = claims.filter(status__in=["paid", "waived"], created_at__lte=change.ended_at)
    old.filter(period_end__gt=day).update(status="released")


def _bought(apps: Any, change: Any, prices: Prices) -> dict[str, Any]:
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
    paid_by = change.invoice_id or (note and note.invoice_id) or max(ids, default=None)
    line = _line_of(apps, paid_by, service)
    taxed = [line.tax_category, line.tax_rate_milli] if line else None
    rate = Fraction(line.tax_rate_milli, 100_000) if line else Fraction(0)
    rows = []
    periods = list(_periods(apps, change, prices.day(change.ended_at)))
    amounts = prices.charged(change, [share for _start, _end, share in periods], rate)
    for (start, end, _share), amount in zip(periods, amounts, strict=True):
        net, tax = prices.net_and_tax(amount, rate)
        rows.append({"start": str(start), "end": str(end), "net": net, "tax": tax, "taxed": taxed})
    return {"periods": rows, "invoices": sorted(ids, reverse=True)}


def _line_of(apps: Any, invoice_id: int | None, service: Any) -> Any:
    """A line that bills the service; on an order it is not known which one does."""
    lines = apps.get_model("billing", "InvoiceLine").objects.filter(invoice_id=invoice_id)
    lines = lines.exclude(kind__in=["setup", "domain"]).order_by("position")
    return lines.filter(claim__service=service).first() or lines.first()


def _periods(apps: Any, change: Any, day: date) -> Iterator[tuple[date, date, Fraction]]:
    """The periods that were paid when it was carried out, and the share of each that was left."""
    service = change.service
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
        ("preferences", "0001_initial"),
    ]

    # What it says stays true when the tables go back.
    operations = [migrations.RunPython(say_what_was_bought, migrations.RunPython.noop)]
