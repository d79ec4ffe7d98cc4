"""A small installation on a day with much to do, that day's work, and the books that it leaves behind."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.models import BilledPeriod, CreditAccount, CreditEntry, Invoice, Reminder
from commerce.hosting.actions.editing import schedule_service_end
from commerce.hosting.models import Service
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.manual import record_manual_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.models import Payment
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay, run_start
from tests import make
from tests.make.simulation import JOBS_LEFT_OUT, ROW_STEPS, Simulation

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
            schedule_service_end(service=service, ends_on=DAY, ctx=Context(at, SYSTEM))
    credit: dict[str, Any] = {"currency_code": "EUR", "ctx": Context(make.AT, SYSTEM)}
    add_credit(client=clients["renewed and paid by credit"], amount=5000, **credit)
    Simulation(date(2026, 3, 6)).live(orders, until=DAY - timedelta(days=1))
    drafted = make.make_client(company="draft issued today")
    add_credit(client=drafted, amount=500, **credit)
    make.make_draft(drafted)


def orders(town: Simulation) -> Iterator[date]:
    """One that is never paid, and one that is on the day."""
    product = make.make_product(kind="other", activation="immediate")
    for name, day in [
        ("order never paid", date(2026, 3, 7)),
        ("order paid today", date(2026, 4, 15)),
    ]:
        yield day
        client, items = make.make_client(company=name), [make.make_item(product=product)]
        make.make_order(client, items=items, idempotency_key=name, at=town.at)


def work_of_the_day() -> None:
    """What staff, the bank and the machine do on the day. Whoever is not sure that it was done does it again."""
    at = run_start(DAY)
    say: dict[str, Any] = {"ctx": Context(at, SYSTEM)}
    for draft in Invoice.objects.filter(status="draft"):
        issue_invoice(vat_refresh=None, invoice=draft, **say)
    came: dict[str, Any] = {"received_on": DAY, "amount": 700}
    record_manual_payment(
        invoice=Invoice.objects.filter(client__company="paid and resumed today").earliest("pk"),
        method="bank_transfer",
        idempotency_key="statement line 7",
        confirmed=frozenset({"reference", "amount"}),
        **came,
        **say,
    )
    line = {"gateway": "bank_transfer", "transaction_id": "line 8", "currency_code": "EUR"}
    record_payment(
        invoice=Invoice.objects.get(client__company="order paid today"),
        money=ReceivedMoney(**line, **came),
        **say,
    )
    with clock.freeze_time(at):  # what a run writes carries the instant of its row
        report = run_daily(ROW_STEPS, day=RunDay(DAY, at), started_by="test", wait_seconds=20)
    assert not report.failed, report.as_text()
    for minutes in (0, 11, 22):
        work(at + timedelta(minutes=minutes))


def work(at: datetime) -> None:
    """A worker: first what another one lost, then all that is due."""
    requeue_lost_jobs(at=at)
    while ran := [
        job for job in Job.objects.due(at).exclude(action__in=JOBS_LEFT_OUT) if run_job(job, at=at)
    ]:
        assert ran


def books() -> dict[str, Any]:
    """All that must be equal however often the work was begun anew; keys of rows are not among it."""
    return {
        "invoices": [_invoice(one) for one in Invoice.objects.order_by("number", "pk")],
        "billed_periods": rows_of(
            BilledPeriod,
            "service__label",
            "period_start",
            "period_end",
            "status",
            "invoice__number",
        ),
        "services": rows_of(
            Service, "client__company", "label", "status", "next_due_date", "cancelled_at"
        ),
        "credit": rows_of(CreditEntry, "account__client__company", "reason", "amount"),
        "balances": rows_of(CreditAccount, "client__company", "balance"),
        "payments": rows_of(Payment, "invoice__number", "amount", "transaction_id", "status"),
        "orders": rows_of(Order, "client__company", "status"),
        "reminders": rows_of(Reminder, "invoice__number", "step", "status"),
        "mails": rows_of(OutgoingMail, "event", "recipient", "status"),
        "jobs": sorted(Counter(Job.objects.values_list("action", "status")).items()),
    }


def rows_of(model: Any, *columns: str) -> list[list[str]]:
    return sorted([str(value) for value in row] for row in model.objects.values_list(*columns))


def _invoice(one: Invoice) -> list[Any]:
    entries = one.settlement_entries.values_list("kind", "amount")
    lines = one.lines.values_list("position", "description", "amount", "tax_amount")
    columns = (one.number, one.kind, one.status, one.issue_date, one.due_date, one.total)
    kept = (one.amount_due, one.credit_applied, one.paid_at, one.overdue_at)
    told = [str(value) for value in (one.client.company, *columns, *kept)]
    return [told, sorted(entries), sorted(lines)]
