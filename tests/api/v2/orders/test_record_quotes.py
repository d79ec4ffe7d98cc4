"""Quotes of plan changes, renewals and restores hold their net prices, and nothing else (decision 154)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice, PlanChange
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_product_status
from commerce.catalog.models import Product
from commerce.domains.actions.editing import update_domain
from commerce.domains.actions.tlds import set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.hosting.models import Service
from commerce.kit.clock import freeze_time
from commerce.orders.models import PriceQuote
from tests import make
from tests.api.v2.orders.ordering import money, orderer, quote
from tests.api.v2.posting import post
from tests.make import cards, make_domain
from tests.make.api import ApiAnswer
from tests.make.cards import TODAY, keep
from tests.make.plan_changes import plan, rate_from
from tests.make.repricing import make_tld
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.django_db
SCOPES = (
    *("catalog:read", "invoices:read", "payments:write"),
    *("services:read", "services:write", "domains:read", "domains:write"),
)
DAY = TODAY + timedelta(days=10)
CTX = cards.at(DAY)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    rate_from(make.AT.date(), 20_000)
    with freeze_time(CTX.at):
        yield


@pytest.fixture
def token(alice: Client) -> str:
    return orderer(alice, scopes=SCOPES)


@pytest.fixture
def plans() -> tuple[Product, Product]:
    group = make.make_group()
    return plan(group, 500), plan(group, 900)


@pytest.fixture
def service(alice: Client, plans: tuple[Product, Product]) -> Service:
    return make.make_service(alice, product=plans[0])


def quoted(token: str, **wanted: Any) -> dict[str, Any]:
    answer = quote(token, wanted)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json["data"]
    for name in ("subtotal", "tax_amount"):
        assert sum(one[name] for one in made["lines"]) == made[name]
    assert sum(one["total"] for one in made["lines"]) == made["due_today"]["amount"]
    return made


def change_of(service: Service, product: Product) -> dict[str, Any]:
    return {"service_id": service.pk, "product_id": product.pk, "billing_cycle": "monthly"}


def ask(service: Service, token: str, body: Any, key: str = "k") -> ApiAnswer:
    return post(f"/api/v2/services/{service.pk}/plan-changes", token, body, Idempotency_Key=key)


def test_a_plan_change_keeps_the_price_that_was_quoted(
    token: str, service: Service, plans: tuple[Product, Product], alice: Client, provider: object
) -> None:
    made = quoted(token, plan_change=change_of(service, plans[1]))
    assert (made["act"], made["service_id"], made["domain_id"]) == ("plan_change", service.pk, None)
    [recurring] = made["recurring"]
    assert recurring["total"] == 1080
    set_price(product=plans[1], currency_code="EUR", billing_cycle="monthly", price=5000, ctx=CTX)
    answer = ask(service, token, {"quote_id": made["id"]})
    assert answer.status == 201, answer.body
    change = PlanChange.objects.get()
    assert (change.amount, change.total) == (900, made["due_today"]["amount"])
    body = {"payment": {"payment_method_id": keep(alice).pk}, "expected_total": made["due_today"]}
    paid = post(f"/api/v2/plan-changes/{change.pk}/pay", token, body, Idempotency_Key="p")
    assert paid.status == 202, paid.body
    cards.work(DAY)
    change.refresh_from_db()
    service.refresh_from_db()
    assert (change.status, service.amount) == ("applied", 900)


def test_a_changed_price_comes_with_a_new_quote(
    token: str, service: Service, plans: tuple[Product, Product]
) -> None:
    body = {"product_id": plans[1].pk, "billing_cycle": "monthly", "expected_total": money(1)}
    changed = ask(service, token, body)
    assert (changed.status, changed.json["code"]) == (409, "price.changed")
    new = changed.json["quote"]
    assert changed.json["expected_total"] == new["due_today"]
    assert not PlanChange.objects.exists()
    assert ask(service, token, {"quote_id": new["id"]}, key="k-2").status == 201


def test_a_retired_plan_ends_its_quote(
    token: str, service: Service, plans: tuple[Product, Product]
) -> None:
    made = quoted(token, plan_change=change_of(service, plans[1]))
    set_product_status(product=plans[1], status="retired", ctx=CTX)
    answer = ask(service, token, {"quote_id": made["id"]})
    assert (answer.status, answer.json["code"]) == (409, "quote.ended")


@pytest.fixture
def domain(alice: Client) -> Domain:
    return make_domain(alice)


def renew(domain: Domain, token: str, body: Any, verb: str = "renewals") -> ApiAnswer:
    return post(f"/api/v2/domains/{domain.pk}/{verb}", token, body, Idempotency_Key=verb)


def test_a_renewal_keeps_the_price_that_was_quoted(token: str, domain: Domain) -> None:
    before = table_digests()
    tried = quote(token, {"renewal": {"domain_id": domain.pk}}, query="?dry_run=true")
    assert (tried.status, table_digests()) == (201, before), tried.body
    made = quoted(token, renewal={"domain_id": domain.pk, "years": 2})
    assert (made["due_today"], made["domain_id"]) == (money(2880), domain.pk)
    assert not Invoice.objects.exists()
    update_domain(domain, "price_changed", ctx=CTX, recurring_amount=9900)
    wrong = renew(domain, token, {"quote_id": made["id"], "years": 2})
    assert [one["pointer"] for one in wrong.json["errors"]] == ["/years"]
    answer = renew(domain, token, {"quote_id": made["id"]})
    assert (answer.status, answer.json["data"]["total"]) == (201, 2880), answer.body


def test_tax_is_judged_by_the_renewal(token: str, domain: Domain) -> None:
    made = quoted(token, renewal={"domain_id": domain.pk})
    add_tax_rule(country="DE", category="S", rate=10_000, name="VAT", valid_from=DAY, ctx=CTX)
    answer = renew(domain, token, {"quote_id": made["id"]})
    assert (answer.status, answer.json["code"]) == (409, "price.changed"), answer.body
    assert answer.json["expected_total"] == money(1320)
    assert not Invoice.objects.exists()


def test_a_restore_keeps_fee_and_renewal(alice: Client, token: str) -> None:
    domain = make_domain(alice, "redemption")
    make_tld("example")
    tld = Tld.objects.get(tld="example")
    set_tld_price(tld=tld, currency_code="EUR", restore=8000, renew=1500, ctx=CTX)
    made = quoted(token, restore={"domain_id": domain.pk})
    assert made["due_today"] == money(11_040)
    set_tld_price(tld=tld, currency_code="EUR", restore=9000, renew=1500, ctx=CTX)
    answer = renew(domain, token, {"quote_id": made["id"]}, "restore")
    assert (answer.status, answer.json["data"]["total"]) == (201, 11_040), answer.body


def test_a_quote_is_for_what_it_says(alice: Client, token: str, domain: Domain) -> None:
    made = quoted(token, renewal={"domain_id": domain.pk})
    other = make_domain(alice, domain_name="other.example")
    foreign = renew(other, token, {"quote_id": made["id"]})
    assert [one["pointer"] for one in foreign.json["errors"]] == ["/quote_id"], foreign.body
    PriceQuote.objects.update(expires_at=CTX.at)
    late = renew(domain, token, {"quote_id": made["id"]})
    assert (late.status, late.json["code"]) == (409, "quote.expired")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/items"),
        ({"renewal": {"domain_id": 1}, "restore": {"domain_id": 1}}, "/restore"),
        ({"renewal": {"domain_id": 1}, "promo_code": "X"}, "/promo_code"),
        ({"renewal": {"domain_id": 1}}, "/renewal/domain_id"),
        ({"plan_change": {"service_id": 1, "product_id": 1}}, "/plan_change/billing_cycle"),
    ],
)
def test_what_cannot_be_quoted_says_where(token: str, body: Any, place: str) -> None:
    make_domain(make.make_client(owner="charlie@example.com"))
    answer = quote(token, body)
    assert (answer.status, [one["pointer"] for one in answer.json["errors"]]) == (422, [place])


def test_to_quote_a_record_takes_the_right_to_read_it(alice: Client, domain: Domain) -> None:
    reads = orderer(alice, scopes=("catalog:read",))
    answer = quote(reads, {"renewal": {"domain_id": domain.pk}})
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
