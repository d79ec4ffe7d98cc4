"""support-and-content.md 9: what consumers get back is what a second model counts, in random contracts.

`DRAWS=20 make test ARGS=tests/model/test_statements.py` has 400 of them.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.models import CreditAccount, Invoice
from commerce.consumers.actions.carrying_out import carry_out_statement, settle_ended_contract
from commerce.consumers.models import ConsumerStatement
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.models import Refund
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.draws import draws
from tests.make.plan_changes import bought, plan, rate_from, wish
from tests.make.proof import assert_proven
from tests.make.records import make_group
from tests.make.renewals import renew_services_of
from tests.make.statements import begin_at_once, state, switch_on_consumers
from tests.model import statements as model

CYCLES = {"monthly": 1, "quarterly": 3, "semi_annually": 6, "annually": 12, "biennially": 24}
BEGIN = date(2026, 1, 31)


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


CASES = st.fixed_dictionaries(
    {
        "cycle": st.sampled_from(sorted(CYCLES)),
        "price": st.integers(1, 50_000),
        "setup": st.sampled_from([0, 1, 333, 5_000]),
        "rate": st.sampled_from([0, 7_000, 19_000, 25_500]),
        "with_tax": st.booleans(),
        "begins_on": st.integers(0, 40),
        "renewals": st.integers(0, 2),
        "stated_after": st.integers(0, 500),
        "withdraws": st.booleans(),
        "consent": st.booleans(),
        "notice": st.integers(0, 3),
    }
)


@pytest.mark.django_db
@hypothesis(max_examples=draws(20), suppress_health_check=list(HealthCheck), deadline=None)
@given(case=CASES)
def test_what_comes_back_is_what_the_second_model_counts(
    provider: FakeProvider, case: dict[str, object]
) -> None:
    try:
        with transaction.atomic():
            Story(**case).check()  # type: ignore[arg-type]
            raise RollBack
    except RollBack:
        pass


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


class Story:
    """One contract of a consumer from the order to what came back, here and in the model."""

    def __init__(
        self,
        *,
        cycle: str,
        price: int,
        setup: int,
        rate: int,
        with_tax: bool,
        begins_on: int,
        renewals: int,
        stated_after: int,
        withdraws: bool,
        consent: bool,
        notice: int,
    ) -> None:
        switch_on_consumers(notice=f"* | {notice} | test")
        if with_tax:
            set_setting(key="tax.prices_include_tax", value="on", ctx=Context(make.AT, SYSTEM))
        rate_from(date(2020, 1, 1), rate, category="S" if rate else "Z")
        self.cycle, self.price, self.setup, self.rate = cycle, price, setup, rate
        self.with_tax, self.withdraws, self.consent, self.notice = (
            with_tax,
            withdraws,
            consent,
            notice,
        )
        self.begin = BEGIN + timedelta(days=begins_on)
        product = plan(make_group(), setup=setup, **{"monthly": 1, cycle: price})
        [self.service] = bought(wish(product, cycle=cycle), at=noon(self.begin), gateway="fake")
        if consent:
            begin_at_once(self.service.client, self.service.order_unit.item.order, noon(self.begin))
        for _ in range(renewals):
            self.renew()
        latest = self.due - timedelta(days=1)
        earliest = self.begin if not renewals else self.billed[-1].start - timedelta(days=7)
        span = (latest - earliest).days + 1
        self.stated = earliest + timedelta(days=stated_after % span)

    @property
    def due(self) -> date:
        day = Service.objects.get(pk=self.service.pk).next_due_date
        assert day is not None
        return day

    @property
    def billed(self) -> list[model.Billed]:
        """What the documents bill, counted from the day on which it began."""
        months, found, n = CYCLES[self.cycle], [], 0
        while (start := model.months_later(self.begin, n * months)) < self.due:
            end = model.months_later(self.begin, (n + 1) * months)
            setup = self.setup if n == 0 else 0
            found.append(model.Billed(start, end, self.price, setup, self.rate))
            n += 1
        return found

    def renew(self) -> None:
        at = noon(self.due - timedelta(days=7))
        [made] = renew_services_of(self.service.client, at).invoices
        make.make_payment(Invoice.objects.get(pk=made), at=at, gateway="fake")

    def check(self) -> None:
        contract = model.Contract(self.begin, CYCLES[self.cycle], tuple(self.billed))
        kind = "withdrawal" if self.withdraws else "ending"
        ctx = Context(noon(self.stated), SYSTEM)
        statement = state(kind, about=self.service, at=noon(self.stated))
        if self.withdraws:
            expected = self.check_withdrawal(contract, statement, ctx)
        else:
            expected = self.check_ending(contract, statement, ctx)
        if expected is None:
            return
        statement.refresh_from_db()
        assert statement.given_back == expected
        # Payments that are too old to go back stay in credit, for a payout by hand.
        in_credit = sum(CreditAccount.objects.values_list("balance", flat=True))
        assert sum(Refund.objects.values_list("amount", flat=True)) + in_credit == expected
        assert_proven(noon(self.stated))

    def check_withdrawal(
        self, contract: model.Contract, statement: ConsumerStatement, ctx: Context
    ) -> int | None:
        last = model.last_day_to_withdraw(self.begin, 14, instructed=self.consent)
        if self.stated > last:
            with pytest.raises(BusinessError, match="withdrawal period ended"):
                carry_out_statement(statement=statement, ctx=ctx)
            return None
        carry_out_statement(statement=statement, ctx=ctx)
        return model.back_by_withdrawal(
            contract, self.stated, used_counts=self.consent, with_tax=self.with_tax
        )

    def check_ending(
        self, contract: model.Contract, statement: ConsumerStatement, ctx: Context
    ) -> int:
        end = model.day_of_end(contract, self.stated, self.notice)
        carry_out_statement(statement=statement, ctx=ctx)
        self.service.refresh_from_db()
        assert self.service.cancel_at == end
        at = Context(noon(end), SYSTEM)
        carry_out_cancellation(service=self.service, ctx=at)
        settle_ended_contract(service_id=self.service.pk, ctx=at)
        return model.back_by_ending(contract, end, with_tax=self.with_tax)
