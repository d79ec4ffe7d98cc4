"""Saved cards, nights on which they are charged, and what came of it."""

from datetime import date, timedelta

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.saved_cards import CardConsent, save_card
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import account_in_use
from commerce.payments.gateways.contract import PaymentCard
from commerce.payments.models import AutopayTry, SavedCard
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.make.jobs import run_jobs_but_documents
from tests.make.people import AT

CTX = Context(AT, SYSTEM)
TODAY = AT.date()
DAY = timedelta(days=1)
FIRST = TODAY + DAY
"""An invoice of today is due in 14 days: its card is charged on the day after issue."""
STEP = tuple(step for step in DAILY_STEPS if step.name == "autopay")


def keep(client: Client, name: str = "card-1") -> SavedCard:
    """A card of the gateway "fake"; of no account where a test did not add that."""
    is_there = "fake" in registry.GATEWAY_CLASSES
    saved = save_card(
        client_id=client.pk,
        gateway="fake",
        card=PaymentCard("visa", "4242", name, 12, 2030),
        consent=CardConsent("Charge it.", AT),
        ctx=CTX,
        account=account_in_use("fake") if is_there else "",
    )
    assert saved is not None
    return saved


def at(day: date, minutes: int = 0) -> Context:
    return Context(AT + (day - TODAY) + timedelta(minutes=minutes), SYSTEM)


def run(day: date) -> RunReport:
    return run_daily(STEP, day=RunDay(day, at(day).at), started_by="test")


def night(day: date) -> None:
    """The run of a day, and the worker after it."""
    assert not run(day).failed
    work(day)


def work(day: date, minutes: int = 0) -> None:
    run_jobs_but_documents(at=at(day, minutes).at)


def status(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).status


def tries(invoice: Invoice) -> list[tuple[int, int, str]]:
    """Number, days after today, and what came of each try."""
    made = AutopayTry.objects.filter(invoice=invoice).select_related("attempt").order_by("number")
    return [(one.number, (one.day - TODAY).days, one.attempt.status) for one in made]


def told(event: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event=event).order_by("pk"))
