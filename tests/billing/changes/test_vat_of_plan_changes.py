"""billing.md 8: what was answered about the VAT number when a plan change was confirmed counts until it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions.requests import (
    approve_plan_change,
    carry_out_on_account,
)
from commerce.billing.models import Invoice, PlanChange
from commerce.billing.tax.actions import check_vat_number
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.doubles import vies
from tests.make.people import AT, make_client
from tests.make.plan_changes import ask, pay_request, plan, rate_from
from tests.make.records import make_group, make_service
from tests.make.vat_clients import SWEDISH, make_swede

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
LATER = Context(AT + timedelta(days=5), SYSTEM)
OTHER_SWEDISH = "SE556677881601"


def answer(stand: vies.FakeVies, reply: object, ctx: Context, number: str = SWEDISH) -> None:
    stand.says(reply)
    check_vat_number(number=number, ctx=ctx)


def asked_by(client: Client) -> PlanChange:
    group = make_group()
    small, large = (plan(group, price) for price in (500, 900))
    return ask(make_service(client, product=small, amount=500), large)


def by_money(change: PlanChange) -> None:
    pay_request(change, change.total or 0, LATER.at)


def by_staff(change: PlanChange) -> None:
    approve_plan_change(change=change, ctx=LATER)
    if change.status == "awaiting_payment":
        by_money(change)


def on_account(change: PlanChange) -> None:
    carry_out_on_account(change=change, ctx=LATER)


@pytest.mark.parametrize("ends", [by_money, by_staff, on_account])
def test_neither_age_nor_another_answer_takes_it_back(
    stand: vies.FakeVies, ends: Callable[[PlanChange], None]
) -> None:
    """Staff's approval asked anew, and an answer of the same day counted though it came later."""
    if ends is by_staff:
        set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    swede = make_swede()
    answer(stand, vies.VALID, Context(AT - timedelta(days=29), SYSTEM))
    change = asked_by(swede)
    answer(stand, vies.INVALID, Context(AT + timedelta(hours=1), SYSTEM))
    answer(stand, vies.UNAVAILABLE, LATER)
    asked = len(stand.asked)
    ends(change)
    change.refresh_from_db()
    assert (change.status, len(stand.asked)) == ("applied", asked)
    invoice = Invoice.objects.get()
    assert invoice.tax_groups.get().category == "AE"
    told = invoice.tax_evidence["vat"]
    assert (told["number"], told["answer"]) == (SWEDISH, "valid")


def test_a_silence_counts_as_well(stand: vies.FakeVies) -> None:
    """What was confirmed with tax is charged with tax."""
    swede = make_swede()
    answer(stand, vies.UNAVAILABLE, CTX)
    change = asked_by(swede)
    answer(stand, vies.VALID, LATER)
    by_money(change)
    invoice = Invoice.objects.get()
    assert (change.status, invoice.tax_groups.get().category) == ("applied", "S")
    assert SWEDISH in invoice.notes


@pytest.mark.parametrize(("before", "since"), [(SWEDISH, OTHER_SWEDISH), ("", SWEDISH)])
def test_another_number_is_another_buyer(stand: vies.FakeVies, before: str, since: str) -> None:
    swede = make_swede(tax_id=before)
    for number in (SWEDISH, OTHER_SWEDISH):
        answer(stand, vies.VALID, CTX, number)
    change = asked_by(swede)
    change_client(client=swede, tax_id=since, ctx=LATER)
    by_money(change)
    assert change.status == "lapsed"
    assert not Invoice.objects.exists()


def test_a_number_that_decides_nothing_may_change(stand: vies.FakeVies) -> None:
    set_setting(key="company.country", value="DE", ctx=CTX)
    rate_from(AT.date(), 19_000)
    client = make_client(company="Muster", country="DE")
    change = asked_by(client)
    change_client(client=client, tax_id="DE136695976", ctx=LATER)
    by_money(change)
    assert (change.status, stand.asked) == ("applied", [])
    assert Invoice.objects.get().tax_groups.get().category == "S"
