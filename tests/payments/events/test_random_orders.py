"""Events of one payment in random orders, doubled and late: the books are those of the right order (R5).

`ORDERS=200 make test ARGS=tests/payments/events/test_random_orders.py` tries two hundred, a third of a second each.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.models import (
    Attempt,
    Dispute,
    GatewayEvent,
    Payment,
    Refund,
    UnallocatedPayment,
)
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.proof import assert_proven
from tests.make.simulation import JOBS_LEFT_OUT
from tests.make.webhooks import deliver
from tests.payments.test_redirect import begin

type Said = dict[str, Any]
ORDERS = int(os.environ.get("ORDERS", "14"))
MINUTE = timedelta(minutes=1)
POLLS = ("attempt.follow", "refund.follow")

PAID: list[Said] = [{"state": state} for state in ("pending", "failed", "action_required", "paid")]
PART: list[Said] = [
    {"refund": state, "name": "r1", "amount": 300} for state in ("accepted", "succeeded")
]
WHOLE: list[Said] = [
    {"refund": state, "name": "r2", "amount": 1200} for state in ("accepted", "succeeded")
]
WON: list[Said] = [{"dispute": state, "name": "d1", "amount": 900} for state in ("open", "won")]
LOST: list[Said] = [{"dispute": state, "name": "d2", "amount": 1200} for state in ("open", "lost")]
STORIES = [
    PAID,
    PAID[:2],
    PAID + PART,
    PAID + WHOLE,
    PAID + WON,
    PAID + LOST,
    PAID + PART + WON,
]
"""What a gateway tells of a payment, in its right order."""


class RollBack(Exception):
    """Ends a world, and takes its rows back."""


@pytest.mark.django_db
def test_events_in_any_order_end_in_the_same_books(provider: FakeProvider) -> None:
    right = [books_after(provider, story) for story in STORIES]
    assert [one["invoice"][0] for one in right] == [
        *("paid", "unpaid", "paid", "refunded"),
        *("paid", "unpaid", "paid"),
    ]
    for seed in range(ORDERS):
        number = seed % len(STORIES)
        dice = random.Random(seed)  # noqa: S311 - the same orders each time
        found = books_after(provider, STORIES[number], dice, prove=seed % 25 == 0)
        assert found == right[number], f"order {seed} of story {number}"


def books_after(
    provider: FakeProvider,
    story: list[Said],
    dice: random.Random | None = None,
    *,
    prove: bool = True,
) -> dict[str, Any]:
    """The books of a world in which the story was told, in its order or in one that ``dice`` choose."""
    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            told(provider, story, dice)
            found = books()
            if prove:
                assert_proven(make.AT + timedelta(days=2))
            raise RollBack
    except RollBack:
        return found


def told(provider: FakeProvider, story: list[Said], dice: random.Random | None) -> None:
    reference = begin(make.make_invoice())[1].reference
    at = make.AT
    for said in in_some_order(story, dice):
        at += dice.choice([0, 1, 30, 90]) * MINUTE if dice else MINUTE
        number = story.index(said)
        with clock.freeze_time(at):
            message = provider.notice(reference, id=f"{reference} {number}", **said)
            assert deliver(message).status == 200
        if dice is None or dice.random() < 0.5:
            work(at, "gateway_event.process")
        if dice and dice.random() < 0.2:
            expire_attempts(ctx=Context(at, SYSTEM))
    for hours in range(26):  # what came too early is tried over a day
        work(at + hours * 60 * MINUTE, "gateway_event.process")
    work(at + timedelta(hours=26))


def in_some_order(story: list[Said], dice: random.Random | None) -> Iterator[Said]:
    """Each at least once; a third of them again, at any time after."""
    if dice is None:
        yield from story
        return
    doubled = [*story, *(said for said in story if dice.random() < 0.3)]
    dice.shuffle(doubled)
    yield from doubled


def work(at: Any, *actions: str) -> None:
    while due := Job.objects.due(at).exclude(action__in=[*JOBS_LEFT_OUT, *POLLS]):
        some = due.filter(action__in=actions) if actions else due
        if not [job for job in some if run_job(job, at=at)]:
            return


def books() -> dict[str, Any]:
    """All that must not depend on the order; instants do."""
    attempt = Attempt.objects.get()
    failed = attempt.status in ("failed", "expired")
    return {
        "invoice": Invoice.objects.values_list("status", "amount_due", "credit_applied").get(),
        "attempt": "not paid" if failed else attempt.status,
        "payments": list(Payment.objects.values_list("amount", "status", "card_last4")),
        "settlements": sorted(SettlementEntry.objects.values_list("kind", "amount")),
        "credit": sorted(CreditEntry.objects.values_list("reason", "amount")),
        "refunds": sorted(Refund.objects.values_list("amount", "status", "is_outside")),
        "disputes": sorted(Dispute.objects.values_list("amount", "status")),
        "unallocated": UnallocatedPayment.objects.count(),
        "mails": Counter(OutgoingMail.objects.values_list("event", flat=True)),
        "events": Counter(GatewayEvent.objects.values_list("status", flat=True)),
    }
