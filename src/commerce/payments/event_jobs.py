"""The job of a gateway's message: what it tells is made true; tried 8 times in 24 hours, then parked for staff."""

import logging

from commerce.jobs.handlers import JobRun, Obsolete, PermanentFailure, RetryLater, job_handler
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.payments.actions.gateway_events import (
    fail_gateway_event,
    process_gateway_event,
    resume_gateway_event,
)
from commerce.payments.gateway_calls import refused_key_told
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import VerifiedEvent
from commerce.payments.handlers import MAX_FOLLOW_TIME
from commerce.payments.job_names import PROCESS_GATEWAY_EVENT
from commerce.payments.models import GatewayEvent
from commerce.payments.rules import ENDED_EVENT_STATUSES, GatewayEventStatus

log = logging.getLogger(__name__)


def _gateway(event_id: int) -> str:
    """Staff hear once an hour of all that park of one gateway."""
    event = GatewayEvent.objects.filter(pk=event_id).first()
    return f"gateway {event.gateway}" if event else ""


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
        with refused_key_told(adapter, run.at):
            reports = adapter.interpret(message)
        process_gateway_event(event=event, reports=reports, ctx=ctx)
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
