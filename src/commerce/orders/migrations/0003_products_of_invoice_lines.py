"""Each line of an invoice says which product it billed, as well as that can be known of those that there are.

The lines of an order are those of its items, in their order. A renewal billed what its service was then: what it was
ordered as, and what each plan change made of it. The charge of a plan change is the new product's, and what it deducts
the former one's.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import migrations

from commerce.db.triggers import allow_retention

AT_ONCE = 1000
KINDS = ["order", "renewal", "plan_change"]
STARTS = ("item", "domain")
"""Kinds of the line with which the lines of an item of an order begin."""

type Products = Mapping[int, int | None]
"""By the id of a line."""


def tell_products(apps: Any, schema_editor: Any) -> None:
    """In bites, so that nobody waits; after a kill the next run goes on, since lines that are told are left alone."""
    invoices = apps.get_model("billing", "Invoice").objects.filter(kind__in=KINDS).order_by("pk")
    known, last = _Known(apps), 0
    while bite := list(invoices.filter(pk__gt=last).values("pk", "kind", "created_at")[:AT_ONCE]):
        with allow_retention(schema_editor.connection):
            _tell(apps, known, {row["pk"]: row for row in bite})
        last = bite[-1]["pk"]


def _tell(apps: Any, known: "_Known", invoices: Mapping[int, Mapping[str, Any]]) -> None:
    lines = apps.get_model("billing", "InvoiceLine").objects
    columns = ("pk", "invoice_id", "kind", "amount", "billed_period__service_id")
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in lines.filter(invoice__in=invoices).order_by("invoice", "position").values(*columns):
        found[invoices[row["invoice_id"]]["kind"]].append(row)
    products: dict[int, int | None] = {}
    for kind, of_kind in (
        ("order", known.of_orders),
        ("renewal", known.of_renewals),
        ("plan_change", known.of_changes),
    ):
        products |= of_kind(found[kind], invoices)
    by_product: defaultdict[int, list[int]] = defaultdict(list)
    for pk, product in products.items():
        if product is not None:
            by_product[product].append(pk)
    for product, keys in by_product.items():
        lines.filter(pk__in=keys, product=None).update(product_id=product)


class _Known:
    """What orders, plan changes and the audit log say."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        names: defaultdict[str, list[int]] = defaultdict(list)
        for pk, name in apps.get_model("catalog", "Product").objects.values_list("pk", "name"):
            names[name].append(pk)
        self.by_name = {name: keys[0] for name, keys in names.items() if len(keys) == 1}

    def of_orders(self, rows: list[Any], invoices: Any) -> Products:
        """The n-th line with which an item begins is that of the n-th item; its others follow it."""
        del invoices
        items: defaultdict[int, list[int | None]] = defaultdict(list)
        found = self.apps.get_model("orders", "OrderItem").objects.order_by("order", "position")
        of = {row["invoice_id"] for row in rows}
        for invoice, product in found.filter(order__invoice__in=of).values_list(
            "order__invoice_id", "product_id"
        ):
            items[invoice].append(product)
        begun: defaultdict[int, int] = defaultdict(int)
        told: dict[int, int | None] = {}
        for row in rows:
            begun[row["invoice_id"]] += row["kind"] in STARTS
            told[row["pk"]] = _nth(items[row["invoice_id"]], begun[row["invoice_id"]])
        # An order whose lines are not those of its items says nothing.
        return {
            row["pk"]: told[row["pk"]]
            for row in rows
            if begun[row["invoice_id"]] == len(items[row["invoice_id"]])
        }

    def of_renewals(self, rows: list[Any], invoices: Mapping[int, Mapping[str, Any]]) -> Products:
        services = {row["billed_period__service_id"] for row in rows} - {None}
        histories = self._histories(services)
        return {
            row["pk"]: histories[service].at(invoices[row["invoice_id"]]["created_at"])
            for row in rows
            if (service := row["billed_period__service_id"]) is not None
        }

    def of_changes(self, rows: list[Any], invoices: Mapping[int, Mapping[str, Any]]) -> Products:
        changes = self.apps.get_model("billing", "PlanChange").objects
        of = {row["invoice_id"] for row in rows}
        found = {row.invoice_id: row for row in changes.filter(invoice__in=of)}
        histories = self._histories({change.service_id for change in found.values()})
        told: dict[int, int | None] = {}
        for row in rows:
            change = found.get(row["invoice_id"])
            if change is None:
                continue
            at = invoices[row["invoice_id"]]["created_at"]
            former = histories[change.service_id].at(at, without=change.pk)
            told[row["pk"]] = change.product_id if row["amount"] >= 0 else former
        return told

    def _histories(self, services: Iterable[int]) -> Mapping[int, "_History"]:
        changes = self.apps.get_model("billing", "PlanChange").objects
        applied: defaultdict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
        rows = changes.filter(service__in=services, status="applied", ended_at__isnull=False)
        for service, *change in rows.order_by("ended_at", "pk").values_list(
            "service_id", "ended_at", "pk", "product_id"
        ):
            applied[service].append(tuple(change))
        first = dict(self._first_products(set(services), set(applied)))
        return {pk: _History(first.get(pk), applied[pk]) for pk in services}

    def _first_products(
        self, services: set[int], changed: set[int]
    ) -> Iterator[tuple[int, int | None]]:
        """What each was before its first change: what it is, where there was none."""
        rows = self.apps.get_model("hosting", "Service").objects.filter(pk__in=services - changed)
        yield from rows.values_list("pk", "product_id")
        entries = self.apps.get_model("audit", "AuditEntry").objects.filter(
            record_kind="service", record_id__in=changed, action="service.plan_changed"
        )
        for pk, before in entries.order_by("-at", "-pk").values_list("record_id", "before"):
            yield pk, self.by_name.get(before.get("product"))
        units = self.apps.get_model("orders", "OrderUnit").objects.filter(service__in=changed)
        yield from units.values_list("service_id", "item__product_id")


class _History:
    """What a service was, and what each change made of it."""

    def __init__(self, first: int | None, applied: list[tuple[datetime, int, int]]) -> None:
        self.first, self.applied = first, applied

    def at(self, instant: datetime, *, without: int | None = None) -> int | None:
        applied = [one for one in self.applied if one[1] != without]
        before = bisect_right([at for at, _pk, _product in applied], instant)
        return applied[before - 1][2] if before else self.first


def _nth(items: list[int | None], number: int) -> int | None:
    return items[number - 1] if 0 < number <= len(items) else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("orders", "0002_contacts_of_names"),
        ("billing", "0010_invoice_line_product"),
        ("audit", "0001_initial"),
        ("catalog", "0001_initial"),
        ("hosting", "0001_initial"),
    ]
    operations = [migrations.RunPython(tell_products, migrations.RunPython.noop)]
