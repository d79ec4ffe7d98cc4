"""The jobs of refunds: asking a gateway to send money back, what became of it, and telling staff (payments.md 8)."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.payments.actions.refund_results import (
    accept_refund,
    apply_refund_report,
    complete_refund,
    fail_refund,
)
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import GatewayPayment, RefundResult
from commerce.payments.job_names import (
    FOLLOW_REFUND,
    REFUND_FAILED,
    SEND_REFUND,
    UNRECOVERED_REFUND,
)
from commerce.payments.models import Refund
from commerce.payments.rules import RefundStatus, next_refund_poll

RETRY_WHEN_SILENT = timedelta(minutes=15)
MAX_SEND_TIME = timedelta(hours=20)
"""Gateways remember a key for a day: what is sent later may be sent twice."""
MAX_FOLLOW_TIME = timedelta(days=60)


def _sent_by_hand(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    """Staff looked at the gateway: it made the refund under the reference that they typed, or it did not."""
    refund, ctx = _refund(run), Context(run.at, actor)
    if reference := typed.get("remote_id", "").strip():
        accept_refund(refund=refund, reference=reference, ctx=ctx)
    else:
        fail_refund(refund=refund, reason="The gateway did not make this refund.", ctx=ctx)


@job_handler(SEND_REFUND, one_at_a_time=True, audited=True, on_manual_completion=_sent_by_hand)
def send_refund(run: JobRun) -> JobEffect:
    """Ask the gateway, with the key of the refund: a try whose answer was lost is no second refund."""
    refund = _refund(run)
    if refund.status != RefundStatus.REQUESTED:
        raise Obsolete(f"The refund is {refund.status}.")
    if run.at - refund.created_at > MAX_SEND_TIME:
        raise PermanentFailure(_unanswered(refund))
    payment = refund.payment
    paid = GatewayPayment(
        payment.transaction_id,
        payment.amount,
        payment.currency_id,
        (payment.attempt and payment.attempt.reference) or "",
    )
    try:
        result = registry.get_gateway(refund.gateway).refund(
            paid, refund.amount, refund.idempotency_key
        )
    except OSError as silent:
        text = f"{_unanswered(refund)} {silent}"
        raise RetryLater(
            RETRY_WHEN_SILENT.total_seconds(), text, max_seconds=MAX_SEND_TIME.total_seconds()
        ) from silent
    return partial(_answered, refund, result, Context(run.at, SYSTEM))


def _answered(refund: Refund, result: RefundResult, ctx: Context) -> None:
    if result.state == RefundStatus.FAILED:
        fail_refund(refund=refund, reason=result.reason, ctx=ctx)
        return
    accept_refund(refund=refund, reference=result.reference, ctx=ctx)
    if result.state == RefundStatus.SUCCEEDED:
        complete_refund(refund=refund, ctx=ctx)


@job_handler(FOLLOW_REFUND)
def follow_refund(run: JobRun) -> JobEffect:
    """Ask from time to time what became of an accepted refund, until it has ended."""
    refund = _refund(run)
    if refund.status != RefundStatus.ACCEPTED or not refund.reference or not refund.accepted_at:
        raise Obsolete(f"The refund is {refund.status}.")
    first = next_refund_poll(refund.accepted_at, refund.accepted_at)
    if first and run.at < first:
        raise _later(run, first - run.at, "It was accepted just now.")
    after = next_refund_poll(refund.accepted_at, run.at)
    wait = after - run.at if after else timedelta(days=1)
    try:
        report = registry.get_gateway(refund.gateway).fetch_refund(refund.reference)
    except OSError as silent:
        raise _later(run, wait, f"{refund.gateway}: {silent}") from silent
    except BusinessError as never:
        raise Obsolete(str(never)) from never
    if report.state == RefundStatus.ACCEPTED:
        if after is None:
            raise PermanentFailure(
                f"{refund.gateway} has not finished refund {refund.reference}. Look at it there."
            )
        raise _later(run, wait, "The gateway says: accepted.")
    return partial(
        apply_refund_report, gateway=refund.gateway, report=report, ctx=Context(run.at, SYSTEM)
    )


def _later(run: JobRun, wait: timedelta, text: str) -> RetryLater:
    return RetryLater(wait.total_seconds(), text, max_seconds=MAX_FOLLOW_TIME.total_seconds())


@job_handler(REFUND_FAILED)
def tell_staff_of_failed_refund(run: JobRun) -> None:
    """Parks at once: a person decides how the client gets this money."""
    refund = _refund(run)
    became = "Nothing was booked: refund it another way."
    if refund.accepted_at is not None:
        became = "It is in the client's credit balance: pay it out another way, or leave it there."
    raise PermanentFailure(
        f"The refund of {_amount(refund)} through {refund.gateway} failed: "
        f"{refund.failure or 'no reason given'}. {became}"
    )


@job_handler(UNRECOVERED_REFUND)
def ask_staff_about_unrecovered_refund(run: JobRun) -> None:
    """What was sent back although invoice and credit did not hold it any more. Parks at once, as for a reversal."""
    refund = _refund(run)
    short = Money(refund.unrecovered_amount, refund.payment.currency_id)
    raise PermanentFailure(
        f"{_amount(refund)} of {refund.payment} was sent back. {short} of it had "
        "become credit that is spent: collect it from the client, or write it off."
    )


def _refund(run: JobRun) -> Refund:
    rows = Refund.objects.select_related("payment__invoice", "payment__attempt")
    return rows.get(pk=run.subject_id)


def _amount(refund: Refund) -> Money:
    return Money(refund.amount, refund.payment.currency_id)


def _unanswered(refund: Refund) -> str:
    return (
        f"{refund.gateway} does not say whether it refunded {_amount(refund)} of {refund.payment.transaction_id}. Look "
        "there: mark this job as done, with the refund's ID if it was made and without one if it was not."
    )
