"""Moves of attempts, payments, refunds and transfers, and when a gateway is asked again (payments.md 2.8)."""

from datetime import UTC, datetime, timedelta

import pytest

from commerce.payments import rules

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_the_moves_of_money() -> None:
    assert {
        "created": {"open", "failed"},
        "open": {"succeeded", "failed", "expired", "closed"},
        "failed": {"succeeded"},
        "expired": {"succeeded"},
        "closed": {"succeeded"},
    } == rules.ATTEMPT_MOVES
    assert {
        "pending": {"completed", "failed"},
        "completed": {"refunded", "disputed", "reversed"},
        "disputed": {"completed", "reversed"},
        "reversed": {"completed"},
    } == rules.PAYMENT_MOVES
    assert {
        "requested": {"accepted", "failed", "succeeded"},
        "accepted": {"succeeded", "failed"},
        "succeeded": {"failed"},
    } == rules.REFUND_MOVES
    assert {"open": {"won", "lost"}, "lost": {"won"}} == rules.DISPUTE_MOVES
    assert {"open": {"confirmed", "rejected", "lapsed"}} == rules.TRANSFER_NOTICE_MOVES
    assert {"open": {"assigned", "returned"}} == rules.UNALLOCATED_PAYMENT_MOVES


@pytest.mark.parametrize(
    ("after", "look"),
    [
        (timedelta(0), 15 * MINUTE),
        (15 * MINUTE, HOUR),
        (HOUR - MINUTE, HOUR),
        (HOUR, 6 * HOUR),
        (6 * HOUR, DAY),
        (DAY - MINUTE, DAY),
        (DAY, 2 * DAY),
        (5 * DAY + HOUR, 6 * DAY),
    ],
)
def test_when_an_open_attempt_is_looked_at(after: timedelta, look: timedelta) -> None:
    assert rules.next_poll(START, None, START + after) == START + look
    assert rules.next_poll(START, START + look, START + after) == START + look
    sooner = START + look - timedelta(seconds=1)
    assert rules.next_poll(START, sooner, START + after) == sooner


def test_a_gateway_is_asked_last_when_an_attempt_expires() -> None:
    assert rules.next_poll(START, START + DAY, START + DAY) is None
    assert rules.next_poll(START, START + DAY, START + 2 * DAY) is None
