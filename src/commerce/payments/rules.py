"""States of attempts, payments, refunds and events (invariants.md 3); when a gateway is asked, a card charged again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from commerce.kit.errors import StateConflict
from commerce.kit.money import round_half_up


class AttemptKind(StrEnum):
    """Whether the payer sits before the page."""

    ON_SESSION = "on_session"
    OFF_SESSION = "off_session"


class AttemptPurpose(StrEnum):
    """What an attempt pays: one invoice, several at once, the request of a plan change, or nothing yet: the money
    becomes credit (payments.md 9).
    """

    INVOICE = "invoice"
    INVOICES = "invoices"
    TOP_UP = "top_up"
    PLAN_CHANGE = "plan_change"


class AttemptStatus(StrEnum):
    """What became of an attempt to pay."""

    CREATED = "created"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CLOSED = "closed"


class CardSetupStatus(StrEnum):
    """What became of a try to save a card without paying."""

    CREATED = "created"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class PaymentMethod(StrEnum):
    """How money came that staff record."""

    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"
    CHECK = "check"
    CARD = "card"
    OTHER = "other"


class PaymentStatus(StrEnum):
    """What became of a payment."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    REVERSED = "reversed"


REVERSED_OR_REFUNDED = (PaymentStatus.REVERSED, PaymentStatus.REFUNDED)
"""States that stay as they are when money of the payment is taken back; of a refunded one what is credit goes."""


class RefundMethod(StrEnum):
    """Where refunded money goes: back through the gateway, or to the client's credit."""

    GATEWAY = "gateway"
    CREDIT = "credit"


class RefundStatus(StrEnum):
    """What became of a refund."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """What became of a dispute."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


REVERSAL = "reversal "
"""How the name of a lost dispute begins of which the gateway told no case: the first case after it takes its place."""
ASKED_WITHIN = timedelta(minutes=10)
"""What a gateway was asked before longer than this is no news to anybody: no call takes so long."""


class PaymentReportKind(StrEnum):
    """What became of a payment at the gateway."""

    PENDING = "pending"
    """With a reason it was declined, and the payer may try again."""
    APPROVED = "approved"
    """The payer agreed to the amount, which comes by ``capture``."""
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"
    ACTION_REQUIRED = "action_required"
    """The bank wants the client to confirm."""


UNDECIDED_KINDS = (PaymentReportKind.PENDING, PaymentReportKind.APPROVED)
"""Nothing was paid, and something may be."""


class CardReportState(StrEnum):
    """What became of a card at the gateway."""

    PENDING = "pending"
    SAVED = "saved"
    FAILED = "failed"
    UPDATED = "updated"
    REMOVED = "removed"


class TransferNoticeStatus(StrEnum):
    """What became of a transfer notice."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class UnallocatedPaymentReason(StrEnum):
    """Why a payment belongs to no invoice."""

    CURRENCY = "currency"
    REFERENCE = "reference"
    ACCOUNT = "account"


class UnallocatedPaymentStatus(StrEnum):
    """What became of a payment that belonged to no invoice."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RETURNED = "returned"


class GatewayEventStatus(StrEnum):
    """What became of a message of a gateway."""

    RECEIVED = "received"
    WAITING = "waiting"
    PROCESSED = "processed"
    IGNORED = "ignored"
    PARKED = "parked"


class ReportTooEarly(StateConflict):
    """A gateway tells of a payment that we do not have yet: the report waits, and is told again (payments.md 2.7)."""

    def __init__(self, transaction_id: str) -> None:
        super().__init__("gateway_event.too_early", transaction_id=transaction_id)


ATTEMPT_MOVES = {
    AttemptStatus.CREATED: frozenset({AttemptStatus.OPEN, AttemptStatus.FAILED}),
    AttemptStatus.OPEN: frozenset(
        {AttemptStatus.SUCCEEDED, AttemptStatus.FAILED, AttemptStatus.EXPIRED, AttemptStatus.CLOSED}
    ),
    # The gateway's truth may come late.
    AttemptStatus.FAILED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.EXPIRED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.CLOSED: frozenset({AttemptStatus.SUCCEEDED}),
}

CARD_SETUP_MOVES = {
    CardSetupStatus.CREATED: frozenset({CardSetupStatus.OPEN, CardSetupStatus.FAILED}),
    CardSetupStatus.OPEN: frozenset(
        {CardSetupStatus.SUCCEEDED, CardSetupStatus.FAILED, CardSetupStatus.EXPIRED}
    ),
    # The gateway's truth may come late.
    CardSetupStatus.FAILED: frozenset({CardSetupStatus.SUCCEEDED}),
    CardSetupStatus.EXPIRED: frozenset({CardSetupStatus.SUCCEEDED}),
}

PAYMENT_MOVES = {
    PaymentStatus.PENDING: frozenset({PaymentStatus.COMPLETED, PaymentStatus.FAILED}),
    PaymentStatus.COMPLETED: frozenset(
        {PaymentStatus.REFUNDED, PaymentStatus.DISPUTED, PaymentStatus.REVERSED}
    ),
    PaymentStatus.DISPUTED: frozenset({PaymentStatus.COMPLETED, PaymentStatus.REVERSED}),
    PaymentStatus.REVERSED: frozenset({PaymentStatus.COMPLETED}),
}

REFUND_MOVES = {
    RefundStatus.REQUESTED: frozenset(
        {RefundStatus.ACCEPTED, RefundStatus.FAILED, RefundStatus.SUCCEEDED}
    ),
    RefundStatus.ACCEPTED: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    # Gateways say success when the money has left; the bank of a closed card sends it back weeks later.
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
}

DISPUTE_MOVES = {
    DisputeStatus.OPEN: frozenset({DisputeStatus.WON, DisputeStatus.LOST}),
    # By an appeal; its payment goes from reversed to completed.
    DisputeStatus.LOST: frozenset({DisputeStatus.WON}),
}

TRANSFER_NOTICE_MOVES = {
    TransferNoticeStatus.OPEN: frozenset(
        {TransferNoticeStatus.CONFIRMED, TransferNoticeStatus.REJECTED, TransferNoticeStatus.LAPSED}
    )
}

UNALLOCATED_PAYMENT_MOVES = {
    UnallocatedPaymentStatus.OPEN: frozenset(
        {UnallocatedPaymentStatus.ASSIGNED, UnallocatedPaymentStatus.RETURNED}
    )
}

GATEWAY_EVENT_MOVES = {
    GatewayEventStatus.RECEIVED: frozenset(
        {GatewayEventStatus.PROCESSED, GatewayEventStatus.IGNORED, GatewayEventStatus.WAITING}
    ),
    GatewayEventStatus.WAITING: frozenset(
        {GatewayEventStatus.PROCESSED, GatewayEventStatus.IGNORED, GatewayEventStatus.PARKED}
    ),
    GatewayEventStatus.PARKED: frozenset({GatewayEventStatus.WAITING}),
}

ENDED_EVENT_STATUSES = (GatewayEventStatus.PROCESSED, GatewayEventStatus.IGNORED)
UNFINISHED_EVENT_STATUSES = (
    GatewayEventStatus.RECEIVED,
    GatewayEventStatus.WAITING,
    GatewayEventStatus.PARKED,
)
MAX_REFUND_WAIT = timedelta(days=30)
"""After so long without an end staff look at an accepted refund."""


def next_refund_poll(accepted: datetime, after: datetime) -> datetime | None:
    """When a gateway is asked next what became of a refund; ``None`` once staff should look."""
    return next_poll(accepted, accepted + MAX_REFUND_WAIT, after)


EVENT_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=9),
    timedelta(minutes=50),
    timedelta(hours=2),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long an event waits after its first failed try, its second and so on: tries over 24 hours."""
EVENT_TRIES = 1 + len(EVENT_WAITS)

POLL_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))


def next_event_try(tries: int) -> timedelta | None:
    """How long an event waits after so many failed tries; ``None`` after the last one (payments.md 4)."""
    return EVENT_WAITS[tries - 1] if tries < EVENT_TRIES else None


def next_poll(started: datetime, expires: datetime | None, after: datetime) -> datetime | None:
    """When a gateway is asked next about an open attempt; ``None`` once its time is over (payments.md 2.8).

    15 minutes, an hour and 6 hours after its start, daily from then on, and last when it expires.
    """
    if expires is not None and after >= expires:
        return None
    steps = (started + age for age in POLL_AFTER)
    days = (after - started) // timedelta(days=1) + 1
    when = next((step for step in steps if step > after), started + timedelta(days=days))
    return when if expires is None else min(when, expires)


def first_autopay_day(*, issued_on: date, due: date, lead_days: int) -> date:
    """When a saved card is first charged: so many days before the due date, never before the day after issue."""
    return max(due - timedelta(days=lead_days), issued_on + timedelta(days=1))


def autopay_days(
    *, planned: date, first_made_on: date | None, retry_days: Sequence[int]
) -> list[date]:
    """The days of the tries on a saved card, the first of them first; the later ones count from the first one made."""
    if first_made_on is None:
        return [planned]
    return [first_made_on + timedelta(days=after) for after in (0, *sorted(set(retry_days)))]


def autopay_try_due(*, days: Sequence[date], tries_made: int, day: date) -> int | None:
    """The number of the try that is due: the latest whose day has come, unless it was made; of several only that one.

    ``tries_made`` is the number of the last one that was made.
    """
    come = sum(one <= day for one in days)
    return come if come > tries_made else None


def next_autopay_day(*, days: Sequence[date], tries_made: int, day: date) -> date | None:
    """When the card is charged next, ``day`` itself or later; None: no more."""
    if autopay_try_due(days=days, tries_made=tries_made, day=day):
        return day
    return days[tries_made] if tries_made < len(days) else None


def amount_at_rate(amount: Decimal, rate: Decimal, exponent: int) -> int:
    """An amount of the default currency in minor units of another, one of which is worth ``rate`` of it."""
    return round_half_up((amount / rate).scaleb(exponent))
