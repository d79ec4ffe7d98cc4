"""Funds that are added by program: charged once, credit once, and counted once (decision 153)."""

from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import token_limits
from commerce.accounts.models import ApiToken, Client, SpendingLimit
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import CreditEntry, Invoice
from commerce.catalog.models import Currency, Product
from commerce.payments.gateway_calls import count_gateway_call
from commerce.payments.models import Attempt, Payment
from commerce.portal.base import throttles
from commerce.portal.base.throttles import TooManyAttempts
from tests import make
from tests.api.v2.orders.ordering import body_of, money, order
from tests.api.v2.posting import post
from tests.doubles.gateway import FakeProvider
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, TODAY, keep, work
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.usefixtures("proven")
SCOPES = ["orders:read", "orders:write", "invoices:read", "payments:write", "payment-methods:read"]
LIMIT = 5000


@pytest.fixture(autouse=True)
def _euro(db: None) -> None:
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)


@pytest.fixture
def spender(alice: Client) -> tuple[ApiToken, str]:
    row, plain = make_token(alice, scopes=SCOPES)
    SpendingLimit.objects.create(token=row, currency_code="EUR", per_act=LIMIT, per_period=LIMIT)
    return row, plain


@pytest.fixture
def card(alice: Client, provider: FakeProvider) -> dict[str, int]:
    return {"payment_method_id": keep(alice).pk}


def top_up(token: str, card: object, amount: int, key: str = "k", query: str = "") -> ApiAnswer:
    body = money(amount) | {"payment": card}
    return post(f"/api/v2/top-ups{query}", token, body, Idempotency_Key=key)


def shown(answer: ApiAnswer, token: str) -> Any:
    assert answer.status == 202, answer.body
    return call_api(f"/api/v2/operations/{answer.json['data']['id']}", token).json["data"]


def spent(row: ApiToken) -> int:
    return LIMIT - token_limits(row.pk)["EUR"].left


def test_a_charge_becomes_credit_once(
    alice: Client, spender: tuple[ApiToken, str], card: dict[str, int], provider: FakeProvider
) -> None:
    row, token = spender
    before = table_digests()
    tried = top_up(token, card, 2500, query="?dry_run=true")
    assert (tried.status, tried.json["not_checked"], table_digests()) == (202, ["gateway"], before)
    answer = top_up(token, card, 2500)
    operation = shown(answer, token)
    assert (operation["act"], operation["status"]) == ("account.top_up", "pending")
    assert operation["resource"]["kind"] == "account"
    assert top_up(token, card, 2500).body == answer.body
    second = top_up(token, card, 500, key="k-2")
    assert (second.status, second.json["code"]) == (409, "top_up.under_way")
    work(TODAY)
    assert shown(answer, token)["status"] == "succeeded"
    payment = Payment.objects.get()
    entries = CreditEntry.objects.values_list("reason", "amount")
    assert payment.amount == 2500
    assert ([*entries], spent(row)) == ([("top_up", 2500)], 2500)
    assert provider.calls.count("charge_saved") == 1


@pytest.mark.parametrize("why", ["declined", "holder"])
def test_one_that_was_not_charged_counts_no_more(
    alice: Client,
    spender: tuple[ApiToken, str],
    card: dict[str, int],
    provider: FakeProvider,
    why: str,
) -> None:
    row, token = spender
    if why == "declined":
        provider.declined["card-1"] = "No money."
    else:
        provider.wants_owner.add("card-1")
    answer = top_up(token, card, 2500)
    assert spent(row) == 2500
    work(TODAY)
    operation = shown(answer, token)
    code = "attempt.failed" if why == "declined" else "attempt.needs_holder"
    assert (operation["status"], operation["error"]["code"]) == ("failed", code)
    assert (spent(row), credit_balance(alice.pk, "EUR")) == (0, 0)


def test_funds_that_pay_an_order_count_once(
    alice: Client, card: dict[str, int], spender: tuple[ApiToken, str]
) -> None:
    """Counted at both, the two would not fit in the limit."""
    row, token = spender
    SpendingLimit.objects.update(per_period=2500)
    assert top_up(token, card, 1000).status == 202
    work(TODAY)
    placed = order(token, body_of(product(), 1000, payment="credit"), key="o")
    assert placed.status == 202, placed.body
    assert token_limits(row.pk)["EUR"].left == 2500 - 1000 - 1000
    assert call_api("/api/v2/token", token).json["data"]["spending"][0]["left"] == 500
    more = top_up(token, card, 501, key="k-2")
    assert (more.status, more.json["code"]) == (403, "token.spending_limit")
    assert top_up(token, card, 500, key="k-3").status == 202


def test_an_order_that_is_given_up_makes_no_room_for_more_funds(
    alice: Client, card: dict[str, int], spender: tuple[ApiToken, str]
) -> None:
    """It had credit in it, which is there again: it counts on, or there would be room for ever more of them."""
    row, token = spender
    assert top_up(token, card, 1000).status == 202
    work(TODAY)
    assert order(token, body_of(product(1500), 1500), key="o").status == 201
    invoice = Invoice.objects.get()
    assert (invoice.amount_due, spent(row)) == (500, 1500 + 1500)
    void_invoice(
        invoice=invoice, reason="Not wanted.", ctx=CTX, decisions=None, release_periods=True
    )
    assert (credit_balance(alice.pk, "EUR"), spent(row)) == (1000, 3000)


def test_what_other_credit_paid_counts_when_the_funds_never_come(
    alice: Client, card: dict[str, int], spender: tuple[ApiToken, str], provider: FakeProvider
) -> None:
    row, token = spender
    add_credit(client=alice, currency_code="EUR", amount=1000, ctx=CTX)
    provider.declined["card-1"] = "No money."
    assert top_up(token, card, 1000).status == 202
    assert order(token, body_of(product(), 1000, payment="credit"), key="o").status == 202
    assert spent(row) == 1000 + 1000
    work(TODAY)
    assert spent(row) == 1000 + 1000


@pytest.mark.parametrize(
    ("amount", "currency", "place"),
    [
        (499, "EUR", "/amount"),
        (100_001, "EUR", "/amount"),
        (2500, "XXX", "/currency_code"),
        (0, "EUR", "/amount"),
    ],
)
def test_what_cannot_be_added_says_where(
    card: dict[str, int], spender: tuple[ApiToken, str], amount: int, currency: str, place: str
) -> None:
    body = {"amount": amount, "currency_code": currency, "payment": card}
    answer = post("/api/v2/top-ups", spender[1], body)
    assert (answer.status, [one["pointer"] for one in answer.json["errors"]]) == (422, [place])
    assert not Attempt.objects.exists()


def test_without_a_limit_nothing_is_added(alice: Client, card: dict[str, int]) -> None:
    token = make_token(alice, scopes=SCOPES)[1]
    refused = top_up(token, card, 2500)
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    assert not Attempt.objects.exists()


def test_a_client_has_gateways_asked_as_often_as_in_the_portal(
    alice: Client, card: dict[str, int], spender: tuple[ApiToken, str]
) -> None:
    while not count_gateway_call(alice.pk):
        pass
    refused = top_up(spender[1], card, 2500)
    assert (refused.status, refused.json["code"]) == (429, "rate_limit.exceeded")
    assert "retry-after" in refused.headers
    with pytest.raises(TooManyAttempts):
        throttles.count_gateway_call(alice.pk)
    assert top_up(spender[1], card, 2500, query="?dry_run=true").status == 202


def product(price: int = 1000) -> Product:
    return make.make_product(prices=[("EUR", "monthly", price)])
