"""POST /orders: what a program orders is made, billed and counted as the portal does it, or nothing is."""

from typing import Any

import pytest
from django.test import override_settings

from commerce.accounts.actions.clients import change_client, suspend_client
from commerce.accounts.models import Client, IdempotentReply, TokenCommitment, User
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.catalog.actions.options import create_option, create_option_group
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order
from commerce.payments.models import Attempt
from commerce.site_settings.actions import set_setting
from commerce.support.models import ConsumerConsent
from tests import make
from tests.api.v2.orders.ordering import body_of, items, money, order, orderer, places, quote
from tests.doubles.gateway import FakeProvider
from tests.make.api import call_api
from tests.make.cards import DAY, FIRST, TODAY, keep, night, tries, work
from tests.make.records import make_required_option
from tests.make.statements import switch_on_consumers
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.usefixtures("often")
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def often() -> Any:
    with override_settings(COMMERCE_API_WRITE_RATE=(10**6, 60)):
        yield


@pytest.fixture
def token(alice: Client) -> str:
    return orderer(alice)


@pytest.fixture
def product(alice: Client) -> Product:
    return make.make_product()


def test_positions_keep_words_of_their_own(token: str, product: Product) -> None:
    wanted = [one | {"reference": f"line-{n}"} for n, one in enumerate(items(product, product))]
    wanted[1]["metadata"] = {"customer": "c-9"}
    body = {"items": wanted, "expected_total": money(1000)}
    tried = order(token, body, None, "?dry_run=true").json["data"]
    made = order(token, body).json["data"]
    told = [(one["reference"], one["metadata"]) for one in made["items"]]
    assert told == [("line-0", {}), ("line-1", {"customer": "c-9"})]
    assert (tried["items"], tried["version"]) == (made["items"], made["version"])
    quoted = quote(token, {"items": wanted})
    assert set(places(quoted).values()) == {"unknown"}


def test_an_order_is_made_billed_and_counted(alice: Client, token: str, product: Product) -> None:
    body = body_of(product, 500, reference="shop-1", metadata={"customer": "c-118"})
    answer = order(token, body)
    assert answer.status == 201, answer.body
    shown, made = answer.json["data"], Order.objects.get()
    assert answer.headers["location"].endswith(f"/api/v2/orders/{made.pk}")
    read = call_api(f"/api/v2/orders/{made.pk}", token)
    assert (read.json["data"], read.headers["etag"]) == (shown, answer.headers["etag"])
    assert (shown["total"], shown["status"], shown["pending_reason"]) == (500, "pending", "payment")
    assert (shown["reference"], shown["metadata"]) == ("shop-1", {"customer": "c-118"})
    assert shown["units"][0]["service_id"] == Service.objects.get().pk
    assert made.placed_by == User.objects.get()
    assert made.address == "203.0.113.9"
    assert made.invoice is not None
    assert made.invoice.amount_due == 500
    entry = AuditEntry.objects.get(action="order.placed")
    assert (entry.actor_kind, entry.client_id) == ("token", alice.pk)
    counted = TokenCommitment.objects.get()
    assert (counted.act, counted.amount, counted.covers) == ("order.place", 1000, 500)
    assert (counted.debt_kind, counted.debt_id) == ("invoice", made.invoice_id)


def test_a_tried_order_says_what_the_order_then_does_and_leaves_nothing(
    token: str, product: Product
) -> None:
    body = body_of(product, 500, reference="shop-1")
    before = table_digests()
    tried = order(token, body, key=None, query="?dry_run=true")
    assert (tried.status, tried.headers["dry-run"]) == (201, "true")
    without = {"items": body["items"]}
    assert order(token, without, key=None, query="?dry_run=true").json["data"]["total"] == 500
    assert table_digests() == before
    Client.objects.update(tax_id="DE123456789")
    asked = order(token, body, key=None, query="?dry_run=true").json["not_checked"]
    assert asked == ["vat_number"]
    Client.objects.update(tax_id="")
    done = order(token, body).json["data"]
    settled = {"id", "order_number", "url", "invoice_id", "created_at", "updated_at"}
    same = tried.json["data"]
    assert same["units"] == [{"item": 1, "service_id": None, "domain_id": None}]
    assert {same[name] for name in settled - {"created_at", "updated_at"}} == {None}
    for name in done.keys() - settled - {"units"}:
        assert same[name] == done[name], name


def test_nothing_is_bought_at_another_price(token: str, product: Product) -> None:
    missing = order(token, {"items": items(product)})
    assert (missing.status, places(missing)) == (422, {"/expected_total": "missing"})
    for total in (money(499), money(501), {"amount": 500, "currency_code": "USD"}):
        answer = order(token, {"items": items(product), "expected_total": total})
        assert (answer.status, answer.json["code"]) == (409, "price.changed")
        assert answer.json["detail"] == "The price is now €5.00."
    assert not Order.objects.exists()


def test_each_item_that_cannot_be_meant_is_named(token: str, product: Product) -> None:
    group = create_option_group(name="Extras", products=[product], ctx=CTX)
    option = create_option(group=group, name="Size", kind="dropdown", values=["S"], ctx=CTX)
    choice = {"option_id": option.pk, "value": option.values.get().pk}
    [good] = items(product)
    for wrong, place, code in (
        ({"product_id": product.pk}, "/billing_cycle", "missing"),
        (good | {"years": 1}, "/years", "unknown"),
        (good | {"auth_code": "x"}, "/auth_code", "unknown"),
        (good | {"domain": "no name"}, "/domain", "domain.name_not_valid"),
        (good | {"options": [choice, choice]}, "/options", "not_valid"),
        (good | {"options": [choice | {"value": 10**6}]}, "/options", "option.value_not_offered"),
        (good | {"quantity": 0}, "/quantity", "not_valid"),
        (good | {"billing_cycle": "annually"}, "/billing_cycle", "product.not_offered"),
        (good | {"product_id": 987654321}, "/product_id", "product.not_sold"),
        ({"action": "register"}, "/domain", "missing"),
        ({"action": "register", "domain": "a.test", "quantity": 2}, "/quantity", "unknown"),
        ({"action": "register", "domain": "a.test"}, "/domain", "domain.tld_not_sold"),
        ({"action": "sell"}, "/action", "not_valid"),
    ):
        answer = order(token, {"items": [good, wrong], "expected_total": money(1000)})
        assert (answer.status, places(answer)) == (422, {f"/items/1{place}": code}), wrong
    answer = order(token, body_of(product, 500, items=[]))
    assert places(answer) == {"/items": "not_valid"}
    assert places(order(token, {"expected_total": money(1)})) == {"/items": "missing"}
    assert not Order.objects.exists()


def test_an_order_of_more_units_than_one_transaction_takes_is_refused(
    token: str, product: Product
) -> None:
    hundred = items(product)[0] | {"quantity": 100}
    for ask in (quote, order):
        answer = ask(token, {"items": [*[hundred] * 10, *items(product)]}, query="?dry_run=true")
        assert (answer.status, answer.json["code"]) == (422, "order.too_many_units")
    assert quote(token, {"items": [hundred] * 10}).status == 201


def test_options_and_quantity_count(token: str, product: Product) -> None:
    option = make_required_option(product, "quantity", 150)
    option.maximum = 9
    option.save()
    [item] = items(product)
    item |= {"quantity": 2, "options": [{"option_id": option.pk, "value": 3}]}
    answer = order(token, {"items": [item], "expected_total": money(2 * (500 + 3 * 150))})
    assert answer.status == 201, answer.body
    assert [one["item"] for one in answer.json["data"]["units"]] == [1, 1]


@pytest.mark.parametrize("why", ["address", "terms", "email", "stock", "suspended"])
def test_what_the_checkout_refuses_a_program_is_refused(
    alice: Client, token: str, product: Product, why: str
) -> None:
    status, code = 422, ""
    if why == "address":
        Client.objects.update(city="")
        code = "order.address_incomplete"
    elif why == "terms":
        set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=CTX)
        code = "order.terms_not_accepted"
    elif why == "email":
        User.objects.update(email_verified_at=None)
        code = "order.email_not_verified"
    elif why == "stock":
        set_stock(product=product, units=0, ctx=CTX)
        code = "product.sold_out"
    else:
        suspend_client(client=alice, reason="unpaid", ctx=CTX)
        status, code = 403, "account.suspended"
    answer = order(token, body_of(product, 500))
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    if why == "terms":
        assert places(answer) == {"/terms_accepted": code}
        assert order(token, body_of(product, 500, terms_accepted=True)).status == 201
        assert AuditEntry.objects.filter(action="order.terms_accepted").count() == 1
    else:
        assert not Order.objects.exists()


def test_a_consumer_asks_to_begin_at_once(alice: Client, token: str, product: Product) -> None:
    switch_on_consumers()
    change_client(client=alice, company="", ctx=CTX)
    answer = order(token, body_of(product, 500))
    assert places(answer) == {"/begin_at_once": "consumer_consent.missing"}
    assert order(token, body_of(product, 500, begin_at_once=True)).status == 201
    assert ConsumerConsent.objects.get().text.startswith("Begin at once.")


def test_a_token_orders_within_its_limit(alice: Client, product: Product) -> None:
    """What is due at once and the first price of what renews."""
    for most, status in ((999, 403), (1000, 201)):
        answer = order(orderer(alice, most=most), body_of(product, 500), key=f"up to {most}")
        assert answer.status == status, answer.body
        assert Order.objects.count() == (status == 201)
    assert answer.json["data"]["total"] == 500


@pytest.mark.usefixtures("provider")
def test_an_order_that_autopay_pays_later_counts_once_from_the_first_moment(
    alice: Client, product: Product, provider: FakeProvider
) -> None:
    """Nothing of it is paid by the token, and it committed the client; a decline gives nothing back."""
    token = orderer(alice, most=1999)
    keep(alice)
    provider.declined["card-1"] = "No money."
    with clock.freeze_time(make.AT):
        assert order(token, body_of(product, 500)).status == 201
    for day, made in ((TODAY, []), (FIRST, ["failed"]), (FIRST + DAY, ["failed", "succeeded"])):
        night(day)
        assert [one[2] for one in tries(Invoice.objects.get())] == made
        refused = order(token, body_of(product, 500), key="k-2")
        assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
        if made:
            provider.declined.clear()
    assert Invoice.objects.get().status == "paid"
    assert [one.amount for one in TokenCommitment.objects.all()] == [1000]


def test_credit_pays_at_once_or_nothing_is_ordered(
    alice: Client, token: str, product: Product
) -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    add_credit(client=alice, currency_code="EUR", amount=499, idempotency_key="k", ctx=CTX)
    body = body_of(product, 500, payment="credit")
    answer = order(token, body)
    assert (answer.status, answer.json["code"]) == (409, "credit.not_enough")
    assert not Order.objects.exists()
    add_credit(client=alice, currency_code="EUR", amount=1, idempotency_key="l", ctx=CTX)
    few = orderer(alice, scopes=("orders:read", "orders:write"))
    assert (order(few, body, key="k-2").status, Order.objects.count()) == (403, 0)
    answer = order(token, body)
    assert (answer.status, answer.json["data"]["act"]) == (202, "order.place"), answer.body
    refused = order(few, body)  # with the key of the other one
    assert (refused.status, refused.json["code"]) == (403, "token.scope_missing")
    assert Order.objects.get().status == "active"
    assert credit_balance(alice.pk, "EUR") == 0
    assert Invoice.objects.get().amount_due == 0
    assert sum(one.amount for one in TokenCommitment.objects.all()) == 1000


@pytest.mark.usefixtures("provider")
def test_a_saved_card_is_charged_by_an_operation(
    alice: Client, token: str, product: Product
) -> None:
    card = keep(alice)
    body = body_of(product, 500, payment={"payment_method_id": card.pk})
    before = table_digests()
    tried = order(token, body, key=None, query="?dry_run=true")
    assert (tried.status, tried.json["not_checked"]) == (202, ["gateway"])
    assert table_digests() == before
    answer = order(token, body, query="?fields=id,total")
    shown = answer.json["data"]
    assert (answer.status, shown["act"], shown["status"]) == (202, "order.place", "pending")
    assert shown["resource"]["url"].endswith(f"/api/v2/orders/{Order.objects.get().pk}")
    assert sum(one.amount for one in TokenCommitment.objects.all()) == 1000
    work(TODAY)
    assert Attempt.objects.get().amount == 500
    now = call_api(f"/api/v2/operations/{shown['id']}", token).json["data"]
    assert now["status"] == "waiting"  # for staff, who set it up
    assert Invoice.objects.get().amount_due == 0
    foreign = keep(make.make_client(email="other@example.com"), "card-2")
    body["payment"] = {"payment_method_id": foreign.pk}
    assert places(order(token, body, key="k-2")) == {"/payment/payment_method_id": "not_valid"}


def test_one_key_is_one_order_of_its_client(alice: Client, token: str, product: Product) -> None:
    first = order(token, body_of(product, 500))
    again = order(token, body_of(product, 500))
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["location"] == first.headers["location"]
    charlie = orderer(make.make_client(owner="charlie@example.com"))
    assert order(charlie, body_of(product, 500)).status == 201
    assert Order.objects.count() == 2
    IdempotentReply.objects.all().delete()  # as after api.idempotency_days
    answer = order(token, body_of(product, 500))
    assert (answer.status, answer.json["code"]) == (409, "order.form_used")
    assert Order.objects.count() == 2
