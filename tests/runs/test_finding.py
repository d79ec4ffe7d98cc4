"""Finding what is due in a step by a statement that is kept, as long as what it is made of stays the same."""

from datetime import UTC, date, datetime
from typing import cast

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.domains.actions.tlds import set_tld
from commerce.kit.context import SYSTEM, Context
from commerce.kit.request_cache import cached_for_request
from commerce.runs import finding
from commerce.runs.finding import AnyRunDay, due_row_ids
from commerce.runs.step import RowStep, RunDay
from commerce.site_settings.actions import set_setting
from tests.make.nameservers import give_nameservers
from tests.make.people import make_client
from tests.make.records import make_domain, make_invoice
from tests.make.simulation import ROW_STEPS

pytestmark = pytest.mark.django_db

AT = datetime(2030, 1, 31, 0, 5, tzinfo=UTC)
TODAY = RunDay(AT.date(), AT)
CTX = Context(AT, SYSTEM)
STEPS = {step.name: step for step in ROW_STEPS}
KEPT = [step for step in ROW_STEPS if step.terms is not None]


def found(name: str, client_id: int | None = None) -> list[int]:
    return list(due_row_ids(STEPS[name], TODAY, client_id))


@pytest.mark.usefixtures("provider")  # without one no card is looked for
@pytest.mark.parametrize("step", KEPT, ids=[step.name for step in KEPT])
def test_what_is_asked_depends_on_its_terms_alone(
    step: RowStep, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """What the terms read is remembered; whatever else the question needs, it would ask the database for."""
    assert step.terms is not None
    with cached_for_request():
        step.terms()
        with django_assert_num_queries(0):
            step.find(cast("RunDay", AnyRunDay()))


def test_a_setting_that_changed_counts_at_once() -> None:
    make_invoice(due_date=date(2030, 1, 30))
    set_setting(key="billing.reminder_days", value="3", ctx=CTX)
    assert found("remind") == []
    set_setting(key="billing.reminder_days", value="1", ctx=CTX)
    assert len(found("remind")) == 1
    set_setting(key="billing.reminder_days", value="3", ctx=CTX)
    assert found("remind") == []
    set_setting(key="billing.reminder_days", value="", ctx=CTX)
    assert found("remind") == []


def test_days_of_a_tld_that_changed_count_at_once() -> None:
    domain = make_domain(status="expired", expiry_date=date(2030, 1, 21))
    give_nameservers()
    set_tld(tld=domain.tld, grace_days=20, ctx=CTX)
    assert found("domains") == []
    with cached_for_request():
        assert found("domains") == []
        set_tld(tld=domain.tld, grace_days=5, ctx=CTX)
        assert found("domains") == [domain.pk]
    assert found("domains") == [domain.pk]


def test_many_are_found_a_batch_at_a_time_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_BATCH", 2)
    finding._kept.cache_clear()
    invoices = [make_invoice(due_date=date(2030, 1, 30)).pk for _ in range(5)]
    assert found("overdue") == invoices
    finding._kept.cache_clear()


def test_those_of_one_client_are_found_alone() -> None:
    alice, charlie = make_client(), make_client()
    theirs = [make_invoice(client=one, due_date=date(2030, 1, 30)).pk for one in (alice, charlie)]
    assert found("overdue", alice.pk) == theirs[:1]
    assert found("overdue", charlie.pk) == theirs[1:]
    assert found("overdue") == theirs
