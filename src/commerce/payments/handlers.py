"""The jobs of payments: asking gateways what became of attempts (payments.md 2.8), sending money back, telling staff.

A gateway is asked when its client comes back, and from time to time for whoever does not.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from commerce.billing.changes.plan_changes.actions.paying import takes_money
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.payments.actions.attempts import fail_attempt
from commerce.payments.actions.refund_results import (
    accept_refund,
    apply_refund_report,
    complete_refund,
    fail_refund,
)
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateway_calls import watched_gateway
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts import check_account, check_is_gone
from commerce.payments.gateways.contract import (
    Gateway,
    GatewayPayment,
    PaymentReport,
    RefundResult,
    RequestRefusedError,
)
from commerce.payments.gateways.declines import REFUSED
from commerce.payments.job_names import (
    CHARGE_REFUSED,
    FOLLOW_ATTEMPT,
    FOLLOW_REFUND,
    POLL_ATTEMPT,
    REFUND_FAILED,
    SEND_REFUND,
    UNRECOVERED_AMOUNT,
    UNRECOVERED_REFUND,
)
from commerce.payments.models import Attempt, Payment, Refund
from commerce.payments.queries import paid_for, still_asks_for
from commerce.payments.rules import (
    AttemptKind,
    AttemptStatus,
    PaymentReportKind,
    RefundStatus,
    next_poll,
    next_refund_poll,
)
from commerce.payments.start_payment import payment_request

log = logging.getLogger(__name__)

POLL_SECONDS = 15
"""Seconds within which pages that are reloaded ask once."""
RETRY_WHEN_SILENT = timedelta(hours=1)
MAX_FOLLOW_TIME = timedelta(days=3650)
"""An attempt is asked about until it ends; its job never parks for the time that this takes."""
RETRY_WHEN_REFUSED = timedelta(days=1)
MAX_REFUSED_TIME = timedelta(days=60)
"""So long a gateway may not know an attempt, as while the key of another mode or account is set: then staff look."""
RETRY_REFUND = timedelta(minutes=15)
MAX_SEND_TIME = timedelta(hours=20)
"""Gateways remember a key for a day: what is sent later may be sent twice."""
MAX_REFUND_FOLLOW_TIME = timedelta(days=60)


def poll_soon(*, attempt: Attempt, at: datetime) -> None:
    """The client is back from the gateway: have it asked, once within some seconds, however often they look."""
    if registry.get_gateway(attempt.gateway).capabilities.can_be_polled:
        enqueue(("attempt", attempt.pk), POLL_ATTEMPT, f"{int(at.timestamp()) // POLL_SECONDS}", at)


@job_handler(POLL_ATTEMPT)
def poll_attempt(run: JobRun) -> JobEffect | None:
    """Ask once; the page shows what came of it. A gateway that is silent is asked again by ``follow_attempt``."""
    attempt = _attempt(run)
    try:
        report = _asked(attempt, run.at)
    except (OSError, RequestRefusedError) as silent:
        raise Obsolete(f"{attempt.gateway}: {silent}") from silent
    return _truth(attempt, report, run)


def settled_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    """Staff looked at the gateway, and recorded what was paid: the attempt keeps nobody from paying any more."""
    attempt = Attempt.objects.get(pk=run.subject_id)
    if attempt.is_live:
        fail_attempt(attempt=attempt, reason="", ctx=Context(run.at, actor))


@job_handler(FOLLOW_ATTEMPT, on_manual_completion=settled_manually)
def follow_attempt(run: JobRun) -> JobEffect | None:
    """Ask from time to time until the attempt has ended; what is still pending when its time is over is closed."""
    attempt = _attempt(run)
    if run.at < (first := _next(attempt, attempt.created_at) or run.at):
        raise _later(first, run, "It was started just now.")
    when = _next(attempt, run.at)
    try:
        report = _asked(attempt, run.at, is_over=when is None)
    except OSError as silent:
        raise _later(
            when or run.at + RETRY_WHEN_SILENT, run, f"{attempt.gateway}: {silent}"
        ) from silent
    except RequestRefusedError as refused:
        wait = (when or run.at + RETRY_WHEN_REFUSED) - run.at
        text = (
            f"{attempt.gateway} does not say what became of {attempt.reference}. {refused} "
            "Look there: record the payment if it was made, and then mark this job as done."
        )
        raise RetryLater(
            wait.total_seconds(), text, max_seconds=MAX_REFUSED_TIME.total_seconds()
        ) from refused
    if report.kind == PaymentReportKind.PENDING:
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


def _asked(attempt: Attempt, at: datetime, *, is_over: bool = False) -> PaymentReport:
    adapter = registry.get_gateway(attempt.gateway)
    with watched_gateway(adapter, at):
        check_account(adapter, attempt.account)
        return _became(attempt, adapter, at, is_over=is_over)


def _became(attempt: Attempt, adapter: Gateway, at: datetime, *, is_over: bool) -> PaymentReport:
    """What the gateway says; what its payer approved is captured, and what is pending there for nothing is closed, so
    that nobody pays twice or too late.

    Of several invoices one is enough that is closed by now, and a request that has ended. Raises
    ``RequestRefusedError`` for a charge of a saved card that was under way, and that the gateway does not know any
    more: it may be of another mode or account.
    """
    reference = attempt.reference or ""
    report = adapter.fetch(reference)
    if report.is_forgotten and attempt.kind == AttemptKind.OFF_SESSION:
        raise RequestRefusedError("forgotten", "not found")
    if report.is_forgotten:
        check_is_gone(adapter, attempt)
    attempt.refresh_from_db()  # asking takes time, in which its invoice may be paid otherwise
    invoices = attempt.invoices()
    is_paid_otherwise = any(invoice.status not in OPEN_INVOICE_STATUSES for invoice in invoices)
    if attempt.plan_change is not None:
        is_paid_otherwise = not takes_money(attempt.plan_change)
    if report.kind == PaymentReportKind.APPROVED:
        if is_paid_otherwise or not _may_capture(attempt, report, invoices):
            return adapter.close(reference)
        if attempt.failure:  # declined, and nobody chose anything else since
            return PaymentReport(PaymentReportKind.PENDING, reference, reason=attempt.failure)
        try:
            return adapter.capture(payment_request(attempt), report)
        except RequestRefusedError as refused:
            ask_staff_about_refusal(attempt, refused, at)
            return PaymentReport(PaymentReportKind.PENDING, reference, reason=REFUSED)
    if report.kind == PaymentReportKind.PENDING and (is_over or is_paid_otherwise):
        return adapter.close(reference)
    return report


def _may_capture(attempt: Attempt, approved: PaymentReport, invoices: Sequence[Invoice]) -> bool:
    """Whether what the payer approved is still wanted, and just what the attempt is about. It may have been closed
    since, no longer be due as a whole, or be under review.

    A charge of a saved account is never captured later: its owner was told of a decline, or nobody was.
    """
    is_exact = (approved.amount, approved.currency_code) == (attempt.amount, attempt.currency_id)
    if not is_exact:
        log.error(
            "%s %s is not over the amount of its attempt.", attempt.gateway, attempt.reference
        )
    is_stopped = any(each.is_stopped for each in invoices)
    is_open = attempt.status == AttemptStatus.OPEN and attempt.kind == AttemptKind.ON_SESSION
    return is_exact and is_open and still_asks_for(attempt) and not is_stopped


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
    which = f"{payment} for invoice {payment.invoice}" if payment.invoice else f"{payment}"
    if payment.plan_change is not None:
        which = f"{payment} for {paid_for(payment)}"
    raise PermanentFailure(
        f"{which} was taken back. {short} of it had become credit that is spent: "
        "collect it from the client, or write it off."
    )


def ask_staff_about_refusal(attempt: Attempt, refused: BusinessError, at: datetime) -> None:
    """What a gateway refuses for another reason than the payer: once for each attempt."""
    args = {"reason": str(refused)}
    enqueue(("attempt", attempt.pk), CHARGE_REFUSED, "refused", at, args)


@job_handler(CHARGE_REFUSED)
def park_refused_charge(run: JobRun) -> None:
    """Parks at once: it is about our account there, or what was asked, and comes again until a person mends that."""
    attempt = Attempt.objects.get(pk=run.subject_id)
    numbers = paid_for(attempt)
    amount, reason = Money(attempt.amount, attempt.currency_id), run.args["reason"].rstrip(".")
    raise PermanentFailure(
        f"{attempt.gateway} refuses to take {amount} for {numbers}, and not because of the payer: {reason}. "
        "Check your account there; then mark this job as done."
    )


def _complete_refund_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    """Staff looked at the gateway: it made the refund under the reference that they typed, or it did not."""
    refund, ctx = _refund(run), Context(run.at, actor)
    if reference := typed.get("remote_id", "").strip():
        accept_refund(refund=refund, reference=reference, ctx=ctx)
    else:
        fail_refund(refund=refund, reason="The gateway did not make this refund.", ctx=ctx)


@job_handler(
    SEND_REFUND,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_complete_refund_manually,
    manual_answers=("remote_id",),
    can_be_dropped=False,
)
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
    adapter = registry.get_gateway(refund.gateway)
    try:
        with watched_gateway(adapter, run.at):
            check_account(adapter, payment.attempt.account if payment.attempt else "")
            result = adapter.refund(paid, refund.amount, refund.idempotency_key)
    except OSError as silent:
        text = f"{_unanswered(refund)} {silent}"
        raise RetryLater(
            RETRY_REFUND.total_seconds(), text, max_seconds=MAX_SEND_TIME.total_seconds()
        ) from silent
    return partial(_answered, refund, result, Context(run.at, SYSTEM))


def _answered(refund: Refund, result: RefundResult, ctx: Context) -> None:
    if result.state == RefundStatus.FAILED:
        fail_refund(refund=refund, reason=result.reason, reference=result.reference, ctx=ctx)
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
        raise _refund_later(run, first - run.at, "It was accepted just now.")
    after = next_refund_poll(refund.accepted_at, run.at)
    wait = after - run.at if after else timedelta(days=1)
    adapter = registry.get_gateway(refund.gateway)
    attempt = refund.payment.attempt
    try:
        with watched_gateway(adapter, run.at):
            check_account(adapter, attempt.account if attempt else "")
            report = adapter.fetch_refund(refund.reference)
    except OSError as silent:
        raise _refund_later(run, wait, f"{refund.gateway}: {silent}") from silent
    except BusinessError as refused:
        raise PermanentFailure(
            f"{refund.gateway} does not say what became of refund {refund.reference}. Look at it there. {refused}"
        ) from refused
    if report.state == RefundStatus.ACCEPTED:
        if after is None:
            raise PermanentFailure(
                f"{refund.gateway} has not finished refund {refund.reference}. Look at it there."
            )
        raise _refund_later(run, wait, "The gateway says: accepted.")
    return partial(
        apply_refund_report, gateway=refund.gateway, report=report, ctx=Context(run.at, SYSTEM)
    )


def _refund_later(run: JobRun, wait: timedelta, text: str) -> RetryLater:
    return RetryLater(
        wait.total_seconds(), text, max_seconds=MAX_REFUND_FOLLOW_TIME.total_seconds()
    )


@job_handler(REFUND_FAILED)
def park_failed_refund(run: JobRun) -> None:
    """Parks at once: a person decides how the client gets this money."""
    refund = _refund(run)
    became = "Nothing was booked: refund it another way."
    if refund.accepted_at is not None or refund.is_paid_back:
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
