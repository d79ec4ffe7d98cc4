"""Renewals, restores and auto-renew by program: at the price that was seen, counted once (decision 143)."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import token_limits
from commerce.accounts.models import ApiToken, Client, SpendingLimit
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import Invoice
from commerce.domains.actions.tlds import set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.kit.clock import freeze_time
from tests import make
from tests.api.v2.posting import post
from tests.make import make_domain, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.plan_changes import rate_from
from tests.make.repricing import make_tld
from tests.make.table_digests import table_digests

SCOPES = ["domains:read", "domains:write", "invoices:read", "payments:write"]
LIMIT = 100_000


@pytest.fixture(autouse=True)
def _day(db: None) -> Iterator[None]:
    """20 % of tax on 12.00 a year."""
    rate_from(make.AT.date(), 20_000)
    with freeze_time(make.AT):
        yield


@pytest.fixture
def row_and_token(alice: Client) -> tuple[ApiToken, str]:
    row, plain = make_token(alice, scopes=SCOPES)
    SpendingLimit.objects.create(token=row, currency_code="EUR", per_act=LIMIT, per_period=LIMIT)
    return row, plain


def renew(domain: Domain, token: str, total: int | None = None, **more: Any) -> ApiAnswer:
    target, key = more.pop("target", "renewals"), more.pop("key", "k")
    if total is not None:
        more["expected_total"] = {"amount": total, "currency_code": "EUR"}
    return post(f"/api/v2/domains/{domain.pk}/{target}", token, more, Idempotency_Key=key)


def spent(row: ApiToken) -> int:
    return LIMIT - token_limits(row.pk)["EUR"].left


def test_a_renewal_is_invoiced_at_the_total_that_was_expected(
    alice: Client, row_and_token: tuple[ApiToken, str]
) -> None:
    (row, token), domain = row_and_token, make_domain(alice)
    before = table_digests()
    tried = renew(domain, token, target="renewals?dry_run=true", years=2)
    assert table_digests() == before
    assert (tried.status, tried.json["data"]["total"]) == (201, 2880), tried.body
    for name in ("id", "invoice_number", "payment_reference", "url"):
        assert tried.json["data"][name] is None
    refused = renew(domain, token, 2400, years=2)
    assert (refused.status, refused.json["code"]) == (409, "price.changed")
    assert renew(domain, token, years=2).status == 422
    assert not Invoice.objects.exists()
    made = renew(domain, token, 2880, years=2)
    invoice = Invoice.objects.get()
    assert (made.status, made.json["data"]["amount_due"]) == (201, 2880)
    assert made.headers["location"].endswith(f"/api/v2/invoices/{invoice.pk}")
    assert spent(row) == 2880
    again = renew(domain, token, 2880, key="k-2", years=2)
    assert (again.status, again.json["code"]) == (409, "domain.renewal_open")
    void_invoice(
        invoice=invoice, reason="Not wanted.", ctx=CTX, decisions=None, release_periods=True
    )
    assert spent(row) == 0


@pytest.mark.usefixtures("proven")
def test_credit_pays_a_renewal_and_counts_it_once(
    alice: Client, row_and_token: tuple[ApiToken, str]
) -> None:
    (row, token), domain = row_and_token, make_domain(alice)
    made = renew(domain, token, 1440, payment="credit")
    assert (made.status, made.json["code"]) == (409, "credit.none_left")
    assert not Invoice.objects.exists()
    renews = make_token(alice, scopes=SCOPES[:3])[1]
    assert renew(domain, renews, 1440, payment="credit").json["code"] == "token.scope_missing"
    invoice = renew(domain, token, 1440)
    assert (invoice.status, spent(row)) == (201, 1440)
    add_credit(client=alice, currency_code="EUR", amount=1440, ctx=CTX)
    total = {"amount": 1440, "currency_code": "EUR"}
    path = f"/api/v2/invoices/{invoice.json['data']['id']}/pay"
    paid = post(path, token, {"payment": "credit", "expected_total": total}, Idempotency_Key="p")
    assert (paid.status, spent(row), Invoice.objects.get().status) == (202, 1440, "paid")


def test_without_a_limit_nothing_is_renewed(alice: Client) -> None:
    token = make_token(alice, scopes=SCOPES)[1]
    refused = renew(make_domain(alice), token, 1440)
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    assert not Invoice.objects.exists()


def test_a_domain_is_brought_back_at_the_total_that_was_expected(
    alice: Client, row_and_token: tuple[ApiToken, str]
) -> None:
    (row, token), domain = row_and_token, make_domain(alice, "redemption")
    refused = renew(domain, token, 11_040, target="restore")
    assert refused.json["code"] == "domain.restore_not_offered"
    make_tld("example")
    set_tld_price(
        tld=Tld.objects.get(tld="example"), currency_code="EUR", restore=8000, renew=1500, ctx=CTX
    )
    made = renew(domain, token, 11_040, target="restore")
    assert (made.status, spent(row)) == (201, 11_040), made.body


def test_to_switch_auto_renew_on_counts_one_term(
    alice: Client, row_and_token: tuple[ApiToken, str]
) -> None:
    (row, token), domain = row_and_token, make_domain(alice)
    path = f"/api/v2/domains/{domain.pk}"

    def switch(to: bool, token: str = token) -> ApiAnswer:  # noqa: FBT001
        return call_api(path, token, method="PATCH", body={"auto_renew": to})

    assert switch(True).status == 200
    assert (switch(False).json["data"]["auto_renew"], spent(row)) == (False, 0)
    tried = call_api(f"{path}?dry_run=true", token, method="PATCH", body={"auto_renew": True})
    assert (tried.json["data"]["auto_renew"], spent(row)) == (True, 0)
    refused = switch(True, make_token(alice, scopes=SCOPES)[1])
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    assert (switch(True).json["data"]["auto_renew"], spent(row)) == (True, 1440)


def test_others_domains_are_not_renewed(row_and_token: tuple[ApiToken, str]) -> None:
    domain = make_domain(make.make_client(owner="charlie@example.com"))
    for target in ("renewals", "restore"):
        assert renew(domain, row_and_token[1], 1440, target=target).status == 404
