"""M20: nothing is booked in a closed month, whichever way it comes; it comes out in the open one, with its true day."""

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commerce.billing.credit.actions import add_credit
from commerce.billing.models import BooksFile, BooksMonth, CreditNote, Invoice
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.manual import assign_unallocated_payment, record_manual_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.transfer_notices import confirm_transfer_notice
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment, UnallocatedPayment
from commerce.payments.month_closing.actions import (
    add_ended_months,
    close_blocked_reason,
    close_month,
    reopen_blocked_reason,
    reopen_month,
    store_figures_and_files,
)
from commerce.payments.month_closing.figures import month_figures, month_gaps
from commerce.payments.revenue import revenue_by_month
from commerce.runs.models import DailyRun
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.flows.test_races import at_once
from tests.make.blocked_reasons import blocked_codes
from tests.make.payments import declare_transfer
from tests.make.proof import assert_proven
from tests.make.records import make_credit_note
from tests.make.staff import make_staff

MARCH = datetime(2026, 3, 20, 9, tzinfo=UTC)
MARCH_1, MARCH_20, APRIL_1 = date(2026, 3, 1), date(2026, 3, 20), date(2026, 4, 1)
CTX = Context(make.AT, SYSTEM)


@pytest.fixture(autouse=True)
def _in_euros(db: None) -> None:
    set_setting(key="tax.accounting_currency", value="EUR", ctx=CTX)


def an_ended_month() -> BooksMonth:
    """March, of which everything is done."""
    DailyRun.objects.create(date=APRIL_1, started_at=make.AT, started_by="test", ended_at=make.AT)
    add_ended_months(make.AT)
    return BooksMonth.objects.get(month=MARCH_1)


def close(month: BooksMonth, ctx: Context = CTX) -> BooksMonth:
    """Close it with all that is open."""
    try:
        close_month(month=month, ctx=ctx)
    except NeedsConfirmation as question:
        close_month(month=month, confirmed=[question.answer], ctx=ctx)
    return month


def money(**over: Any) -> ReceivedMoney:
    values = {"gateway": "stripe", "transaction_id": "pi_late", "amount": 1200}
    values |= {"currency_code": "EUR", "received_on": MARCH_20}
    return ReceivedMoney(**(values | over))


def by_gateway(invoice: Invoice) -> Payment:
    booked = book_reported_payment(money=money(), invoice=invoice, ctx=CTX)
    assert isinstance(booked, Payment)
    return booked


def by_staff(invoice: Invoice) -> Payment:
    typed: Any = {"amount": 1200, "method": "cash", "received_on": MARCH_20}
    return record_manual_payment(invoice=invoice, idempotency_key="k", ctx=CTX, **typed)


def by_transfer(invoice: Invoice) -> Payment:
    notice = declare_transfer(invoice, at=MARCH)
    return confirm_transfer_notice(
        notice=notice, amount=1200, received_on=MARCH_20, reference="SEPA 7", ctx=CTX
    )


def assigned(invoice: Invoice) -> Payment:
    return assign_unallocated_payment(
        unallocated=UnallocatedPayment.objects.get(), to=invoice, ctx=CTX
    )


WAYS: dict[str, Callable[[Invoice], Payment]] = {
    "gateway": by_gateway,
    "staff": by_staff,
    "transfer": by_transfer,
    "assigned": assigned,
}


@pytest.mark.parametrize("way", WAYS)
def test_late_money_counts_in_the_first_open_month_and_keeps_its_day(way: str) -> None:
    invoice = make.make_invoice(at=MARCH)
    if way == "assigned":
        came: Any = {"gateway": "stripe", "transaction_id": "pi_late", "amount": 1200}
        came |= {"currency_code": "EUR", "received_on": MARCH_20, "reason": "reference"}
        record_unallocated_payment(**came, ctx=Context(MARCH, SYSTEM))
    month = close(an_ended_month())
    payment = WAYS[way](invoice)
    assert (payment.received_on, payment.booked_on) == (MARCH_20, APRIL_1)
    assert payment.day_in_books == APRIL_1
    revenue = revenue_by_month(MARCH_1, date(2026, 5, 1))["EUR"]
    assert {day: one.received for day, one in revenue.items()} == {APRIL_1: 1200}
    assert month_figures(month) == month.figures
    assert_proven(make.AT)


def test_money_of_an_open_month_counts_on_its_day() -> None:
    invoice = make.make_invoice(at=MARCH)
    an_ended_month()
    assert by_gateway(invoice).booked_on is None
    assert revenue_by_month(MARCH_1, APRIL_1)["EUR"][MARCH_1].received == 1200


def test_a_daily_run_that_catches_up_bills_in_the_open_month() -> None:
    make.make_invoice(at=MARCH)
    make.make_service(at=MARCH - timedelta(days=17))
    month = close(an_ended_month())
    run_daily(DAILY_STEPS, day=RunDay(date(2026, 3, 30), make.AT), started_by="test")
    made = Invoice.objects.exclude(kind="manual").values_list("issue_date", flat=True)
    assert list(made) == [make.AT.date()]
    assert month_figures(month) == month.figures


def test_a_clock_behind_the_closed_month_issues_in_the_open_one() -> None:
    """Documents that were begun before midnight, or after ``billing.time_zone`` has moved."""
    make_credit_note(invoice=make.make_invoice(at=MARCH), at=MARCH)
    close(an_ended_month())
    ctx = Context(MARCH, SYSTEM)
    invoice = make.make_invoice(at=MARCH)
    assert invoice.issue_date == APRIL_1
    for booked in (
        lambda: make_credit_note(invoice=invoice, ctx=ctx),
        lambda: make.make_payment(invoice, at=MARCH),
        lambda: add_credit(
            client=invoice.client,
            currency_code="EUR",
            amount=5,
            note="x",
            idempotency_key="x",
            ctx=ctx,
        ),
    ):
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            booked()


def test_a_refund_of_money_of_a_closed_month_counts_when_it_goes() -> None:
    payment = make.make_payment(make.make_invoice(at=MARCH), at=MARCH)
    month = close(an_ended_month())
    refund_payment(
        payment=payment, method="credit", amount=500, reason="asked", idempotency_key="r", ctx=CTX
    )
    assert CreditNote.objects.get().issue_date == make.AT.date()
    month.refresh_from_db()
    assert month_figures(month) == month.figures


def test_the_files_add_up_to_the_figures_and_stay_as_they_were_made() -> None:
    client = make.make_client(company="=Weber, GmbH", tax_id="DE811907980")
    make.make_payment(make.make_invoice(client, at=MARCH), at=MARCH, amount=1500, fee=30)
    make_credit_note(invoice=make.make_invoice(client, at=MARCH), at=MARCH)
    month = close(an_ended_month())
    figures = month.figures["EUR"]
    documents, payments = (read(month, name) for name in ("documents", "payments"))
    assert total(documents, "net") == figures["invoiced"] - figures["credited"] == 1000
    assert total(documents, "books_tax") == figures["invoiced_tax"] - figures["credited_tax"]
    assert total(payments, "amount") == figures["received"] == 1500
    first = documents[0]
    assert (first["client"], first["vat_number"], first["country"]) == (
        "'=Weber, GmbH",
        "DE811907980",
        "DE",
    )
    assert (first["paid_on"], first["method"], first["rate"]) == (
        "2026-03-20",
        "bank_transfer",
        "20",
    )
    by_gateway(make.make_invoice(client))
    store_figures_and_files(month)  # as a daily run that thinks that they were not made
    assert BooksFile.objects.count() == 3
    assert read(month, "payments") == payments
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        BooksFile.objects.update(content=b"")


def read(month: BooksMonth, name: str) -> list[dict[str, str]]:
    text = gzip.decompress(bytes(month.files.get(name=name).content)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum(Decimal(row[column]) for row in rows) * 100


def test_files_that_were_not_made_are_made_by_the_next_run() -> None:
    make.make_invoice(at=MARCH)
    month = an_ended_month()
    BooksMonth.objects.filter(pk=month.pk).update(
        status="closed", closed_at=make.AT, ends_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    day = RunDay(make.AT.date(), make.AT)
    run_daily(DAILY_STEPS, day=day, started_by="test", only_step="list-ended-months")
    assert {one.name for one in month.files.all()} == {"documents", "payments", "tax"}


def test_months_are_listed_when_they_end_and_none_twice() -> None:
    assert add_ended_months(make.AT) == 0  # nothing was ever issued
    make.make_invoice(at=MARCH)
    assert [add_ended_months(make.AT + timedelta(days=days)) for days in (0, 0, 90, 90)] == [
        *(1, 0, 3, 0)
    ]


def test_when_a_month_can_be_closed_and_opened() -> None:
    make.make_invoice(at=MARCH)
    for days in (0, 60):
        add_ended_months(make.AT + timedelta(days=days))
    march, april, may = BooksMonth.objects.order_by("month")

    def codes(month: BooksMonth, ctx: Context = CTX) -> dict[str, str]:
        month.refresh_from_db()
        gaps = month_gaps(month)
        confirmed = "_".join(f"{name}-{count}" for name, count in gaps.items())
        say = {"confirmed": [f"books_month.has_gaps:{confirmed}"], "ctx": ctx}
        acts: Any = {
            "close": (close_blocked_reason, lambda one: close_month(month=one, **say)),
            "open": (
                reopen_blocked_reason,
                lambda one: reopen_month(month=one, reason="x", ctx=ctx),
            ),
        }
        return blocked_codes(acts, month, ctx)

    assert codes(march)["close"] == "books_month.runs_not_done"
    assert codes(may)["close"] == "books_month.not_over"
    later = Context(make.AT + timedelta(days=60), SYSTEM)
    DailyRun.objects.create(
        date=later.at.date(), started_at=later.at, started_by="x", ended_at=later.at
    )
    assert codes(april, later)["close"] == "books_month.earlier_is_open"
    assert codes(march) == {"open": "books_month.is_open"}
    close(march)
    close(april, later)
    assert codes(march) == {"close": "books_month.is_closed", "open": "books_month.later_is_closed"}
    admin = Context(make.AT, Actor("staff", make_staff("admin").pk))
    assert codes(april, admin)["open"] == "books_month.super_admin_only"
    assert "open" not in codes(april, Context(make.AT, Actor("staff", make_staff().pk)))


def test_a_month_with_gaps_asks_and_keeps_what_it_asked() -> None:
    make.make_invoice(at=MARCH)
    make.make_draft(at=MARCH)
    month = an_ended_month()
    with pytest.raises(NeedsConfirmation) as asked:
        close_month(month=month, ctx=CTX)
    assert asked.value.answer == "books_month.has_gaps:without_pdf-1_drafts-1"
    make.make_draft(at=MARCH)
    with pytest.raises(NeedsConfirmation):  # of what has come since, they are asked anew
        close_month(month=month, confirmed=[asked.value.answer], ctx=CTX)
    assert close(month).gaps == {"without_pdf": 1, "drafts": 2}


def test_opened_again_it_takes_money_and_keeps_its_files() -> None:
    invoice = make.make_invoice(at=MARCH)
    month = close(an_ended_month())
    reopen_month(month=month, reason="An invoice was missing", ctx=CTX)
    assert by_gateway(invoice).booked_on is None
    again = Context(make.AT + timedelta(hours=1), SYSTEM)
    close(month, again)
    assert month.figures["EUR"]["received"] == 1200
    assert [len(read_of(month, at)) for at in (CTX.at, again.at)] == [0, 1]


def read_of(month: BooksMonth, closed_at: datetime) -> list[str]:
    file = month.files.get(name="payments", closed_at=closed_at)
    return gzip.decompress(bytes(file.content)).decode().splitlines()[1:]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_20_book_while_the_month_is_closed() -> None:
    """Each is in the month, its figures and files, or in the open one; who comes too late is told to try again."""
    invoices = [make.make_invoice(at=MARCH) for _ in range(20)]
    month = an_ended_month()
    gaps = "_".join(f"{name}-{count}" for name, count in month_gaps(month).items())
    confirmed = [f"books_month.has_gaps:{gaps}"]

    def book(n: int) -> str:
        try:
            paid = money(transaction_id=f"pi_{n}")
            book_reported_payment(money=paid, invoice=invoices[n], ctx=CTX)
        except IntegrityError:
            return "again"
        return "booked"

    acts: list[Callable[[], Any]] = [lambda n=n: book(n) for n in range(20)]  # type: ignore[misc]
    acts.insert(7, lambda: close_month(month=month, confirmed=confirmed, ctx=CTX))
    results = at_once(acts)
    assert not [one for one in results if isinstance(one, (BusinessError, StateConflict))]
    for n, result in enumerate(results[:7] + results[8:]):
        if result == "again":
            assert book(n) == "booked"
    month.refresh_from_db()
    in_march = Payment.objects.filter(booked_on=None).count()
    assert month.figures["EUR"]["received"] == 1200 * in_march
    assert total(read(month, "payments"), "amount") == 1200 * in_march
    assert Payment.objects.filter(booked_on=APRIL_1).count() == 20 - in_march
    assert month_figures(month) == month.figures
    assert_proven(make.AT)
