"""A card that ends within 30 days is told of, once for each card and month (notifications.md 3)."""

from datetime import date, datetime, timedelta

import pytest

from commerce.daily_steps import DAILY_STEPS
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.saved_cards import remove_card, stop_card
from commerce.payments.gateways.contract import CardReport, PaymentCard
from commerce.payments.models import SavedCard
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import CTX, keep, told, work

pytestmark = pytest.mark.usefixtures("proven", "provider")
STEP = tuple(step for step in DAILY_STEPS if step.name == "cards")


@pytest.fixture
def card(provider: FakeProvider) -> SavedCard:
    saved = keep(make.make_client())
    SavedCard.objects.update(exp_month=6, exp_year=2026)
    return saved


def run(day: date) -> RunReport:
    at = datetime.combine(day, make.AT.timetz())
    return run_daily(STEP, day=RunDay(day, at), started_by="test")


@pytest.mark.usefixtures("card")
def test_it_is_told_of_on_the_30th_day_before_its_last_and_once() -> None:
    run(date(2026, 5, 30))
    assert told("card_expiring") == []
    assert run(date(2026, 5, 31)).steps[0].counts == {"notices": 1}
    for n in range(40):
        assert run(date(2026, 6, 1) + timedelta(days=n)).steps[0].rows == 0
    work(date(2026, 6, 1))
    [mail] = told("card_expiring")
    assert "Visa" in mail.subject
    assert "4242" in mail.subject
    assert "/client/payment-methods" in mail.text


@pytest.mark.usefixtures("card")
def test_after_its_last_day_it_is_not_told_of() -> None:
    run(date(2026, 7, 1))
    assert told("card_expiring") == []


@pytest.mark.parametrize("act", [remove_card, lambda **say: stop_card(reason="stolen", **say)])
def test_a_card_that_is_charged_no_more_is_not_told_of(card: SavedCard, act) -> None:  # type: ignore[no-untyped-def]
    act(card=card, ctx=CTX)
    run(date(2026, 6, 15))
    assert told("card_expiring") == []


def test_a_card_with_a_new_expiry_is_told_of_when_that_comes(card: SavedCard) -> None:
    run(date(2026, 6, 15))
    renewed = PaymentCard("visa", "4242", card.token, 6, 2029)
    ctx = Context(make.AT, SYSTEM)
    apply_gateway_report(gateway="fake", report=CardReport("updated", card=renewed), ctx=ctx)
    run(date(2026, 6, 16))
    assert len(told("card_expiring")) == 1
    run(date(2029, 6, 15))
    assert len(told("card_expiring")) == 2
