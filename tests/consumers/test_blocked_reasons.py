"""Why a statement cannot be decided on now: what is asked before says what it raises, and what was seen counts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.consumers.actions import carrying_out, for_staff, statements
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.working_out import StatementEffect, work_out
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.blocked_reasons import Acts, blocked_codes
from tests.make.jobs import run_all_jobs
from tests.make.plan_changes import bought, plan, rate_from, wish
from tests.make.records import make_group
from tests.make.statements import state, switch_on_consumers

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 4, 8, 12, 0, tzinfo=UTC)
CTX = Context(FIRST + timedelta(days=1), SYSTEM)


@pytest.fixture(autouse=True)
def _consumers(provider: FakeProvider) -> None:
    switch_on_consumers()
    rate_from(date(2020, 1, 1), 19_000)


def buy() -> Service:
    [service] = bought(wish(plan(make_group(), monthly=900), cycle="monthly"), at=FIRST)
    return service


def acts(other: Service) -> Acts:
    return {
        "tie": (
            statements.received_only_blocked_reason,
            lambda one: statements.tie_statement(statement=one, chosen=other, ctx=CTX),
        ),
        "tie for them": (
            statements.received_only_blocked_reason,
            lambda one: for_staff.tie_statement_to_contract(statement=one, contract=other, ctx=CTX),
        ),
        "carry out": (
            carrying_out.carry_out_statement_blocked_reason,
            lambda one: carrying_out.carry_out_statement(statement=one, ctx=CTX),
        ),
        "add": (
            statements.add_contract_blocked_reason,
            lambda one: statements.add_contract(statement=one, chosen=other, ctx=CTX),
        ),
        "add for them": (
            statements.add_contract_blocked_reason,
            lambda one: for_staff.add_contract_to_statement(statement=one, contract=other, ctx=CTX),
        ),
        "confirm": (
            statements.received_only_blocked_reason,
            lambda one: statements.confirm_statement(statement=one, ctx=CTX),
        ),
        "answer": (
            statements.received_only_blocked_reason,
            lambda one: statements.answer_statement(statement=one, answer="No.", ctx=CTX),
        ),
    }


DECIDED = dict.fromkeys(
    ("tie", "tie for them", "carry out", "confirm", "answer"), "consumer_statement.decided"
)
ADDED = ("add", "add for them")
WITHOUT = dict.fromkeys(("carry out", *ADDED), "consumer_statement.no_contract")


def again(statement: ConsumerStatement) -> ConsumerStatement:
    return ConsumerStatement.objects.get(pk=statement.pk)


def test_what_is_said_of_a_statement_is_what_is_raised() -> None:
    service = buy()
    every = acts(make.make_service(service.client))
    assert blocked_codes(every, state(at=CTX.at), CTX) == WITHOUT
    tied = state(about=service, at=CTX.at)
    assert blocked_codes(every, tied, CTX) == {}
    carrying_out.carry_out_statement(statement=tied, ctx=CTX)
    assert blocked_codes(every, again(tied), CTX) == DECIDED
    answered = state(about=service, at=CTX.at)
    statements.answer_statement(statement=answered, answer="No.", ctx=CTX)
    said = DECIDED | dict.fromkeys(ADDED, "consumer_statement.answered")
    assert blocked_codes(every, again(answered), CTX) == said


def test_a_contract_that_ends_or_ended_is_said_before() -> None:
    service = buy()
    every = acts(make.make_service(service.client))
    late = state("withdrawal", about=service, at=FIRST + timedelta(days=500))
    assert blocked_codes(every, late, CTX) == {"carry out": "consumer_statement.too_late"}
    carrying_out.carry_out_statement(statement=state(about=service, at=CTX.at), ctx=CTX)
    ending = state(about=service, at=CTX.at)
    assert blocked_codes(every, again(ending), CTX) == {
        "carry out": "consumer_statement.contract_ending"
    }
    carry_out_cancellation(service=service, include_begun_period=True, ctx=CTX)
    run_all_jobs(CTX.at, failing=True)
    found = blocked_codes(every, again(ending), CTX)
    assert found == {"carry out": "consumer_statement.contract_ended"}


def test_what_was_seen_of_a_statement_is_what_is_carried_out() -> None:
    statement = state("withdrawal", about=buy(), at=CTX.at)
    seen = work_out(statement, CTX.at).effect
    assert StatementEffect.of_key(seen.key) == seen
    other = StatementEffect(seen.ends_on, seen.total + 1)
    with pytest.raises(StateConflict) as changed:
        carrying_out.carry_out_statement(statement=statement, expected=other, ctx=CTX)
    assert changed.value.code == "consumer_statement.effect_changed"
    carrying_out.carry_out_statement(statement=statement, expected=seen, ctx=CTX)
    assert statement.given_back == seen.total > 0
