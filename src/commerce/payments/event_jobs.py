"""The job of a gateway's message: what it tells is made true; tried 8 times in 24 hours, then parked for staff.

And what only a person can do about it.
"""

import logging
from math import inf

from commerce.jobs.handlers import JobRun, Obsolete, PermanentFailure, RetryLater, job_handler
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.kit.money import Money
from commerce.payments.actions.gateway_events import (
    fail_gateway_event,
    process_gateway_event,
    resume_gateway_event,
)
from commerce.payments.gateway_calls import watched_gateway
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import has_other_account
from commerce.payments.gateways.contract import (
    KeyRefusedError,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.handlers import MAX_FOLLOW_TIME
from commerce.payments.job_names import FRAUD_WARNING, LOST_AFTER_REFUND, PROCESS_GATEWAY_EVENT
from commerce.payments.models import Dispute, GatewayEvent, Payment
from commerce.payments.queries import paid_for
from commerce.payments.rules import ENDED_EVENT_STATUSES, GatewayEventStatus, PaymentStatus

log = logging.getLogger(__name__)

WAIT_FOR_KEY = 3600
"""Seconds until an event is tried again that our credentials may not ask about: it uses up no try."""


def _gateway(event_id: int) -> str:
    """Staff hear once an hour of all that park of one gateway. An event may need no question to it, and so says nothing
    of whether that answers.
    """
    event = GatewayEvent.objects.filter(pk=event_id).first()
    return f"events {event.gateway}" if event else ""


@job_handler(PROCESS_GATEWAY_EVENT, one_at_a_time=True, remote=_gateway)
def process_event(run: JobRun) -> None:
    """Ask the adapter what the event means, outside of any transaction, then make that true in one of its own.

    Whatever goes wrong is the outcome of this try. Events come in any order and the network fails: what cannot be done
    now can be done later.
    """
    event = GatewayEvent.objects.filter(pk=run.subject_id).first()
    if event is None:
        raise Obsolete("The event has been deleted.")
    if event.status in ENDED_EVENT_STATUSES and not run.args.get("again"):
        return  # by a run that was killed before it could say so
    ctx = Context(run.at, SYSTEM)
    if event.status == GatewayEventStatus.PARKED:
        resume_gateway_event(event=event, ctx=ctx)
    try:
        message = VerifiedEvent(event.event_id, event.kind, bytes(event.body))
        adapter = registry.get_gateway(event.gateway)
        with watched_gateway(adapter, run.at, is_asked=False):
            reports = adapter.interpret(message)
        process_gateway_event(event=event, reports=reports, ctx=ctx)
    except KeyRefusedError as refused:
        raise RetryLater(WAIT_FOR_KEY, f"{event.gateway}: {refused}", max_seconds=inf) from refused
    except RequestRefusedError as refused:
        if not has_other_account(event.gateway):
            raise _failed(event, refused, ctx) from refused
        raise RetryLater(WAIT_FOR_KEY, f"{event.gateway}: {refused}", max_seconds=inf) from refused
    except Exception as error:
        raise _failed(event, error, ctx) from error


def _failed(event: GatewayEvent, error: Exception, ctx: Context) -> Exception:
    """What becomes of the job after a try that failed."""
    if isinstance(error, OSError | BusinessError):
        text = str(error)
    else:
        log.error("Event %s could not be processed.", event.pk, exc_info=error)
        text = f"{type(error).__name__}: {error}"
    text = f"{event.gateway}: {redact(text)}"[:2000]
    wait = fail_gateway_event(event=event, text=text, ctx=ctx)
    if wait is None:
        return PermanentFailure(text)
    seconds = wait.total_seconds()
    return RetryLater(seconds, text, max_seconds=MAX_FOLLOW_TIME.total_seconds())


@job_handler(LOST_AFTER_REFUND)
def ask_staff_about_lost_dispute(run: JobRun) -> None:
    """What was sent back or reversed before its dispute was lost. Parks at once: the books have it no more."""
    dispute = Dispute.objects.select_related("payment").get(pk=run.subject_id)
    amount = Money(run.args["amount"], dispute.payment.currency_id)
    raise PermanentFailure(
        f"The bank took back {amount} of {dispute.payment} that the gateway had refunded, or that was reversed before: "
        "collect it from the client, or write it off."
    )


@job_handler(FRAUD_WARNING)
def ask_staff_about_fraud(run: JobRun) -> None:
    """Parks at once: a person knows the client, and a refund costs less than a dispute."""
    payment = Payment.objects.get(pk=run.subject_id)
    if payment.status != PaymentStatus.COMPLETED:
        raise Obsolete(f"The payment is {payment.status}.")
    numbers = paid_for(payment)
    raise PermanentFailure(
        f"The bank of the payer takes {payment} for fraud ({numbers}): {run.args['reason'] or 'no reason given'}. "
        "If it may be right, refund the payment before it becomes a dispute; then mark this job as done."
    )
