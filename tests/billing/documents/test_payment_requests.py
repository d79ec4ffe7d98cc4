"""The PDF of a plan change's request: one sum, no tax apart, no number of a series (billing.md 8)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from commerce.billing.changes.plan_changes.actions.requests import withdraw_plan_change
from commerce.billing.documents import payment_request_pdf as paper
from commerce.billing.models import PlanChange
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT, make_client, make_member, make_user
from tests.make.plan_changes import ask, bought, plan, rate_from, wish
from tests.make.records import make_group

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.freeze_time(AT):
        yield


def request_of(rate_later: int = 0) -> PlanChange:
    """From 30.00 to 60.00 at 23 % tax; ``rate_later`` is what the charge is taxed with ten days later."""
    rate_from(date(2020, 1, 1), 23_000)
    group = make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small), client=make_client(owner=make_user("alice@example.com")))
    later = AT
    if rate_later:
        later = AT + timedelta(days=10)
        rate_from(later.date(), rate_later)
    ask(service, large, at=later)
    return PlanChange.objects.select_related("client", "service__product", "product").get()


def texts(change: PlanChange, locale: str = "en") -> dict[str, Any]:
    return paper._texts(change, locale)


def test_it_has_one_sum_with_the_tax_in_it_and_how_to_transfer_it() -> None:
    switch_on_bank_transfer()
    change = request_of()
    said = texts(change)
    assert (said["title"], said["number"]) == ("Payment request, not an invoice", "")
    assert said["total"] == ["Amount due, incl. 23% VAT", "36.90\N{NO-BREAK SPACE}EUR"]
    assert said["meta"] == [("Pay by", "22 April 2026"), ("Payment reference", change.reference)]
    assert ("Amount", "36.90\N{NO-BREAK SPACE}EUR") in said["pay"]["rows"]
    assert said["pay"]["code"][0] > 0
    assert paper.payment_request_pdf(change).startswith(b"%PDF")


def test_of_two_rates_only_the_name_is_said() -> None:
    change = request_of(rate_later=25_000)
    with clock.freeze_time(AT + timedelta(days=10)):
        assert texts(change)["total"][0] == "Amount due, incl. VAT"


def test_a_transfer_that_would_come_too_late_is_not_proposed() -> None:
    switch_on_bank_transfer()
    change = request_of()
    assert change.last_day is not None
    with clock.freeze_time(AT + timedelta(days=9)):
        assert texts(change)["pay"] is not None
    with clock.freeze_time(AT + timedelta(days=10)):
        assert texts(change)["pay"] is None


def test_without_bank_transfer_it_says_the_sum_alone() -> None:
    assert texts(request_of())["pay"] is None


def test_nothing_is_asked_for_that_nobody_is_to_pay() -> None:
    change = request_of()
    withdraw_plan_change(change=change, ctx=CTX)
    with pytest.raises(StateConflict):
        paper.payment_request_pdf(change)


def test_the_client_downloads_it_and_nobody_else() -> None:
    change = request_of()
    url = f"/client/plan-changes/{change.pk}/pdf"
    alice = make_browser(change.client.memberships.get().user, acting=change.client)
    answer = alice.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert f"payment-request-{change.reference}.pdf" in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    assert url in alice.get(f"/client/services/{change.service_id}/upgrade").content.decode()
    other = make_client(owner=make_user("charlie@example.com"))
    charlie = make_browser(other.memberships.get().user, acting=other)
    assert charlie.get(url).status_code == 404
    bare = make_member(change.client, "bare@example.com", rights=["domains.view"]).user
    assert make_browser(bare, acting=change.client).get(url).status_code == 403
    withdraw_plan_change(change=change, ctx=CTX)
    assert alice.get(url).status_code == 303


def test_it_speaks_the_language_of_the_client() -> None:
    set_setting(key="locale.enabled", value="en, de", ctx=CTX)
    change = request_of()
    change.client.locale = "de"
    seen: list[str] = []
    original = paper._texts

    def noted(shown: PlanChange, locale: str) -> dict[str, Any]:
        seen.append(locale)
        return original(shown, locale)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "_texts", noted)
        assert paper.payment_request_pdf(change).startswith(b"%PDF")
    assert seen == ["de"]
    assert Service.objects.count() == 1


def test_of_the_same_plan_it_names_the_cycles_in_the_language_of_its_client() -> None:
    group = make_group()
    small = plan(group, 3000, annually=30_000)
    [service] = bought(wish(small), client=make_client(locale="de"))
    ask(service, small, cycle="annually")
    change = PlanChange.objects.select_related("client", "service__product", "product").get()
    with translation.override("de"):
        assert (
            texts(change, "de")["what"]
            == f"Tarifwechsel von {small}, monatlich zu {small}, jährlich"
        )
