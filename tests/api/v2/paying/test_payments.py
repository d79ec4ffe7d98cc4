"""Paying by program, from credit and by saved payment methods, within the limits of a token (decision 143)."""

from typing import Any

import pytest
from django.db import connection

from commerce.accounts.actions.api_writes.spending import commit_spending, token_limits
from commerce.accounts.models import ApiToken, Client, SpendingLimit
from commerce.api.v2.resources.carriers import ATTEMPT, CARRIERS
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.shared_attempts import charge_card_for_invoices
from commerce.payments.models import Attempt, SavedCard
from commerce.payments.rules import AttemptStatus
from tests import make
from tests.api.v2.posting import post
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import at_once
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, TODAY, keep, status, work
from tests.make.table_digests import table_digests

SCOPES = ["invoices:read", "payments:write"]


def spender(client: Client, most: int = 100_000, **over: Any) -> tuple[ApiToken, str]:
    """A token that may pay, up to an amount in 30 days."""
    row, plain = make_token(client, scopes=SCOPES, **over)
    SpendingLimit.objects.create(token=row, currency_code="EUR", per_act=most, per_period=most)
    return row, plain


def pay(
    invoice: Invoice, token: str, payment: object = "credit", key: str = "k", **more: Any
) -> ApiAnswer:
    amount = more.pop("expects", Invoice.objects.get(pk=invoice.pk).amount_due)
    total = {"amount": amount, "currency_code": invoice.currency_id}
    body = {"payment": payment, "expected_total": total, **more}
    return post(f"/api/v2/invoices/{invoice.pk}/pay", token, body, Idempotency_Key=key)


def shown(answer: ApiAnswer, token: str) -> Any:
    """The operation that was answered, as it stands now."""
    assert answer.status == 202, answer.body
    return call_api(f"/api/v2/operations/{answer.json['data']['id']}", token).json["data"]


def left(row: ApiToken) -> int:
    return token_limits(row.pk)["EUR"].left


@pytest.fixture
def invoice(alice: Client) -> Invoice:
    return make.make_invoice(alice)


@pytest.fixture
def card(alice: Client, provider: FakeProvider) -> dict[str, int]:
    return {"payment_method_id": keep(alice).pk}


@pytest.mark.usefixtures("proven")
def test_credit_pays_at_once(alice: Client, invoice: Invoice) -> None:
    row, token = spender(alice, 2000)
    assert (pay(invoice, token).status, pay(invoice, token).json["code"]) == (
        409,
        "credit.none_left",
    )
    add_credit(client=alice, currency_code="EUR", amount=1500, ctx=CTX)
    answer = pay(invoice, token)
    operation = shown(answer, token)
    assert (operation["act"], operation["status"]) == ("invoice.pay", "succeeded")
    assert operation["resource"]["url"].endswith(f"/api/v2/invoices/{invoice.pk}")
    assert (status(invoice), credit_balance(alice.pk, "EUR"), left(row)) == ("paid", 300, 800)
    assert pay(invoice, token, expects=1200).body == answer.body
    again = pay(invoice, token, key="k-2")
    assert (again.status, again.json["code"]) == (409, "invoice.already_paid")


def test_a_part_of_an_invoice_is_paid_from_credit_alone(
    alice: Client, invoice: Invoice, card: dict[str, int]
) -> None:
    row, token = spender(alice)
    add_credit(client=alice, currency_code="EUR", amount=1500, ctx=CTX)
    refused = pay(invoice, token, card, amount=500)
    assert refused.status == 422, refused.body
    assert refused.json["errors"][0]["pointer"] == "/amount"
    assert pay(invoice, token, amount=500).status == 202
    invoice.refresh_from_db()
    assert (invoice.amount_due, left(row)) == (700, 99_500)
    assert pay(invoice, token, key="k-2", amount=701).json["code"] == "credit.amount_too_large"


@pytest.mark.parametrize(
    ("total", "refusal"),
    [
        (None, (422, "request.body_not_valid", "/expected_total")),
        ({"amount": 1100, "currency_code": "EUR"}, (409, "price.changed", None)),
        ({"amount": 1200, "currency_code": "USD"}, (409, "price.changed", None)),
    ],
)
def test_nothing_is_paid_that_was_not_expected(
    alice: Client, invoice: Invoice, total: object, refusal: tuple[int, str, str | None]
) -> None:
    add_credit(client=alice, currency_code="EUR", amount=1500, ctx=CTX)
    token, body = spender(alice)[1], {"payment": "credit"}
    path = f"/api/v2/invoices/{invoice.pk}/pay"
    answer = post(path, token, body | ({"expected_total": total} if total else {}))
    [place] = answer.json.get("errors", [{}])
    assert (answer.status, answer.json["code"], place.get("pointer")) == refusal
    assert status(invoice) == "unpaid"
    assert post(f"{path}?dry_run=true", token, body).status == 202


@pytest.mark.usefixtures("proven")
def test_a_saved_payment_method_is_charged_once(
    alice: Client, invoice: Invoice, card: dict[str, int], provider: FakeProvider
) -> None:
    row, token = spender(alice)
    answer = pay(invoice, token, card)
    assert (shown(answer, token)["status"], left(row)) == ("pending", 98_800)
    assert pay(invoice, token, card).body == answer.body
    second = pay(invoice, token, card, key="k-2")
    assert (second.status, second.json["code"]) == (409, "attempt.under_way")
    Job.objects.filter(action="attempt.charge").update(status=JobStatus.PARKED)
    assert shown(answer, token)["status"] == "waiting"
    Job.objects.filter(action="attempt.charge").update(status=JobStatus.QUEUED)
    work(TODAY)
    assert (shown(answer, token)["status"], status(invoice)) == ("succeeded", "paid")
    assert (provider.calls.count("charge_saved"), left(row)) == (1, 98_800)
    assert Attempt.objects.get().created_by == row.maker


def test_what_a_declined_charge_counted_is_given_back(
    alice: Client, invoice: Invoice, card: dict[str, int], provider: FakeProvider
) -> None:
    row, token = spender(alice)
    provider.declined["card-1"] = "No money."
    answer = pay(invoice, token, card)
    work(TODAY)
    operation = shown(answer, token)
    assert (operation["status"], operation["error"]["code"]) == ("failed", "attempt.failed")
    assert (left(row), status(invoice)) == (100_000, "unpaid")


@pytest.mark.parametrize("end", ["paid", "refunded", "voided"])
def test_a_card_that_asks_for_its_holder_waits_for_them(
    alice: Client, invoice: Invoice, card: dict[str, int], provider: FakeProvider, end: str
) -> None:
    row, token = spender(alice)
    provider.wants_owner.add("card-1")
    answer = pay(invoice, token, card)
    work(TODAY)
    operation = shown(answer, token)
    assert (operation["status"], operation["error"]) == ("requires_action", None)
    assert operation["next_action"]["url"].endswith(f"/client/invoices/{invoice.pk}/pay")
    assert left(row) == 100_000
    if end != "voided":
        paid = make.make_payment(Invoice.objects.get(pk=invoice.pk))
        if end == "refunded":
            refund_payment(
                payment=paid,
                method="credit",
                amount=1200,
                reason="Sorry",
                idempotency_key="r",
                ctx=CTX,
            )
    else:
        void_invoice(invoice=Invoice.objects.get(pk=invoice.pk), reason="Not owed.", ctx=CTX)
    assert status(invoice) == {"voided": "cancelled"}.get(end, end)
    done = shown(answer, token)
    assert (done["status"], done["next_action"]) == (
        "failed" if end == "voided" else "succeeded",
        None,
    )
    assert done["finished_at"] is not None


@pytest.mark.parametrize("job", [None, *JobStatus])
@pytest.mark.parametrize("kind", AttemptStatus)
def test_nothing_but_the_end_of_the_charge_ends_its_operation(
    kind: AttemptStatus, job: JobStatus | None
) -> None:
    """A program that reads "failed" pays by another card."""
    found = CARRIERS[ATTEMPT].state(kind, CTX.at, "", False, 1, None, "open", None, job).status
    if kind in ("created", "open"):
        assert found in ("pending", "running", "waiting")
    else:
        assert found == ("succeeded" if kind == "succeeded" else "failed")


def test_one_that_was_not_needed_any_more_has_succeeded(
    alice: Client, invoice: Invoice, card: dict[str, int]
) -> None:
    """As where staff record what the gateway did not answer."""
    _, token = spender(alice)
    answer = pay(invoice, token, card)
    make.make_payment(Invoice.objects.get(pk=invoice.pk))
    work(TODAY)
    assert Attempt.objects.get().status == "failed"
    assert shown(answer, token)["status"] == "succeeded"


def test_an_order_and_its_payment_count_once(alice: Client, invoice: Invoice) -> None:
    """Also where one token orders, and another pays."""
    add_credit(client=alice, currency_code="EUR", amount=1500, ctx=CTX)
    buyer, _ = spender(alice, 3200)
    payer, token = spender(alice, 0)
    commit_spending(
        token_id=buyer.pk,
        client_id=alice.pk,
        act="order.place",
        currency_code="EUR",
        due=1200,
        recurring=2000,
        debt=("invoice", invoice.pk),
    )
    assert pay(invoice, token).status == 202
    assert (left(buyer), left(payer)) == (0, 0)
    other = make.make_invoice(alice)
    add_credit(client=alice, currency_code="EUR", amount=1500, ctx=CTX)
    refused = pay(other, token)
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")


@pytest.mark.usefixtures("proven")
def test_several_invoices_are_paid_by_one_charge(
    alice: Client, invoice: Invoice, card: dict[str, int], provider: FakeProvider
) -> None:
    row, token = spender(alice, 2399)
    both = [invoice, make.make_invoice(alice)]
    body = {
        "invoice_ids": [one.pk for one in both],
        "payment": card,
        "expected_total": {"amount": 2400, "currency_code": "EUR"},
    }
    refused = post("/api/v2/payments", token, body)
    # Each of them would fit the limit of one act.
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    SpendingLimit.objects.update(per_act=2400, per_period=2400)
    answer = post("/api/v2/payments", token, body)
    work(TODAY)
    assert shown(answer, token)["resource"]["kind"] == "account"
    assert (shown(answer, token)["status"], left(row)) == ("succeeded", 0)
    assert provider.calls.count("charge_saved") == 1
    assert [status(one) for one in both] == ["paid", "paid"]


@pytest.mark.usefixtures("proven")
def test_credit_pays_all_of_several_invoices_or_none(alice: Client, invoice: Invoice) -> None:
    _, token = spender(alice)
    both = [invoice, make.make_invoice(alice)]
    body = {
        "invoice_ids": [one.pk for one in both],
        "payment": "credit",
        "expected_total": {"amount": 2400, "currency_code": "EUR"},
    }
    add_credit(client=alice, currency_code="EUR", amount=2399, ctx=CTX)
    assert post("/api/v2/payments", token, body).json["code"] == "credit.amount_too_large"
    assert credit_balance(alice.pk, "EUR") == 2399
    add_credit(client=alice, currency_code="EUR", amount=1, ctx=CTX)
    assert post("/api/v2/payments", token, body).status == 202
    assert [status(one) for one in both] == ["paid", "paid"]


def test_a_tried_charge_leaves_nothing(
    alice: Client, invoice: Invoice, card: dict[str, int]
) -> None:
    _, token = spender(alice)
    before, path = table_digests(), f"/api/v2/invoices/{invoice.pk}/pay?dry_run=true"
    tried = post(path, token, {"payment": card})
    assert (tried.status, tried.json["data"]["id"]) == (202, None)
    assert (tried.json["data"]["status"], tried.json["not_checked"]) == ("pending", ["gateway"])
    assert table_digests() == before


def test_what_is_anothers_cannot_be_paid_or_charged(
    alice: Client, invoice: Invoice, card: dict[str, int]
) -> None:
    charlie = make.make_client(owner="charlie@example.com")
    theirs, token = make.make_invoice(charlie), spender(charlie)[1]
    assert pay(invoice, token, card).status == 404
    answer = pay(theirs, token, card)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (
        422,
        "/payment/payment_method_id",
    )
    body = {"invoice_ids": [invoice.pk, theirs.pk], "payment": card}
    several = post("/api/v2/payments", token, body)
    assert (several.status, several.json["errors"][0]["pointer"]) == (422, "/invoice_ids")
    assert not Attempt.objects.exists()


def test_who_may_not_read_invoices_learns_no_amount(alice: Client, invoice: Invoice) -> None:
    """By a total that is not the expected one."""
    token = make_token(alice, scopes=["payments:write"])[1]
    total = {"amount": 1, "currency_code": "EUR"}
    body = {"invoice_ids": [invoice.pk], "payment": "credit", "expected_total": total}
    refused = post("/api/v2/payments", token, body)
    assert (refused.status, refused.json["code"]) == (403, "token.scope_missing")


def test_a_card_that_the_portal_charges_already_is_not_charged_again(
    alice: Client, invoice: Invoice, card: dict[str, int]
) -> None:
    charge_card_for_invoices(
        invoices=[invoice], card=SavedCard.objects.get(), amount=1200, created_by=None, ctx=CTX
    )
    row, token = spender(alice)
    assert pay(invoice, token, card).json["code"] == "attempt.under_way"
    assert left(row) == 100_000


def test_another_payment_method_becomes_the_default_and_one_goes(
    alice: Client, card: dict[str, int]
) -> None:
    token = make_token(alice, scopes=["payment-methods:read", "payments:write"])[1]
    other, first = keep(alice, "card-2").pk, card["payment_method_id"]
    path = f"/api/v2/payment-methods/{other}"
    made = call_api(path, token, method="PATCH", body={"is_default": True})
    assert (made.status, made.json["data"]["is_default"]) == (200, True), made.body
    assert not SavedCard.objects.get(pk=first).is_default
    wrong = call_api(path, token, method="PATCH", body={"is_default": False})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/is_default")
    gone = call_api(path, token, method="DELETE")
    assert (gone.status, gone.body) == (204, b"")
    assert call_api(path, token, method="DELETE").status == 404
    assert Job.objects.filter(action="savedcard.remove", subject_id=other).exists()
    scopes = ["payment-methods:read", "payments:write"]
    theirs = make_token(make.make_client(owner="charlie@example.com"), scopes=scopes)[1]
    assert call_api(f"/api/v2/payment-methods/{first}", theirs, method="DELETE").status == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_ten_at_once_as_many_are_paid_as_the_limit_allows() -> None:
    client = make.make_client(owner="dora@example.com")
    row, token = spender(client, 3700)
    invoices = [make.make_invoice(client) for _ in range(10)]
    add_credit(client=client, currency_code="EUR", amount=20_000, ctx=CTX)
    acts = [lambda one=one: pay(one, token, key=f"k-{one.pk}").status for one in invoices]
    assert sorted(at_once(acts)) == [*[202] * 3, *[403] * 7]
    assert (left(row), credit_balance(client.pk, "EUR")) == (100, 16_400)
