"""Jobs about saved cards: asking what became of one that is being saved, and having its gateway forget one."""

from datetime import datetime, timedelta
from functools import partial

from commerce.jobs.handlers import JobEffect, JobRun, Obsolete, RetryLater, job_handler
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.card_setups import apply_card_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CardReport, PaymentCard
from commerce.payments.handlers import POLL_SECONDS, RETRY_WHEN_SILENT
from commerce.payments.job_names import FOLLOW_CARD_SETUP, POLL_CARD_SETUP, REMOVE_SAVED_CARD
from commerce.payments.models import Attempt, CardSetup, SavedCard
from commerce.payments.rules import CardSetupStatus, next_poll

WAIT_FOR_CHARGE = timedelta(minutes=1)
"""A gateway forgets a card once no charge of it is under way: its answer would be lost."""


def poll_card_setup_soon(*, setup: CardSetup, at: datetime) -> None:
    """The client is back from the gateway: have it asked, once within some seconds, however often they look."""
    enqueue(("cardsetup", setup.pk), POLL_CARD_SETUP, f"{int(at.timestamp()) // POLL_SECONDS}", at)


@job_handler(POLL_CARD_SETUP)
def poll_card_setup(run: JobRun) -> JobEffect:
    """Ask once; a gateway that is silent is asked again by ``follow_card_setup``."""
    setup = _setup(run)
    try:
        report = registry.get_gateway(setup.gateway).fetch_card_setup(setup.reference or "")
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
        report = registry.get_gateway(setup.gateway).fetch_card_setup(setup.reference or "")
    except OSError as silent:
        raise RetryLater(later, f"{setup.gateway}: {silent}") from silent
    if report.state == "pending":
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


def _truth(setup: CardSetup, report: CardReport, run: JobRun) -> JobEffect:
    return partial(
        apply_card_report, gateway=setup.gateway, report=report, ctx=Context(run.at, SYSTEM)
    )


@job_handler(REMOVE_SAVED_CARD)
def remove_saved_card(run: JobRun) -> None:
    """Have the gateway forget a card that was removed here; tried again until it answers."""
    card = SavedCard.objects.get(pk=run.subject_id)
    if Attempt.objects.live().filter(saved_card=card).exists():
        raise RetryLater(WAIT_FOR_CHARGE.total_seconds(), "A charge of it is under way.")
    registry.get_gateway(card.gateway).remove_card(payment_card(card))


def payment_card(card: SavedCard) -> PaymentCard:
    """A saved card as its gateway is told of it."""
    return PaymentCard(
        card.brand, card.last4, card.token, card.exp_month, card.exp_year, card.label
    )
