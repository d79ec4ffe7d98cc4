"""What is compared: the product's rows and the model's records in one shape, by client."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.models import (
    BilledPeriod,
    CreditEntry,
    CreditNote,
    Invoice,
    LineShare,
    PlanChange,
)
from commerce.hosting.models import Service
from tests.model import plan_model as pm
from tests.model.plan_model.records import Invoice as ModelInvoice

REASONS = {"credit_note": "returned", "paid_elsewhere": "downgrade"}
"""The model's words for rows of credit, where the product has another."""

type View = dict[str, Any]


def by_kind(entries: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Entries without their order; what was applied of credit, taken back, or won, in several rows is one."""
    in_sum: Counter[str] = Counter()
    others = []
    for kind, amount in entries:
        if kind in ("credit", "applied", "reversal", "reversal_won"):
            in_sum[kind] += amount
        else:
            others.append((kind, amount))
    return sorted([*others, *in_sum.items()])


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of which some name no unit."""
    return sorted(rows, key=repr)


# The product


def product_view(client_id: int) -> View:
    """All of a client's documents, credit, services and requests, as the product has them."""
    shares = _shares(client_id)
    invoices = Invoice.objects.filter(client=client_id, issued_at__isnull=False).order_by("pk")
    rows = list(invoices.prefetch_related("settlement_entries"))
    numbers = {invoice.pk: number for number, invoice in enumerate(rows, start=1)}
    notes = CreditNote.objects.filter(client=client_id).order_by("pk").prefetch_related("lines")
    found: View = {
        f"invoice {number}": _invoice(rows[number - 1], shares[pk, None])
        for pk, number in numbers.items()
    }
    for number, note in enumerate(notes, start=1):
        own = [row for line in note.lines.all() for row in shares[note.invoice_id, line.pk]]
        assert (sum(row[2] for row in own), sum(row[3] for row in own)) == (
            -note.subtotal,
            -note.tax_amount,
        )
        found[f"note {number}"] = (
            numbers[note.invoice_id],
            note.plan_change_id is not None,
            in_order((*row[:2], -row[2], -row[3], *row[4:]) for row in own if row[2] or row[3]),
        )
    found["credit"] = by_kind(_credit_rows(client_id))
    found["balance"] = sum(amount for _reason, amount in found["credit"])
    return found | _services(client_id) | _requests(client_id, numbers)


def _shares(client_id: int) -> dict[tuple[int, int | None], list[Any]]:
    """Rows of units by invoice and line of a note: line, unit, net, tax, category, rate, days."""
    found = defaultdict(list)
    own = LineShare.objects.filter(line__invoice__client_id=client_id).select_related("line")
    for share in own.order_by("line__position", "pk"):
        line = share.line
        unit = f"s{share.service_id}" if share.service_id else None
        row = (line.position, unit, share.net, share.tax, line.tax_category, line.tax_rate_milli)
        found[line.invoice_id, share.credit_line_id].append(
            (*row, share.period_start, share.period_end)
        )
    return found


def _invoice(invoice: Invoice, rows: list[Any]) -> Any:
    entries = [(entry.kind, entry.amount) for entry in invoice.settlement_entries.all()]
    return {
        "kind": invoice.kind,
        "status": invoice.status,
        "dates": (invoice.issue_date, invoice.due_date),
        "sums": (invoice.subtotal, invoice.tax_amount, invoice.total, invoice.amount_due),
        "lines": rows if invoice.kind != "order" else [row[:6] for row in rows],
        "entries": by_kind(entries),
    }


def _credit_rows(client_id: int) -> Iterable[tuple[str, int]]:
    """What was won back and is due nowhere has the reason of other money of that kind; its source says what it is."""
    for entry in CreditEntry.objects.filter(account__client=client_id):
        kind, _, of = entry.source.partition(":")
        yield (kind if kind == "reversal_won" and of else entry.reason), entry.amount


def _services(client_id: int) -> View:
    found: View = {}
    periods = defaultdict(list)
    for one in BilledPeriod.objects.filter(service__client=client_id):
        periods[one.service_id].append((one.period_start, one.period_end, one.status))
    for service in Service.objects.filter(client=client_id).select_related("product"):
        found[f"service s{service.pk}"] = (
            service.product.name,
            service.billing_cycle,
            service.amount,
            service.status,
            service.anchor_date,
            service.next_due_date,
            service.ends_on,
            sorted(periods[service.pk]),
        )
    return found


def _requests(client_id: int, numbers: dict[int, int]) -> View:
    rows = PlanChange.objects.filter(client=client_id).select_related("service")
    return {
        f"request r{row.pk}": (
            row.status,
            row.last_day,
            row.total,
            amount_to_pay(row) if row.status == "awaiting_payment" else 0,
            numbers[row.invoice_id] if row.invoice_id else None,
            row.credit_notes.count(),
        )
        for row in rows
    }


# The model


def model_view(books: pm.Books, client: str) -> View:
    """The same of the model."""
    own = [invoice for invoice in books.invoices.values() if invoice.client == client]
    numbers = {invoice.number: number for number, invoice in enumerate(own, start=1)}
    found: View = {f"invoice {numbers[one.number]}": _model_invoice(books, one) for one in own}
    notes = [note for note in books.notes if note.invoice in numbers]
    for number, note in enumerate(notes, start=1):
        found[f"note {number}"] = (
            numbers[note.invoice],
            note.kind == "plan_change",
            in_order((*_row(line), *_days(books, note, line)) for line in note.lines),
        )
    rows = [row for row in books.ledger if row.client == client]
    found["credit"] = by_kind((REASONS.get(row.reason, row.reason), row.amount) for row in rows)
    found["balance"] = pm.balance(books, client)
    for key, service in books.services.items():
        if service.client == client:
            view = pm.show_service(books, key)
            found[f"service {key}"] = (
                view.product,
                view.cycle,
                view.amount,
                view.state,
                view.anchor,
                view.next_due,
                service.ends_on,
                sorted((p.start, p.end, p.state) for p in books.periods if p.service == key),
            )
    return found | _model_requests(books, client, numbers)


def _row(line: pm.NoteLine) -> tuple[Any, ...]:
    return line.line, line.unit, line.net, line.tax, line.category, line.rate


def _days(books: pm.Books, note: pm.Note, line: pm.NoteLine) -> tuple[Any, Any]:
    """The days that a note gives back of a line, but for those that one before it gave back."""
    earlier = [one for one in books.notes if one.number < note.number]
    days = note.given_from and pm.days_billed(books.invoices[note.invoice], line, earlier)
    return (max(note.given_from, days[0]), days[1]) if note.given_from and days else (None, None)


def _model_invoice(books: pm.Books, invoice: ModelInvoice) -> Any:
    view = pm.show_invoice(books, invoice.number)
    days: list[tuple[Any, Any]] = []
    for line in invoice.lines:
        days += [(part.start, part.end) for part in line.parts] or [(None, None)]
    rows = [(*_row(line), *span) for line, span in zip(view.lines, days, strict=True)]
    return {
        "kind": view.kind,
        "status": view.status,
        "dates": (view.day, view.due),
        "sums": (view.net, view.tax, view.total, view.amount_due),
        "lines": rows if view.kind != "order" else [row[:6] for row in rows],
        "entries": by_kind(view.entries),
    }


def _model_requests(books: pm.Books, client: str, numbers: dict[int, int]) -> View:
    found: View = {}
    for key, request in books.requests.items():
        if request.client == client:
            view = pm.show_request(books, key)
            found[f"request {key}"] = (
                view.state,
                view.last_day,
                view.difference,
                view.asks,
                numbers[view.invoice] if view.invoice else None,
                len(view.notes),
            )
    return found
