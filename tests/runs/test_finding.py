"""Finding what is due in a step."""

from datetime import UTC, date, datetime

import pytest

from commerce.domains.actions.tlds import set_tld
from commerce.kit.context import SYSTEM, Context
from commerce.kit.request_cache import cached_for_request
from commerce.runs import finding
from commerce.runs.finding import due_row_ids
from commerce.runs.step import RunDay
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


def found(name: str, client_id: int | None = None) -> list[int]:
    return list(due_row_ids(STEPS[name], TODAY, client_id))


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
    assert found("advance-domains") == []
    with cached_for_request():
        assert found("advance-domains") == []
        set_tld(tld=domain.tld, grace_days=5, ctx=CTX)
        assert found("advance-domains") == [domain.pk]
    assert found("advance-domains") == [domain.pk]


def test_many_are_found_a_batch_at_a_time_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_BATCH", 2)
    invoices = [make_invoice(due_date=date(2030, 1, 30)).pk for _ in range(5)]
    assert found("overdue") == invoices


def test_those_of_one_client_are_found_alone() -> None:
    alice, charlie = make_client(), make_client()
    theirs = [make_invoice(client=one, due_date=date(2030, 1, 30)).pk for one in (alice, charlie)]
    assert found("overdue", alice.pk) == theirs[:1]
    assert found("overdue", charlie.pk) == theirs[1:]
    assert found("overdue") == theirs
