"""Plan changes by program: at the price that was seen, paid or left to a person, counted once (decision 143)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import token_limits
from commerce.accounts.models import ApiToken, Client, SpendingLimit
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import PlanChange
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.clock import freeze_time
from tests import make
from tests.api.v2.posting import post
from tests.doubles.gateway import FakeProvider
from tests.make import cards, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import TODAY, keep, work
from tests.make.plan_changes import make_open_plan_change, plan, rate_from
from tests.make.settings import store_settings
from tests.make.table_digests import table_digests

SCOPES = ["services:read", "services:write", "payments:write"]
LIMIT = 100_000
DAY = TODAY + timedelta(days=10)
CTX = cards.at(DAY)


def spender(client: Client, most: int = LIMIT, scopes: list[str] = SCOPES) -> tuple[ApiToken, str]:
    row, plain = make_token(client, scopes=scopes)
    SpendingLimit.objects.create(token=row, currency_code="EUR", per_act=most, per_period=most)
    return row, plain


def spent(row: ApiToken) -> int:
    return LIMIT - token_limits(row.pk)["EUR"].left


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    """20 of the 30 days of the period are left."""
    with freeze_time(cards.at(DAY).at):
        yield


@pytest.fixture
def plans(alice: Client) -> dict[str, Product]:
    """Small at 5.00 a month, Large at 9.00 or 90.00 a year, of which 20 % are tax."""
    rate_from(make.AT.date(), 20_000)
    group = make.make_group()
    return {"small": plan(group, 500), "large": plan(group, 900, annually=9000)}


@pytest.fixture
def service(alice: Client, plans: dict[str, Product]) -> Service:
    return make.make_service(alice, product=plans["small"])


@pytest.fixture
def ask(service: Service, plans: dict[str, Product]) -> Callable[..., ApiAnswer]:
    """Ask for a plan at an expected difference."""

    def send(
        token: str, difference: int | None = None, to: str = "large", **more: Any
    ) -> ApiAnswer:
        query, key = more.pop("query", ""), more.pop("key", "k")
        body = {"product_id": plans[to].pk, "billing_cycle": "monthly", **more}
        if difference is not None:
            body["expected_total"] = {"amount": difference, "currency_code": "EUR"}
        path = f"/api/v2/services/{service.pk}/plan-changes{query}"
        return post(path, token, body, Idempotency_Key=key)

    return send


def pay(change: int, token: str, how: object, amount: int, key: str = "p") -> ApiAnswer:
    total = {"amount": amount, "currency_code": "EUR"}
    body = {"payment": how, "expected_total": total}
    return post(f"/api/v2/plan-changes/{change}/pay", token, body, Idempotency_Key=key)


def operation(answer: ApiAnswer, token: str) -> Any:
    assert answer.status == 202, answer.body
    return call_api(f"/api/v2/operations/{answer.json['data']['id']}", token).json["data"]


@pytest.mark.usefixtures("proven")
def test_a_dry_run_tells_the_price_and_the_request_is_left_to_a_person(
    ask: Callable[..., ApiAnswer], alice: Client, service: Service
) -> None:
    token = make_token(alice, scopes=SCOPES)[1]  # it may spend nothing
    before = table_digests()
    tried = ask(token, query="?dry_run=true")
    assert table_digests() == before
    assert (tried.status, tried.json["data"]["id"]) == (201, None), tried.body
    difference = tried.json["data"]["difference"]
    missing = ask(token)
    assert (missing.status, missing.json["errors"][0]["pointer"]) == (422, "/expected_total")
    assert ask(token, difference - 1).json["code"] == "price.changed"
    assert not PlanChange.objects.exists()
    made = ask(token, difference)
    assert made.status == 201, made.body
    change, shown = PlanChange.objects.get(), made.json["data"]
    assert made.headers["location"].endswith(f"/api/v2/plan-changes/{change.pk}")
    assert shown["payment_request"] == {
        "amount": difference,
        "currency_code": "EUR",
        "reference": change.reference,
        "url": f"https://localhost:8443/client/plan-changes/{change.pk}/pay",
        "expires_on": str(change.last_day),
    }
    unsettled = {"id", "url", "payment_request", "created_at"}
    seen = tried.json["data"]
    assert {k: v for k, v in seen.items() if k not in unsettled} == {
        k: v for k, v in shown.items() if k not in unsettled
    }
    assert change.requested_by is not None
    assert call_api(f"/api/v2/plan-changes?service_id={service.pk}", token).ids == [change.pk]
    again = ask(token, difference, key="k-2")
    assert (again.status, again.json["code"]) == (409, "plan_change.already_open")


@pytest.mark.usefixtures("proven")
def test_a_charge_counts_the_difference_and_what_recurs_more_until_it_is_declined(
    ask: Callable[..., ApiAnswer], alice: Client, provider: FakeProvider
) -> None:
    row, token = spender(alice)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    change = ask(token, difference).json["data"]["id"]
    assert spent(row) == 0
    card = {"payment_method_id": keep(alice).pk}
    provider.declined["card-1"] = "No money."
    refused = pay(change, token, card, difference)
    assert spent(row) == difference + 480
    assert pay(change, token, card, difference, key="p-2").json["code"] == "attempt.under_way"
    work(DAY)
    assert (operation(refused, token)["status"], spent(row)) == ("failed", 0)
    provider.declined.clear()
    paid = pay(change, token, card, difference, key="p-3")
    work(DAY)
    told = operation(paid, token)
    assert (told["act"], told["status"]) == ("plan_change.pay", "succeeded")
    assert told["resource"] == {
        "kind": "plan_change",
        "id": change,
        "url": f"https://localhost:8443/api/v2/plan-changes/{change}",
    }
    assert spent(row) == difference + 480
    assert call_api(f"/api/v2/plan-changes/{change}", token).json["data"]["status"] == "applied"


def test_a_card_that_asks_for_its_holder_leads_to_the_page_of_the_request(
    alice: Client, provider: FakeProvider
) -> None:
    _, token = spender(alice)
    change = make_open_plan_change(alice)
    provider.wants_owner.add("card-1")
    answer = pay(change.pk, token, {"payment_method_id": keep(alice).pk}, change.total or 0)
    work(DAY)
    told = operation(answer, token)
    assert told["status"] == "requires_action"
    assert told["next_action"]["url"].endswith(f"/client/plan-changes/{change.pk}/pay")


@pytest.mark.usefixtures("proven")
def test_credit_pays_at_once_if_it_suffices(
    ask: Callable[..., ApiAnswer], alice: Client, service: Service
) -> None:
    row, token = spender(alice)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    add_credit(client=alice, currency_code="EUR", amount=difference - 1, ctx=CTX)
    short = ask(token, difference, payment="credit")
    assert (short.status, short.json["code"]) == (422, "credit.amount_too_large")
    only_asks = make_token(alice, scopes=["services:read", "services:write"])[1]
    assert ask(only_asks, difference, payment="credit").json["code"] == "token.scope_missing"
    add_credit(client=alice, currency_code="EUR", amount=1, ctx=CTX)
    made = ask(token, difference, payment="credit")
    assert (made.status, made.json["data"]["status"]) == (201, "applied"), made.body
    assert made.json["data"]["payment_request"] is None
    assert spent(row) == difference + 480


def test_credit_pays_a_request(ask: Callable[..., ApiAnswer], alice: Client) -> None:
    row, token = spender(alice)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    change = ask(token, difference).json["data"]["id"]
    add_credit(client=alice, currency_code="EUR", amount=difference - 1, ctx=CTX)
    short = pay(change, token, "credit", difference)
    assert (short.status, short.json["code"]) == (422, "credit.amount_too_large")
    assert not PlanChange.objects.get().uses_credit
    add_credit(client=alice, currency_code="EUR", amount=1, ctx=CTX)
    assert operation(pay(change, token, "credit", difference), token)["status"] == "succeeded"
    assert (PlanChange.objects.get().status, spent(row)) == ("applied", difference + 480)


def test_credit_that_a_person_gave_for_a_request_counts_when_a_token_pays_the_rest(
    ask: Callable[..., ApiAnswer], alice: Client
) -> None:
    row, token = spender(alice)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    change = ask(token, difference).json["data"]["id"]
    PlanChange.objects.update(uses_credit=True)
    add_credit(client=alice, currency_code="EUR", amount=difference, ctx=CTX)
    SpendingLimit.objects.update(per_act=difference + 479)
    assert pay(change, token, "credit", 0).json["code"] == "token.spending_limit"
    SpendingLimit.objects.update(per_act=difference + 480)
    assert operation(pay(change, token, "credit", 0), token)["status"] == "succeeded"
    assert spent(row) == difference + 480


def test_without_a_limit_nothing_is_paid(ask: Callable[..., ApiAnswer], alice: Client) -> None:
    token = make_token(alice, scopes=SCOPES)[1]
    add_credit(client=alice, currency_code="EUR", amount=5000, ctx=CTX)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    refused = ask(token, difference, payment="credit")
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    assert not PlanChange.objects.exists()


def test_a_downgrade_costs_less_than_nothing(
    ask: Callable[..., ApiAnswer], alice: Client, service: Service, plans: dict[str, Product]
) -> None:
    _, token = spender(alice, 0)
    Service.objects.filter(pk=service.pk).update(product=plans["large"], amount=900)
    difference = ask(token, query="?dry_run=true", to="small").json["data"]["difference"]
    assert difference <= 0
    made = ask(token, difference, to="small")
    assert (made.status, made.json["data"]["status"]) == (201, "applied"), made.body


def test_a_longer_cycle_counts_its_price(ask: Callable[..., ApiAnswer], alice: Client) -> None:
    row, token = spender(alice)
    yearly = {"billing_cycle": "annually", "confirm": ["plan_change.losses_not_confirmed"]}
    seen = ask(token, query="?dry_run=true", **yearly).json["data"]
    add_credit(client=alice, currency_code="EUR", amount=20_000, ctx=CTX)
    made = ask(token, seen["difference"], payment="credit", **yearly)
    assert made.json["data"]["status"] == "applied", made.body
    assert spent(row) == seen["difference"] + 10_800


def test_what_is_lost_is_asked_about(
    ask: Callable[..., ApiAnswer], alice: Client, service: Service
) -> None:
    token = make_token(alice, scopes=SCOPES)[1]
    Service.objects.filter(pk=service.pk).update(price_parts={"agreed": True})
    asked = ask(token, query="?dry_run=true")
    assert (asked.status, asked.json["code"]) == (409, "needs_confirmation")
    [code] = [one["code"] for one in asked.json["errors"]]
    difference = ask(token, query="?dry_run=true", confirm=[code]).json["data"]["difference"]
    assert ask(token, difference, confirm=[code]).status == 201


def test_what_waits_for_the_company_counts_only_if_credit_is_used(
    ask: Callable[..., ApiAnswer], alice: Client
) -> None:
    store_settings({"plan_changes.require_approval": "on"})
    row, token = spender(alice)
    difference = ask(token, query="?dry_run=true").json["data"]["difference"]
    made = ask(token, difference, payment="credit")
    assert (made.json["data"]["status"], spent(row)) == ("pending", difference + 480)
    path = f"/api/v2/plan-changes/{made.json['data']['id']}"
    withdrawn = call_api(path, token, method="DELETE")
    assert (withdrawn.status, withdrawn.json["data"]["status"]) == (200, "withdrawn")
    assert spent(row) == 0
    again = call_api(path, token, method="DELETE")
    assert (again.status, again.json["code"]) == (409, "plan_change.has_ended")


def test_others_plan_changes_are_as_none(alice: Client, provider: FakeProvider) -> None:
    change = make_open_plan_change(make.make_client(owner="charlie@example.com"))
    _, token = spender(alice)
    path = f"/api/v2/plan-changes/{change.pk}"
    assert call_api(path, token).status == 404
    assert call_api(path, token, method="DELETE").status == 404
    assert pay(change.pk, token, "credit", change.total or 0).status == 404
    assert call_api("/api/v2/plan-changes", token).ids == []
