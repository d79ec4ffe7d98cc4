"""An erasure that something stands in the way of says so, to the owners, to staff, and on the dashboard."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from commerce.accounts.erasure.actions.requests import request_erasure, withdraw_erasure
from commerce.accounts.models import Client, Erasure
from commerce.billing.credit.actions import add_credit, remove_credit
from commerce.daily_steps import DAILY_STEPS
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.doubles.gateway import fake_gateway_on
from tests.make.people import AT, make_client, make_user
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
STEPS = tuple(step for step in DAILY_STEPS if step.name == "erase")
ALICE, BOSS = "alice@example.com", "boss@example.com"


@pytest.fixture(autouse=True)
def _world() -> Iterator[None]:
    with fake_gateway_on(), clock.freeze_time(AT):
        yield


@pytest.fixture
def erasure() -> Erasure:
    client = make_client(owner=make_user(ALICE), company="Acme")
    erasure = request_erasure(client=client, ctx=CTX)
    add_credit(client=client, currency_code="EUR", amount=500, ctx=CTX)
    return erasure


def run(day: date) -> None:
    at = datetime.combine(day, AT.timetz())
    assert not run_daily(STEPS, day=RunDay(day, at), started_by="test").failed


def told(event: str) -> list[str]:
    return list(OutgoingMail.objects.filter(event=event).values_list("recipient", flat=True))


def test_it_is_told_once_and_done_when_nothing_is_open_any_more(erasure: Erasure) -> None:
    """It waited silently: nobody but a reader of the client's own page knew why."""
    boss = make_staff(email=BOSS)
    make_staff("billing", "bea@example.com")
    for days in range(3):
        run(erasure.erase_on + timedelta(days=days))
    erasure.refresh_from_db()
    assert erasure.status == "blocked"
    assert told("erasure_blocked") == [ALICE]
    assert told("erasure_blocked_staff") == [BOSS]
    (line,) = OutgoingMail.objects.get(event="erasure_blocked").values["waiting"]
    assert "Credit balance" in line
    web = staff_browser(boss)
    assert "Erasure of the data of Acme is blocked" in text_of(web.get("/admin/dashboard"))
    page = web.get(f"/admin/clients/{erasure.client_id}/erase-data")
    assert "blocked by these: Credit balance" in text_of(page)
    client = Client.objects.get()
    remove_credit(client=client, currency_code="EUR", amount=500, ctx=CTX)
    run(erasure.erase_on + timedelta(days=5))
    erasure.refresh_from_db()
    assert erasure.status == "done"
    assert "is blocked" not in text_of(web.get("/admin/dashboard"))


def test_a_blocked_one_is_open_and_can_be_withdrawn(erasure: Erasure) -> None:
    run(erasure.erase_on)
    erasure.refresh_from_db()
    with pytest.raises(BusinessError, match="blocked by these: Credit balance"):
        request_erasure(client=erasure.client, ctx=CTX)
    withdraw_erasure(client=erasure.client, ctx=CTX)
    with pytest.raises(BusinessError, match="Credit balance"):
        request_erasure(client=erasure.client, ctx=CTX)
