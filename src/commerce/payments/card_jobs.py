"""Jobs about saved cards: charging one, asking what became of one that is being saved, having a gateway forget one."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf

from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.card_charges import (
    STALE_AFTER,
    finish_card_charge,
    is_still_due,
    release_card_charge,
    withdraw_card_charge,
)
from commerce.payments.actions.card_setups import apply_card_report
from commerce.payments.erasure import forget_erased_card
from commerce.payments.gateway_calls import rest_of_gateway, watched_gateway
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts import check_account, check_is_gone, payment_card
from commerce.payments.gateways.contract import (
    CardReport,
    Gateway,
    KeyRefusedError,
    PaymentReport,
    PaymentRequest,
)
from commerce.payments.gateways.declines import REFUSED
from commerce.payments.handlers import (
    POLL_SECONDS,
    RETRY_WHEN_SILENT,
    ask_staff_about_refusal,
    settled_manually,
)
from commerce.payments.job_names import (
    CHARGE_SAVED_CARD,
    ERASED_CUSTOMER,
    FOLLOW_CARD_SETUP,
    POLL_CARD_SETUP,
    REMOVE_SAVED_CARD,
)
from commerce.payments.models import Attempt, CardSetup, GatewayCustomer, SavedCard
from commerce.payments.queries import paid_for
from commerce.payments.rules import (
    AttemptStatus,
    CardReportState,
    CardSetupStatus,
    PaymentReportKind,
    next_poll,
)
from commerce.payments.start_payment import payment_request

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
MAX_WAIT = 2 * STALE_AFTER.total_seconds()
CLOCK_SKEW = timedelta(hours=1)
"""By which a gateway's clock may be behind ours, which also counts parts of seconds."""
WAIT_FOR_KEY = 3600
"""Seconds until a gateway is asked again to forget a card, which refuses our key, or whose account is not used now."""
WAIT_FOR_CHARGE = timedelta(minutes=1)
"""A gateway forgets a card once the answer to each charge of it is here, or is awaited no longer."""


def poll_card_setup_soon(*, setup: CardSetup, at: datetime) -> None:
    """The client is back from the gateway: have it asked, once within some seconds, however often they look."""
    enqueue(("cardsetup", setup.pk), POLL_CARD_SETUP, f"{int(at.timestamp()) // POLL_SECONDS}", at)


@job_handler(POLL_CARD_SETUP)
def poll_card_setup(run: JobRun) -> JobEffect:
    """Ask once; a gateway that is silent is asked again by ``follow_card_setup``."""
    setup = _setup(run)
    try:
        report = _asked(setup, run)
    except OSError as silent:
        raise Obsolete(f"{setup.gateway}: {silent}") from silent
    return _truth(setup, report, run)


@job_handler(FOLLOW_CARD_SETUP)
def follow_card_setup(run: JobRun) -> JobEffect:
    """Ask from time to time until it has ended, and last when its time is over."""
    setup = _setup(run)
    first = next_poll(setup.created_at, setup.expires_at, setup.created_at) or run.at
    if run.at < first:
        raise RetryLater((first - run.at).total_seconds(), "It was started just now.")
    when = next_poll(setup.created_at, setup.expires_at, run.at)
    later = ((when or run.at + RETRY_WHEN_SILENT) - run.at).total_seconds()
    try:
        report = _asked(setup, run)
    except OSError as silent:
        raise RetryLater(later, f"{setup.gateway}: {silent}") from silent
    if report.state == CardReportState.PENDING:
        if when is None:
            raise Obsolete("The gateway says: pending.")
        raise RetryLater(later, "The gateway says: pending.")
    return _truth(setup, report, run)


def _setup(run: JobRun) -> CardSetup:
    """The setup, while the gateway can tell anything new of it."""
    setup = CardSetup.objects.get(pk=run.subject_id)
    if not setup.is_live and setup.status != CardSetupStatus.EXPIRED:
        raise Obsolete(f"The setup is {setup.status}.")
    return setup


def _asked(setup: CardSetup, run: JobRun) -> CardReport:
    adapter = registry.get_gateway(setup.gateway)
    with watched_gateway(adapter, run.at):
        check_account(adapter, setup.account)
        return adapter.fetch_card_setup(setup.reference or "")


def _truth(setup: CardSetup, report: CardReport, run: JobRun) -> JobEffect:
    return partial(
        apply_card_report, gateway=setup.gateway, report=report, ctx=Context(run.at, SYSTEM)
    )


@job_handler(REMOVE_SAVED_CARD)
def remove_saved_card(run: JobRun) -> JobEffect:
    """Have the gateway forget a card that was removed here; tried again until it answers.

    A charge that has its answer needs the card no more: what becomes of it is asked by its own name.
    """
    card = SavedCard.objects.get(pk=run.subject_id)
    unanswered = Attempt.objects.live().filter(saved_card=card, reference=None)
    if unanswered.filter(created_at__gt=run.at - _repeated_for(card.gateway)).exists():
        raise RetryLater(
            WAIT_FOR_CHARGE.total_seconds(), "A charge of it is under way.", max_seconds=MAX_WAIT
        )
    adapter = registry.get_gateway(card.gateway)
    try:
        with watched_gateway(adapter, run.at):
            check_account(adapter, card.account)
            adapter.remove_card(payment_card(card))
    except KeyRefusedError as refused:
        raise RetryLater(WAIT_FOR_KEY, f"{card.gateway}: {refused}", max_seconds=inf) from refused
    return partial(forget_erased_card, card.pk)


def _forget_customer(run: JobRun, *_rest: object) -> None:
    """Deleted there, or left there knowingly: nothing has to know under which name any more."""
    Job.objects.filter(pk=run.job_id).update(args={}, error="")


@job_handler(ERASED_CUSTOMER, on_manual_completion=_forget_customer, on_drop=_forget_customer)
def ask_staff_to_delete_customer(run: JobRun) -> None:
    """Parks at once: what a gateway knows of a client is deleted at the gateway."""
    raise PermanentFailure(
        f"Client {run.args['client']} was erased here. Delete the customer at {run.args['gateway']}, too, "
        "by the reference in the details of this job; then mark it as done."
    )


@job_handler(CHARGE_SAVED_CARD, on_manual_completion=settled_manually, can_be_dropped=False)
def charge_saved_card(run: JobRun) -> JobEffect:
    """Charge once. Without an answer the same is sent again, by the same key, until there is one; what is not due any
    more by then is looked up there instead, and never sent.

    Parks when there is none for so long that the gateway may have forgotten the key, or when it lists no payments to
    look one up in: staff look there. A charge that it did not take from us, since it refused our key, is withdrawn.
    """
    attempt = Attempt.objects.select_related("client", "saved_card").get(pk=run.subject_id)
    is_first = attempt.status == AttemptStatus.CREATED
    age, rest = run.at - attempt.created_at, rest_of_gateway(attempt.gateway, run.at)
    if is_first and rest and age <= STALE_AFTER:
        raise RetryLater(rest.total_seconds(), f"{attempt.gateway} rests.", max_seconds=MAX_WAIT)
    if not release_card_charge(attempt=attempt, ctx=Context(run.at, SYSTEM)):
        raise Obsolete(f"The attempt is {attempt.status}.")
    if not is_first and age > _repeated_for(attempt.gateway):
        raise _unanswered(attempt)
    try:
        report = _answer(attempt, run, is_first=is_first)
    except OSError as silent:
        if is_first and isinstance(silent, KeyRefusedError):
            return partial(withdraw_card_charge, attempt=attempt, ctx=Context(run.at, SYSTEM))
        pause = min(max(age, FIRST_PAUSE), RETRY_WHEN_SILENT).total_seconds()
        text = f"{attempt.gateway}: {silent}"
        raise RetryLater(pause, text, max_seconds=MAX_WAIT) from silent
    except BusinessError as refused:
        if not is_first:  # the one before may have been taken
            raise
        log.warning("%s refused a charge: %s", attempt.gateway, refused)
        ask_staff_about_refusal(attempt, refused, run.at)
        report = PaymentReport(PaymentReportKind.FAILED, "", decline="soft", reason=REFUSED)
    return partial(finish_card_charge, attempt=attempt, report=report, ctx=Context(run.at, SYSTEM))


def _repeated_for(gateway: str) -> timedelta:
    """How long a charge may be sent again by its key: then the gateway may have forgotten that."""
    return min(STALE_AFTER, timedelta(hours=registry.capabilities_of(gateway).repeat_hours))


def _unanswered(attempt: Attempt) -> PermanentFailure:
    invoices = paid_for(attempt)
    return PermanentFailure(
        f"{attempt.gateway} did not answer whether it charged {attempt.saved_card} for {invoices}. "
        "Look there: record the payment if it did, and then mark this job as done."
    )


def _answer(attempt: Attempt, run: JobRun, *, is_first: bool) -> PaymentReport:
    adapter, card = registry.get_gateway(attempt.gateway), attempt.saved_card
    with watched_gateway(adapter, run.at):
        check_account(adapter, attempt.account)
        is_due = is_first or is_still_due(attempt, run.at)
        if not is_due:
            return _looked_up(adapter, attempt)
        assert card is not None
        report = adapter.charge_saved(_charge_request(attempt), payment_card(card))
    if report.is_forgotten:
        check_is_gone(adapter, card)
    return replace(report, is_forgotten=False)


def _looked_up(adapter: Gateway, attempt: Attempt) -> PaymentReport:
    """What became of a charge that is not due any more: it was made, declined, or it never will be.

    Where no payments are listed, or only late, nobody but staff can tell: the same key again is a charge if the first
    one never arrived. Other installations may share the account, and count their attempts as we do: the key is ours
    alone.
    """
    can = adapter.capabilities
    if not can.list_payments or can.listed_late_days:
        raise _unanswered(attempt)
    wanted = (str(attempt.pk), attempt.amount, attempt.currency_id)
    for report in adapter.list_payments(attempt.created_at - CLOCK_SKEW):
        is_ours = report.key in ("", attempt.idempotency_key)
        if is_ours and (report.attempt_id, report.amount, report.currency_code) == wanted:
            return report
    return PaymentReport(PaymentReportKind.CLOSED, "")


def _charge_request(attempt: Attempt) -> PaymentRequest:
    customers = GatewayCustomer.objects.for_client(attempt.client).filter(
        gateway=attempt.gateway, account__in=[attempt.account, ""]
    )
    names = customers.order_by("-account").values_list("reference", flat=True)
    return payment_request(attempt, names.first() or "")
