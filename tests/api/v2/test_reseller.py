"""A reseller's shop, by a token alone: from the search of a name to documents (client-api-v2.md, its first user)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import SCOPES, Client
from commerce.billing.credit.actions import add_credit
from commerce.catalog.models import Currency, Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.availability import forget_answers
from commerce.hosting.modules import registry
from commerce.kit import clock
from commerce.payments.models import Attempt
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, FakeProvider, fake_gateway_on
from tests.doubles.panel import FakePanel
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, keep
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.plan_changes import plan
from tests.make.proof import proof_violations
from tests.make.webhooks import deliver
from tests.make.zones import make_stored_zone, turn_zones_on

pytestmark = pytest.mark.django_db


class Shop:
    """A program that has a token, and obeys what it is told."""

    def __init__(self, token: str) -> None:
        self.token, self.keys = token, count()

    def get(self, target: str) -> Any:
        answer = call_api(f"/api/v2{target}", self.token)
        assert answer.status == 200, (target, answer.body)
        return answer.json["data"]

    def send(self, target: str, body: Any = None, *, method: str = "POST") -> Any:
        """What is answered to a write, which is tried before; sent twice, since answers get lost."""
        key = {"Idempotency-Key": f"key {next(self.keys)}"}

        def sent(query: str = "") -> ApiAnswer:
            return call_api(
                f"/api/v2{target}{query}", self.token, method=method, body=body, headers=key
            )

        tried = sent("?dry_run=true")
        assert tried.status < 300, (target, tried.body)
        first, again = sent(), sent()
        assert first.status == tried.status, (target, first.body)
        assert (again.status, again.body) == (first.status, first.body)
        return first.json["data"]

    def stands(self, operation: dict[str, Any]) -> Any:
        return self.get(f"/operations/{operation['id']}")


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    forget_answers()
    with remote_registrar() as registry:
        give_nameservers()
        registry.taken.add("taken.com")
        tld = set_tld(tld="com", registrar="remote", ctx=CTX)
        set_tld_price(
            tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX
        )
        yield registry


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with fake_gateway_on():
        yield FAKE_PROVIDER


@pytest.fixture
def plans() -> Iterator[tuple[Product, Product]]:
    """Two, whose accounts a panel has."""
    known = dict(registry._MODULES)
    registry.register_module(FakePanel().module)
    make.make_server(module="fake")
    group = make.make_group()
    made = plan(group, 500), plan(group, 900)
    Product.objects.update(module="fake")
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


@pytest.fixture
def shop(alice: Client, settings: Any) -> Shop:
    set_setting(key="portal.show_domain_search", value="on", ctx=CTX)
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (10**6, 60)
    change_client(client=alice, phone="+49 30 1234", ctx=CTX)
    Currency.objects.update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)
    row, token = make.make_token(alice, scopes=[*SCOPES], name="shop")
    set_spending_limit(token=row, per_purchase=10_000, per_30_days=30_000, ctx=CTX)
    return Shop(token)


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency_code": "EUR"}


class Story:
    """The reseller's day, step by step."""

    def __init__(self, client: Client, shop: Shop, plans: tuple[Product, Product]) -> None:
        self.client, self.shop, (self.small, self.large) = client, shop, plans
        self.card = keep(client)
        self.spent = 0

    def looks_for_a_name(self) -> str:
        answer = call_api(
            "/api/v2/domain-searches",
            self.shop.token,
            method="POST",
            body={"names": ["acme.com", "taken.com"]},
        )
        found = {one["name"]: one["status"] for one in answer.json["data"]["names"]}
        assert found == {"acme.com": "available", "taken.com": "taken"}
        return "acme.com"

    def asks_for_a_price(self, name: str) -> dict[str, Any]:
        products = {one["id"] for one in self.shop.get("/products")}
        plans = (self.small, self.large)
        assert {one.pk for one in plans} <= products
        items = [
            *({"product_id": one.pk, "billing_cycle": "monthly"} for one in plans),
            {"action": "register", "domain": name},
        ]
        answer = call_api("/api/v2/quotes", self.shop.token, method="POST", body={"items": items})
        quote: dict[str, Any] = answer.json["data"]
        assert quote["due_today"] == eur(500 + 900 + 1000)
        return quote

    def orders(self, quote: dict[str, Any]) -> dict[str, Any]:
        """By a saved card; the operation."""
        order = {
            "quote_id": quote["id"],
            "payment": {"payment_method_id": self.card.pk},
            "reference": "shop-7731",
            "metadata": {"customer": "c-118"},
        }
        placed: dict[str, Any] = self.shop.send("/orders", order)
        self.spent += (500 + 900 + 1000) + (500 + 900 + 1200)
        return placed

    def edits_a_zone(self) -> None:
        turn_zones_on()
        zone = make_stored_zone(self.client, "acme.com")
        edit = {"op": "add", "name": "www", "type": "A", "values": ["192.0.2.10"]}
        shown = self.shop.send(f"/zones/{zone.pk}/records", {"edits": [edit]}, method="PATCH")
        assert ("www", "192.0.2.10") in {(one["name"], one["value"]) for one in shown["records"]}

    def renews(self, domain_id: int) -> None:
        body = {"years": 1, "expected_total": eur(1200), "payment": "credit"}
        renewal = self.shop.send(f"/domains/{domain_id}/renewals", body)
        assert renewal["amount_due"] == 0
        self.spent += 1200

    def changes_the_plan(self, service_id: int) -> None:
        """By its request, which credit pays."""
        target = f"/services/{service_id}/plan-changes"
        wanted = {"product_id": self.large.pk, "billing_cycle": "monthly"}
        tried = call_api(
            f"/api/v2{target}?dry_run=true", self.shop.token, method="POST", body=wanted
        )
        price = eur(tried.json["data"]["difference"])
        change = self.shop.send(target, wanted | {"expected_total": price})
        assert change["status"] == "awaiting_payment"
        assert change["payment_request"]["amount"] == price["amount"]
        pay = f"/plan-changes/{change['id']}/pay"
        paid = self.shop.send(pay, {"payment": "credit", "expected_total": price})
        assert paid["status"] == "succeeded"
        assert self.shop.get(f"/services/{service_id}")["product_id"] == self.large.pk
        self.spent += price["amount"] + (900 - 500)

    def cancels_and_thinks_again(self, service_id: int) -> None:
        end = f"/services/{service_id}/cancellation"
        self.shop.send(end, {"kind": "end_of_period"})
        self.shop.send(end, method="DELETE")
        self.spent += 900  # another month, after all
        assert self.shop.get(f"/services/{service_id}")["cancellation"] is None

    def adds_funds(self, amount: int) -> dict[str, Any]:
        """By the saved card; the operation. They count until they pay what counts by itself."""
        body = eur(amount) | {"payment": {"payment_method_id": self.card.pk}}
        added: dict[str, Any] = self.shop.send("/top-ups", body)
        self.spent += amount
        return added

    def reads_documents(self) -> None:
        for invoice in self.shop.get("/invoices"):
            assert invoice["status"] == "paid"
            file = call_api(f"/api/v2/invoices/{invoice['id']}/pdf", self.shop.token)
            assert (file.status, file.body[:5]) == (200, b"%PDF-")


def test_a_reseller_sells_hosting_and_names_without_a_person(
    alice: Client,
    shop: Shop,
    plans: tuple[Product, Product],
    remote: RemoteRegistry,
    provider: FakeProvider,
) -> None:
    story = Story(alice, shop, plans)
    provider.wants_owner.add(story.card.token)
    with clock.freeze_time(make.AT):
        placed = story.orders(story.asks_for_a_price(story.looks_for_a_name()))
        run_all_jobs(at=make.AT)
        waiting = shop.stands(placed)
        assert (waiting["status"], waiting["error"]) == ("requires_action", None)
        assert "/client/" in waiting["next_action"]["url"]
        _holder_confirms(provider)
        assert shop.stands(placed)["status"] == "succeeded"
        [mine] = shop.get("/orders?reference=shop-7731")
        assert (mine["status"], mine["metadata"]) == ("active", {"customer": "c-118"})
        assert remote.bought("register") == ["acme.com"]

        services = {one["product_id"]: one["id"] for one in shop.get("/services")}
        [domain] = shop.get("/domains")
        assert (domain["status"], domain["domain_name"]) == ("active", "acme.com")
        provider.wants_owner.clear()
        added = story.adds_funds(1200)
        run_all_jobs(at=make.AT + timedelta(minutes=1))
        assert shop.stands(added)["status"] == "succeeded"
        story.renews(domain["id"])
        story.spent -= 1200  # the funds paid it
        add_credit(client=alice, currency_code="EUR", amount=5000, ctx=CTX)
        story.changes_the_plan(services[story.small.pk])
        story.cancels_and_thinks_again(services[story.large.pk])
        run_all_jobs(at=make.AT + timedelta(minutes=2))
        assert remote.bought("renew") == ["acme.com"]
        story.reads_documents()
        story.edits_a_zone()  # last, since nobody plays the name server
        [left] = shop.get("/token")["spending"]
        assert left["per_period"] - left["left"] == story.spent
    assert proof_violations() == {}


def _holder_confirms(provider: FakeProvider) -> None:
    """At their bank, and the gateway tells us."""
    reference = Attempt.objects.get().reference or ""
    provider.pay(reference)
    notice = provider.notice(reference, id="paid", state="paid")
    assert deliver(notice).status == 200
    run_all_jobs(at=make.AT + timedelta(minutes=1))
