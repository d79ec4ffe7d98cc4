"""The jobs of payments: asking gateways what became of attempts (payments.md 2.8), and telling staff of money lost.

A gateway is asked when its client comes back, and from time to time for whoever does not.
"""

from datetime import datetime, timedelta
from functools import partial

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.kit.money import Money
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.job_names import (
    FOLLOW_ATTEMPT,
    LOST_AFTER_REFUND,
    POLL_ATTEMPT,
    UNRECOVERED_AMOUNT,
)
from commerce.payments.models import Attempt, Dispute, Payment
from commerce.payments.rules import AttemptStatus, next_poll

POLL_SECONDS = 15
"""Seconds within which pages that are reloaded ask once."""
RETRY_WHEN_SILENT = timedelta(hours=1)
MAX_FOLLOW_TIME = timedelta(days=3650)
"""An attempt is asked about until it ends; its job never parks for the time that this takes."""


def poll_soon(*, attempt: Attempt, at: datetime) -> None:
    """The client is back from the gateway: have it asked, once within some seconds, however often they look."""
    if registry.get_gateway(attempt.gateway).capabilities.can_be_polled:
        enqueue(("attempt", attempt.pk), POLL_ATTEMPT, f"{int(at.timestamp()) // POLL_SECONDS}", at)


@job_handler(POLL_ATTEMPT)
def poll_attempt(run: JobRun) -> JobEffect | None:
    """Ask once; the page shows what came of it. A gateway that is silent is asked again by ``follow_attempt``."""
    attempt = _attempt(run)
    try:
        report = _asked(attempt)
    except OSError as silent:
        raise Obsolete(f"{attempt.gateway}: {silent}") from silent
    return _truth(attempt, report, run)


@job_handler(FOLLOW_ATTEMPT)
def follow_attempt(run: JobRun) -> JobEffect | None:
    """Ask from time to time until the attempt has ended; what is still pending when its time is over is closed."""
    attempt = _attempt(run)
    if run.at < (first := _next(attempt, attempt.created_at) or run.at):
        raise _later(first, run, "It was started just now.")
    when = _next(attempt, run.at)
    try:
        report = _asked(attempt, is_over=when is None)
    except OSError as silent:
        raise _later(
            when or run.at + RETRY_WHEN_SILENT, run, f"{attempt.gateway}: {silent}"
        ) from silent
    if report.kind == "pending":
        raise _later(when or run.at + RETRY_WHEN_SILENT, run, "The gateway says: pending.")
    return _truth(attempt, report, run)


def _attempt(run: JobRun) -> Attempt:
    """The attempt, while the gateway can tell anything new of it; one that expired here may have been paid there."""
    attempt = Attempt.objects.select_related("invoice").get(pk=run.subject_id)
    if not attempt.is_live and attempt.status != AttemptStatus.EXPIRED:
        raise Obsolete(f"The attempt is {attempt.status}.")
    if attempt.reference is None:
        raise Obsolete("The answer to its charge is awaited.")
    return attempt


def _asked(attempt: Attempt, *, is_over: bool = False) -> PaymentReport:
    """What the gateway says; what is pending there for nothing is closed, so that nobody pays twice or too late.

    Of several invoices one is enough that is closed by now.
    """
    adapter, reference = registry.get_gateway(attempt.gateway), attempt.reference or ""
    report = adapter.fetch(reference)
    is_paid_otherwise = any(
        invoice.status not in OPEN_INVOICE_STATUSES for invoice in attempt.invoices()
    )
    if report.kind == "pending" and (is_over or is_paid_otherwise):
        return adapter.close(reference)
    return report


def _truth(attempt: Attempt, report: PaymentReport, run: JobRun) -> JobEffect:
    return partial(
        apply_payment_report, gateway=attempt.gateway, report=report, ctx=Context(run.at, SYSTEM)
    )


def _next(attempt: Attempt, after: datetime) -> datetime | None:
    return next_poll(attempt.created_at, attempt.expires_at, after)


def _later(when: datetime, run: JobRun, text: str) -> RetryLater:
    return RetryLater(
        (when - run.at).total_seconds(), text, max_seconds=MAX_FOLLOW_TIME.total_seconds()
    )


@job_handler(UNRECOVERED_AMOUNT)
def ask_staff_about_unrecovered_amount(run: JobRun) -> None:
    """What a reversal left short, since the client had spent it from credit.

    Parks at once: nothing but a person can get this money, or do without it.
    """
    payment = Payment.objects.select_related("invoice").get(pk=run.subject_id)
    short = Money(run.args["short"], payment.currency_id)
    raise PermanentFailure(
        f"{payment} for invoice {payment.invoice} was taken back. {short} of it had become credit that is spent: "
        "collect it from the client, or write it off."
    )


@job_handler(LOST_AFTER_REFUND)
def ask_staff_about_lost_dispute(run: JobRun) -> None:
    """A payment that was refunded or reversed before its dispute was lost. Parks at once: the books have it no more."""
    dispute = Dispute.objects.select_related("payment__invoice").get(pk=run.subject_id)
    payment = dispute.payment
    amount = Money(dispute.amount, payment.currency_id)
    raise PermanentFailure(
        f"The bank took back {amount} of {payment} for invoice {payment.invoice}, which was {payment.status} before. "
        "If it is in the client's credit balance, remove it there; otherwise collect it, or write it off."
    )
