"""The statement of account by program: a span, both ledgers, and the same as a PDF."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.api.v2.reading.files import REPORTS_A_MINUTE
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices import statement
from commerce.kit import clock
from tests.make import AT, make_client, make_invoice, make_payment, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, DAY, TODAY


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.freeze_time(AT + timedelta(days=1)):
        yield


def read(token: str, query: str = "", path: str = "") -> ApiAnswer:
    return call_api(f"/api/v2/statement{path}{query}", token)


def test_it_tells_what_was_owed_and_had(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    make_payment(invoice, amount=100)
    add_credit(client=alice, currency_code="EUR", amount=70, note="Sorry", ctx=CTX)
    make_invoice(make_client(owner="charlie@example.com"))
    answer = read(token)
    assert answer.status == 200, answer.body
    shown = answer.json["data"]
    assert (shown["first_day"], shown["last_day"]) == (None, str(TODAY + DAY))
    [block] = shown["currencies"]
    owed = block["owed"]
    assert block["currency_code"] == "EUR"
    assert owed["entries"][0] == {
        "day": str(TODAY),
        "label": "Invoice",
        "number": invoice.number,
        "amount": invoice.total,
        "balance": invoice.total,
    }
    assert owed["closing"] == owed["entries"][-1]["balance"] == invoice.total - 100
    assert (block["credit"]["opening"], block["credit"]["closing"]) == (0, 70)
    later = read(token, f"?first_day={TODAY + DAY}").json["data"]["currencies"][0]
    assert (later["owed"]["opening"], later["owed"]["entries"]) == (owed["closing"], [])
    assert read(token, f"?last_day={TODAY - DAY}").json["data"]["currencies"] == []
    again = call_api("/api/v2/statement", token, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_it_is_a_pdf_too(alice: Client, token: str) -> None:
    make_invoice(alice)
    answer = read(token, f"?last_day={TODAY}", "/pdf")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body.startswith(b"%PDF")
    assert f'filename="statement-{TODAY}.pdf"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("?first_day=2026-13-01", "not_valid"),
        ("?first_day=2026-03-02&last_day=2026-03-01", "not_valid"),
        ("?first_day=2099-01-01", "not_valid"),
        ("?from=2026-03-02", "unknown"),
        ("?last_day=2026-03-02&last_day=2026-03-02", "repeated"),
    ],
)
def test_a_span_that_is_none_is_refused(token: str, query: str, wrong: str) -> None:
    for path in ("", "/pdf"):
        answer = read(token, query, path)
        assert answer.status == 400
        assert [one["code"] for one in answer.json["errors"]] == [wrong]


def test_a_span_with_too_much_is_refused(
    alice: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_invoice(alice)
    monkeypatch.setattr(statement, "MAX_STATEMENT_ROWS", 0)
    answer = read(token)
    assert answer.status == 400
    assert [one["code"] for one in answer.json["errors"]] == ["statement_of_account.too_long"]


def test_it_takes_the_scope_of_invoices_and_has_a_limit(alice: Client, token: str) -> None:
    other = make_token(alice, scopes=["profile:read"])[1]
    assert read(other).json["code"] == "token.scope_missing"
    assert call_api("/api/v2/statement", token, method="POST").headers["allow"] == "GET, HEAD"
    for _ in range(REPORTS_A_MINUTE):
        assert read(token).status == 200
    assert read(token).status == 429
