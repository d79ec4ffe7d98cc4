"""A small installation on a day with much to do, that day's work, and the books that it leaves behind."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.actions import add_credit, issue_invoice
from commerce.billing.daily import Day, instant, run
from commerce.billing.models import Claim, CreditAccount, CreditEntry, Invoice, Reminder
from commerce.hosting.actions import schedule_cancellation
from commerce.hosting.models import Service
from commerce.jobs.actions import give_back_lost
from commerce.jobs.models import Job
from commerce.jobs.running import run_one
from commerce.kit import clock
from commerce.kit.actor import SYSTEM
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order
from commerce.payments.actions import record_payment, record_payment_by_hand
from commerce.payments.models import Payment
from tests import make
from tests.make.town import LATER, STEPS, Town

DAY = date(2026, 4, 20)
BORN = {
    "renewed": date(2026, 3, 27),
    "renewed and paid by credit": date(2026, 3, 27),
    "late today": date(2026, 3, 5),
    "suspended today": date(2026, 3, 3),
    "ended today for want of money": date(2026, 2, 20),
    "paid and resumed today": date(2026, 2, 20),
    "free": date(2026, 3, 20),
    "ended today as asked": date(2026, 3, 22),
}
"""What each service is there for, and when it became active: months ago, so that each has its turn on the day."""


def prepare() -> None:
    """Everything up to the evening before."""
    clients: dict[str, Client] = {}
    for name, born in BORN.items():
        at = datetime(born.year, born.month, born.day, 10, tzinfo=UTC)
        clients[name] = make.make_client(company=name)
        amount = 0 if name == "free" else 500
        service = make.make_service(clients[name], at=at, label=name, amount=amount)
        if name == "ended today as asked":
            schedule_cancellation(service=service, cancel_at=DAY, at=at, actor=SYSTEM)
    credit: dict[str, Any] = {"currency_code": "EUR", "at": make.AT, "actor": SYSTEM}
    add_credit(client=clients["renewed and paid by credit"], amount=5000, **credit)
    Town(date(2026, 3, 6)).live(orders, until=DAY - timedelta(days=1))
    drafted = make.make_client(company="draft issued today")
    add_credit(client=drafted, amount=500, **credit)
    make.make_draft(drafted)


def orders(town: Town) -> Iterator[date]:
    """One that is never paid, and one that is on the day."""
    product = make.make_product(kind="other", activation="immediate")
    for name, day in [
        ("order never paid", date(2026, 3, 7)),
        ("order paid today", date(2026, 4, 15)),
    ]:
        yield day
        client, items = make.make_client(company=name), [make.make_item(product=product)]
        make.make_order(client, items=items, key=name, at=town.at)


def work_of_the_day() -> None:
    """What staff, the bank and the machine do on the day. Whoever is not sure that it was done does it again."""
    at = instant(DAY)
    say: dict[str, Any] = {"at": at, "actor": SYSTEM}
    for draft in Invoice.objects.filter(status="draft"):
        issue_invoice(invoice=draft, **say)
    came: dict[str, Any] = {"received_on": DAY, "amount": 700, **say}
    record_payment_by_hand(
        invoice=Invoice.objects.filter(client__company="paid and resumed today").earliest("pk"),
        method="bank_transfer",
        key="statement line 7",
        confirmed=frozenset({"reference", "amount"}),
        **came,
    )
    record_payment(
        invoice=Invoice.objects.get(client__company="order paid today"),
        gateway="bank_transfer",
        transaction_id="line 8",
        currency_code="EUR",
        **came,
    )
    with clock.frozen(at):  # what a run writes carries the instant of its row
        report = run(STEPS, day=Day(DAY, at), by="test", wait_seconds=20)
    assert not report.failed, report.as_text()
    for minutes in (0, 11, 22):
        work(at + timedelta(minutes=minutes))


def work(at: datetime) -> None:
    """A worker: first what another one lost, then all that is due."""
    give_back_lost(at=at)
    while ran := [
        job for job in Job.objects.due(at).exclude(action__in=LATER) if run_one(job, at=at)
    ]:
        assert ran


def books() -> dict[str, Any]:
    """All that must be equal however often the work was begun anew; keys of rows are not among it."""
    return {
        "invoices": [_invoice(one) for one in Invoice.objects.order_by("number", "pk")],
        "claims": _rows(
            Claim, "service__label", "period_start", "period_end", "status", "invoice__number"
        ),
        "services": _rows(
            Service, "client__company", "label", "status", "next_due_date", "cancelled_at"
        ),
        "credit": _rows(CreditEntry, "account__client__company", "reason", "amount"),
        "balances": _rows(CreditAccount, "client__company", "balance"),
        "payments": _rows(Payment, "invoice__number", "amount", "transaction_id", "status"),
        "orders": _rows(Order, "client__company", "status"),
        "reminders": _rows(Reminder, "invoice__number", "step", "status"),
        "mails": _rows(OutgoingMail, "event", "recipient", "status"),
        "jobs": sorted(Counter(Job.objects.values_list("action", "status")).items()),
    }


def _rows(model: Any, *columns: str) -> list[list[str]]:
    return sorted([str(value) for value in row] for row in model.objects.values_list(*columns))


def _invoice(one: Invoice) -> list[Any]:
    entries = one.settlement_entries.values_list("kind", "amount")
    lines = one.lines.values_list("position", "description", "amount", "tax_amount")
    columns = (one.number, one.kind, one.status, one.issue_date, one.due_date, one.total)
    kept = (one.amount_due, one.credit_applied, one.paid_at, one.overdue_at)
    told = [str(value) for value in (one.client.company, *columns, *kept)]
    return [told, sorted(entries), sorted(lines)]
