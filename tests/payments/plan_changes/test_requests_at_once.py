"""R35 and R36 with threads: two ways to pay at once, and money while a request ends (invariants.md 4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.models import CreditEntry, Invoice, PlanChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.manual import assign_unallocated_payment
from commerce.payments.actions.plan_change_payments import charge_card_for_plan_change
from commerce.payments.actions.transfer_notices import submit_transfer_notice_for_plan_change
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Attempt, Payment, PaymentShare, TransferNotice
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.cards import keep
from tests.make.payments import switch_on_bank_transfer
from tests.payments.plan_changes.conftest import (
    ASKED,
    CTX,
    TENTH,
    ask,
    hear,
    ledger,
    make_upgradable,
    receive,
    settled,
    stands,
    start,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
DAY = timedelta(days=1)


def fresh(change: PlanChange) -> PlanChange:
    return PlanChange.objects.get(pk=change.pk)


def card(change: PlanChange, provider: FakeProvider) -> Attempt:
    """An attempt that was paid, and of which nobody has told yet."""
    attempt = start(change)
    provider.pay(attempt.reference or "")
    return attempt


def hears(attempt: Attempt, at: Any = TENTH) -> Callable[[], None]:
    return lambda: hear(Attempt.objects.get(pk=attempt.pk), at)


def test_one_payment_told_20_times_at_once_is_one(
    change: PlanChange, provider: FakeProvider
) -> None:
    results = at_once([hears(card(change, provider))] * WORKERS)
    assert not [one for one in results if isinstance(one, Exception)]
    assert (stands(change), Payment.objects.count()) == (("applied", "paid"), 1)
    assert (settled(change), ledger(change)) == ([("payment", ASKED)], [])


def test_r35_card_and_transfer_at_once_are_one_change_and_the_rest_is_credit(
    change: PlanChange, provider: FakeProvider
) -> None:
    attempt = card(change, provider)
    by_hand: dict[str, Any] = {"idempotency_key": "form", "reference": "SEPA 1"}
    tasks: list[Callable[[], object]] = [hears(attempt), lambda: receive(change, **by_hand)]
    results = at_once(tasks * (WORKERS // 2))
    assert not [one for one in results if isinstance(one, Exception)]
    assert (stands(change), Payment.objects.count()) == (("applied", "paid"), 2)
    assert (settled(change), ledger(change)) == (
        [("payment", ASKED)],
        [("late_payment", ASKED)],
    )
    assert PaymentShare.objects.count() == 1
    assert Invoice.objects.filter(kind="plan_change").count() == 1


def test_parts_at_once_are_all_booked_and_no_cent_is_lost(change: PlanChange) -> None:
    """20 of 1.50: 30.00 for 20.00."""
    at_once([lambda n=n: receive(change, 150, idempotency_key=f"{n}") for n in range(WORKERS)])
    assert (stands(change), Payment.objects.count()) == (("applied", "paid"), WORKERS)
    account = CreditEntry.objects.order_by("-pk")[0]
    assert account.balance == WORKERS * 150 - ASKED
    assert sum(amount for _kind, amount in settled(change)) == ASKED


def either(change: PlanChange) -> None:
    """It was carried out with the money, or all of it is credit."""
    status, invoice = stands(change)
    assert sum(Payment.objects.values_list("amount", flat=True)) == ASKED
    if status == "applied":
        assert (invoice, settled(change), ledger(change)) == ("paid", [("payment", ASKED)], [])
    else:
        assert (invoice, settled(change)) == (None, [])
        assert [each for each in ledger(change) if each[1] > 0] == [("late_payment", ASKED)]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("end", ["withdrawn", "lapsed", "renewed"])
def test_r36_money_while_a_request_ends(provider: FakeProvider, first: int, end: str) -> None:
    change = ask(make_upgradable())
    attempt = card(change, provider)
    at = TENTH + 13 * DAY
    ends: dict[str, Callable[[], object]] = {
        "withdrawn": lambda: actions.withdraw_plan_change(change=fresh(change), ctx=CTX),
        "lapsed": lambda: actions.lapse_plan_change(
            change=fresh(change), day=at.date(), ctx=Context(at, SYSTEM)
        ),
        "renewed": lambda: renew_services(
            client_id=change.client_id, day=at.date(), ctx=Context(at, SYSTEM)
        ),
    }
    tasks = [hears(attempt, at)] * (WORKERS // 2)
    others = [ends[end]] * (WORKERS // 2)
    mixed = [one for pair in zip(tasks, others, strict=True) for one in pair]
    results = at_once(mixed if first else mixed[::-1])
    errors = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, StateConflict) for one in errors)
    either(change)


def test_one_live_attempt_charge_and_notice_of_20_at_once(
    change: PlanChange, provider: FakeProvider
) -> None:
    switch_on_bank_transfer()
    saved = keep(change.client)

    def notice() -> object:
        return submit_transfer_notice_for_plan_change(change=fresh(change), ctx=CTX)

    def charge() -> object:
        return charge_card_for_plan_change(
            change=fresh(change), card=saved, amount=ASKED, created_by=None, ctx=CTX
        )

    at_once([lambda: start(change), notice, charge, lambda: start(change, "bank_transfer")] * 5)
    kinds = Attempt.objects.values_list("gateway", "kind")
    assert sorted(kinds) == [
        ("bank_transfer", "on_session"),
        ("fake", "off_session"),
        ("fake", "on_session"),
    ]
    assert TransferNotice.objects.count() == 1


def test_unallocated_money_is_assigned_to_one_of_two_requests(provider: FakeProvider) -> None:
    one = ask(make_upgradable(make.make_client(company="One"), "One"))
    two = ask(make_upgradable(make.make_client(company="Two"), "Two"))
    kept = record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id="SEPA 7",
        amount=ASKED,
        currency_code="EUR",
        received_on=TENTH.date(),
        reason="reference",
        ctx=CTX,
    )

    def assign(change: PlanChange) -> Callable[[], object]:
        return lambda: assign_unallocated_payment(unallocated=kept, to=fresh(change), ctx=CTX)

    results = at_once([assign(one), assign(two)] * (WORKERS // 2))
    assert refusals(results) == WORKERS - 1
    assert sorted([stands(one)[0], stands(two)[0]]) == ["applied", "awaiting_payment"]
