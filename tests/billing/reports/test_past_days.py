"""What clients owed and had on past days equals the statements of account of those days (backoffice.md 6)."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit, apply_credit, remove_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
from commerce.billing.invoices.statement import account_statement
from commerce.billing.models import CreditAccount, Invoice, SettlementEntry
from commerce.billing.reports.past_days import (
    BalanceOnDay,
    credit_on,
    invoices_owed_on,
    receivables_on,
    sums_by_currency,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.draws import draws
from tests.make.payments import refund_whole_payment

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, 11, tzinfo=UTC)
CURRENCIES = ("EUR", "JPY")


def by_statements(clients: list[Client], day: date) -> tuple[dict[tuple[int, str], int], ...]:
    """(owed, credit) of each client and currency, as each statement of account closes."""
    owed, credit = {}, {}
    for client in clients:
        for block in account_statement(client, None, day):
            owed[client.pk, block.currency] = block.owed.closing
            credit[client.pk, block.currency] = block.credit.closing
    return tuple({key: sum_ for key, sum_ in one.items() if sum_} for one in (owed, credit))


def as_dict(found: list[BalanceOnDay]) -> dict[tuple[int, str], int]:
    return {(one.client_id, one.currency_code): one.amount for one in found}


class RandomHistory:
    """Acts of some clients over some weeks, at any time of the day."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - the same histories each time
        self.clients = [make.make_client() for _ in range(3)]
        self.at = START

    def live(self, days: int) -> Iterator[date]:
        """Each day, when it is over."""
        for _ in range(days):
            for hour in sorted(self.draw.choices(range(24), k=self.draw.randrange(7))):
                self.at = self.at.replace(hour=hour, minute=self.draw.randrange(60))
                self._act()
            yield self.at.date()
            self.at = (self.at + timedelta(days=1)).replace(hour=0, minute=0)

    def _act(self) -> None:
        acts = [self._invoice, self._pay, self._pay, self._credit_note, self._add, self._use]
        acts += [self._void, self._refund, self._reverse, self._take]
        try:
            self.draw.choice(acts)()
        except BusinessError:
            return  # what cannot be done now is not

    @property
    def ctx(self) -> Context:
        return Context(self.at, SYSTEM)

    def _invoice(self) -> None:
        line = DraftLine("Work", self.draw.randrange(1, 5000), make.VAT)
        code = self.draw.choice(CURRENCIES)
        make.make_invoice(
            self.draw.choice(self.clients), lines=[line], currency_code=code, at=self.at
        )

    def _one(self, *statuses: str) -> Invoice:
        found = list(Invoice.objects.filter(status__in=statuses).order_by("pk"))
        if not found:
            raise BusinessError("invoice.not_found")
        return self.draw.choice(found)

    def _pay(self) -> None:
        invoice = self._one("unpaid", "overdue")
        most = invoice.amount_due
        amount = self.draw.choice([most, max(1, most // 2), most + 7])
        received = current.business_date(self.at)
        make.make_payment(invoice, amount=amount, at=self.at, received_on=received)

    def _credit_note(self) -> None:
        invoice = self._one("unpaid", "paid")
        amount = self.draw.randrange(1, invoice.total + 1)
        credit_invoice(invoice=invoice, amount=amount, reason="Sorry", ctx=self.ctx)

    def _void(self) -> None:
        void_invoice(invoice=self._one("unpaid"), reason="Mistake", ctx=self.ctx)

    def _payment(self) -> Payment:
        found = list(Payment.objects.filter(status="completed").order_by("pk"))
        if not found:
            raise BusinessError("payment.not_found")
        return self.draw.choice(found)

    def _refund(self) -> None:
        refund_whole_payment(payment=self._payment(), reason="Asked", ctx=self.ctx)

    def _reverse(self) -> None:
        reverse_payment(payment=self._payment(), reason="Bounced", ctx=self.ctx)

    def _add(self) -> None:
        add_credit(
            client=self.draw.choice(self.clients),
            currency_code=self.draw.choice(CURRENCIES),
            amount=self.draw.randrange(500, 3000),
            note="Gift",
            ctx=self.ctx,
        )

    def _use(self) -> None:
        invoice = self._one("unpaid")
        apply_credit(invoice=invoice, amount=self.draw.randrange(1, 500), ctx=self.ctx)

    def _take(self) -> None:
        account = CreditAccount.objects.filter(balance__gt=0).order_by("pk").first()
        if account is not None:
            remove_credit(
                client=account.client,
                currency_code=account.currency_id,
                amount=self.draw.randrange(1, account.balance + 1),
                note="Mistake",
                ctx=self.ctx,
            )


@pytest.mark.parametrize("seed", range(draws(1)))
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_each_past_day_is_as_the_statements_of_account_have_it(seed: int, zone: str) -> None:
    make.records.make_currency("JPY")
    set_setting(key="billing.time_zone", value=zone, ctx=Context(START, SYSTEM))
    history = RandomHistory(seed)
    days = [START.date() - timedelta(days=1), *history.live(40)]
    seen = 0
    for day in days:
        owed, credit = by_statements(history.clients, day)
        assert as_dict(receivables_on(day)) == owed, day
        assert as_dict(credit_on(day)) == credit, day
        seen += len(owed) + len(credit)
        for (client, code), amount in owed.items():
            each = invoices_owed_on(day, client, code)
            assert sum(one.amount for one in each) == amount
            late = sum(one.amount for one in each if one.due_date < day)
            [said] = [
                one
                for one in receivables_on(day)
                if (one.client_id, one.currency_code) == (client, code)
            ]
            assert said.overdue == late
    assert seen > len(days)
    kinds = set(SettlementEntry.objects.values_list("kind", flat=True))
    assert {"payment", "credit", "credit_note", "reversal"} <= kinds


def test_what_was_paid_later_was_owed_then() -> None:
    """At the end of the day of the company, not of Greenwich."""
    set_setting(key="billing.time_zone", value="America/New_York", ctx=Context(START, SYSTEM))
    client = make.make_client()
    lines = [DraftLine("Work", 100_00, OUTSIDE_SCOPE)]
    late = make.make_invoice(client, lines=lines, at=START, due_date=date(2026, 1, 10))
    evening = datetime(2026, 2, 1, 4, 59, tzinfo=UTC)  # 31 January in New York
    received = date(2026, 1, 31)
    make.make_payment(late, amount=30_00, at=evening, received_on=received)
    make.make_payment(late, amount=75_00, at=evening + timedelta(minutes=1), received_on=received)
    make.make_invoice(client, lines=lines, at=START + timedelta(days=40))
    assert receivables_on(date(2025, 12, 31)) == []
    first, january = date(2026, 1, 10), date(2026, 1, 31)
    assert receivables_on(first) == [BalanceOnDay(client.pk, "EUR", 100_00)]
    assert receivables_on(january) == [BalanceOnDay(client.pk, "EUR", 70_00, 70_00)]
    assert receivables_on(date(2026, 2, 1)) == []
    assert credit_on(january) == []
    assert credit_on(date(2026, 2, 1)) == [BalanceOnDay(client.pk, "EUR", 5_00)]
    [owed] = invoices_owed_on(january, client.pk, "EUR")
    assert (owed.number, owed.total, owed.amount) == (late.number, 100_00, 70_00)
    assert sums_by_currency(receivables_on(january))["EUR"].amount == 70_00


@pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL")
def test_a_recent_day_reads_what_happened_since() -> None:
    """Neither all invoices nor all entries: the ledgers by time, and what is open now."""
    for report, index in ((receivables_on, "settlement_by_time"), (credit_on, "credit_by_time")):
        with CaptureQueriesContext(connection) as asked:
            report(date(2026, 1, 31))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
            assert index in str(cursor.fetchall())
