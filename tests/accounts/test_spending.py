"""What a token commits its client to, against a model of decision 143, and at once."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from commerce.accounts.actions.api_writes.spending import (
    SpendingLimitError,
    commit_payment,
    commit_spending,
    count_spending_again,
    give_back_spending,
    set_spending_limit,
    token_limits,
)
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import ApiToken, Client, SpendingLimit, TokenCommitment
from commerce.accounts.rules import SpendingRecord
from commerce.kit.errors import BusinessError, StateConflict
from tests.flows.test_races import at_once
from tests.make import make_client, make_token
from tests.make.cards import CTX

INVOICE, ATTEMPT = SpendingRecord.INVOICE, SpendingRecord.ATTEMPT


def limited(client: Client, per_act: int, per_period: int, name: str = "shop") -> ApiToken:
    token = make_token(client, name=name)[0]
    set_spending_limit(token=token, per_purchase=per_act, per_30_days=per_period, ctx=CTX)
    return token


@transaction.atomic
def order(token: ApiToken, due: int, recurring: int = 0, invoice: int = 1) -> None:
    lock_client(token.client_id)
    commit_spending(
        token_id=token.pk,
        client_id=token.client_id,
        act="order.place",
        currency_code="EUR",
        due=due,
        recurring=recurring,
        debt=(INVOICE, invoice),
    )


def pay(token: ApiToken, amount: int, invoice: int = 1, attempt: int | None = None) -> int:
    commit_payment(
        token_id=token.pk,
        client_id=token.client_id,
        act="invoice.pay",
        currency_code="EUR",
        amount=amount,
        debt=(INVOICE, invoice),
        carrier=None if attempt is None else (ATTEMPT, attempt),
    )
    return TokenCommitment.objects.latest("pk").amount


@pytest.mark.django_db
class TestLimits:
    def test_nothing_can_be_bought_without_one(self) -> None:
        token = make_token(make_client())[0]
        with pytest.raises(SpendingLimitError) as refused:
            order(token, 1)
        assert refused.value.code == "token.spending_limit"
        order(token, 0)  # what costs nothing, now and later

    def test_a_month_that_is_free_counts_the_months_to_come(self) -> None:
        token = limited(make_client(), 1199, 5000)
        with pytest.raises(SpendingLimitError):
            order(token, 0, recurring=1200)

    def test_an_order_that_is_paid_counts_once(self) -> None:
        client = make_client()
        token, other = limited(client, 3000, 3000), limited(client, 10, 10, "other")
        order(token, 1000, recurring=2000)
        assert pay(other, 400) == 0
        assert pay(token, 600) == 0
        with pytest.raises(SpendingLimitError):
            pay(other, 11)
        assert pay(other, 10) == 10

    def test_what_failed_counts_no_longer_unless_it_had_not(self) -> None:
        token = limited(make_client(), 100, 100)
        pay(token, 100, attempt=7)
        assert token_limits(token.pk)["EUR"].left == 0
        give_back_spending(kind=ATTEMPT, record_id=7, ctx=CTX)
        assert token_limits(token.pk)["EUR"].left == 100
        count_spending_again(kind=ATTEMPT, record_id=7)
        with pytest.raises(SpendingLimitError):
            pay(token, 1, invoice=2)

    def test_a_charge_under_way_counts_when_its_order_is_given_up(self) -> None:
        """Or else who orders, pays, and gives up at once again and again is held by no limit."""
        token = limited(make_client(), 1000, 1000)
        order(token, 600, recurring=300)
        assert pay(token, 600, attempt=7) == 0
        give_back_spending(kind=INVOICE, record_id=1, ctx=CTX)
        assert token_limits(token.pk)["EUR"].left == 400
        give_back_spending(kind=ATTEMPT, record_id=7, ctx=CTX)
        assert token_limits(token.pk)["EUR"].left == 1000
        count_spending_again(kind=ATTEMPT, record_id=7)
        assert token_limits(token.pk)["EUR"].left == 400

    def test_the_days_are_those_of_the_database(self) -> None:
        token = limited(make_client(), 100, 100)
        order(token, 100)
        at = TokenCommitment.objects.get().at
        TokenCommitment.objects.update(at=at - timedelta(days=30, seconds=1))
        order(token, 100, invoice=2)

    def test_a_limit_is_for_one_purchase_and_for_thirty_days(self) -> None:
        token = limited(make_client(), 100, 150)
        with pytest.raises(SpendingLimitError):
            order(token, 101)
        order(token, 100)
        with pytest.raises(SpendingLimitError):
            order(token, 51)
        order(token, 50)

    def test_what_is_no_limit_is_refused(self) -> None:
        token = limited(make_client(), 1, 2)
        with pytest.raises(BusinessError, match="30 days"):
            set_spending_limit(token=token, per_purchase=3, ctx=CTX)
        ApiToken.objects.update(status="revoked")
        with pytest.raises(StateConflict):
            set_spending_limit(token=token, per_purchase=1, ctx=CTX)
        row = SpendingLimit.objects.get()
        assert (row.per_act, row.per_period) == (1, 2)

    @pytest.mark.parametrize("seed", range(6))
    def test_random_journeys_leave_what_a_model_says(self, seed: int) -> None:
        """The model keeps for each invoice what was promised and what was paid, in words of the decision."""
        chance = random.Random(seed)  # noqa: S311 - the same each time
        client = make_client()
        tokens = [limited(client, 500, 2000, name) for name in ("a", "b")]
        left = {one.pk: 2000 for one in tokens}
        promised: dict[int, int] = defaultdict(int)
        paid: dict[int, int] = defaultdict(int)
        attempts: dict[int, tuple[int, int, int, int]] = {}
        for step in range(120):
            token, invoice = chance.choice(tokens), chance.randrange(1, 6)
            amount = chance.randrange(1, 300)
            what = chance.choice(["order", "pay", "pay", "fail"])
            if what == "fail" and attempts:
                number = chance.choice([*attempts])
                owner, of, new, all_of_it = attempts.pop(number)
                give_back_spending(kind=ATTEMPT, record_id=number, ctx=CTX)
                left[owner] += new
                promised[of] -= new
                paid[of] -= all_of_it
                continue
            if what == "order":
                recurring = chance.randrange(0, 200)
                counts = amount + recurring
            else:
                counts = max(amount - max(promised[invoice] - paid[invoice], 0), 0)
            fits = counts <= 500 and counts <= left[token.pk]
            try:
                if what == "order":
                    order(token, amount, recurring, invoice)
                else:
                    assert pay(token, amount, invoice, attempt=step) == counts
            except SpendingLimitError:
                assert not fits
                continue
            assert fits
            left[token.pk] -= counts
            promised[invoice] += amount if what == "order" else counts
            if what != "order":
                paid[invoice] += amount
                attempts[step] = (token.pk, invoice, counts, amount)
        for one in tokens:
            assert token_limits(one.pk)["EUR"].left == left[one.pk]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_twenty_at_once_as_many_are_done_as_fit() -> None:
    token = limited(make_client(), 100, 300)

    def one(number: int) -> Callable[[], None]:
        return lambda: order(token, 100, invoice=number)

    ends = at_once([one(number) for number in range(1, 21)])
    refused = [end for end in ends if isinstance(end, SpendingLimitError)]
    assert (len(ends), len(refused)) == (20, 17)
    assert token_limits(token.pk)["EUR"].left == 0
