"""Statements of account add up: what is left to pay and the credit, at both ends of any span (portal.md 3)."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit, remove_credit
from commerce.billing.documents.statement_pdf import statement_pdf
from commerce.billing.invoices import statement as statements
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.invoices.statement import CurrencyStatement, account_statement
from commerce.billing.models import CreditAccount, Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.refunds import refund_payment
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.records import VAT, make_credit_note, make_currency, make_invoice, make_payment

pytestmark = pytest.mark.django_db
LAST = date(2026, 12, 31)


def at(days: int) -> datetime:
    return AT + timedelta(days=days)


def who(days: int) -> dict[str, Any]:
    return {"ctx": Context(at(days), SYSTEM)}


@pytest.fixture
def client() -> Client:
    """Invoices of each fate over two months, in three currencies."""
    client = make_client(company="Acme Hosting Ltd")
    for code in ("JPY", "KWD"):
        make_currency(code)
    first, second, third = (make_invoice(client, at=at(days)) for days in (0, 1, 2))
    make_payment(first, amount=1500, at=at(3))  # 3.00 too much
    fourth = make_invoice(client, at=at(4))  # which the credit pays in part
    back = make_payment(fourth, at=at(5))
    fifth = make_invoice(client, at=at(6))
    add_credit(client=client, currency_code="EUR", amount=150, note="Sorry", **who(7))
    make_invoice(client, lines=[DraftLine("A", 500, VAT)], currency_code="JPY", at=at(8))
    make_payment(second, amount=400, at=at(20))
    make_credit_note(invoice=third, amount=240, at=at(21))
    refund_payment(
        method="credit",
        payment=back,
        amount=900,
        reason="asked",
        idempotency_key="k" * 20,
        **who(22),
    )
    void_invoice(invoice=fifth, reason="mistake", release_periods=True, **who(23))
    remove_credit(client=client, currency_code="EUR", amount=50, note="Too much", **who(24))
    make_invoice(client, at=at(40))
    make_invoice(client, lines=[DraftLine("A", 5000, VAT)], currency_code="KWD", at=at(50))
    make_invoice(client, "draft", at=at(9))
    make_invoice(make_client(), at=at(9))
    return client


def of(blocks: list[CurrencyStatement], code: str) -> CurrencyStatement:
    return next(block for block in blocks if block.currency == code)


def test_the_end_is_what_is_due_and_what_the_account_has(client: Client) -> None:
    blocks = account_statement(client, None, LAST)
    due: dict[str, int] = {}
    for invoice in Invoice.objects.for_client(client).open():
        due[invoice.currency_id] = due.get(invoice.currency_id, 0) + invoice.amount_due
    assert {block.currency: block.owed.closing for block in blocks} == due
    account = CreditAccount.objects.for_client(client).get()
    assert of(blocks, "EUR").credit.closing == account.balance
    assert [block.currency for block in blocks] == ["EUR", "JPY", "KWD"]


def test_one_span_begins_with_what_the_one_before_ended_with(client: Client) -> None:
    first = None
    for days in (0, 5, 20, 22, 30, 45):
        middle = at(days).date()
        early = {one.currency: one for one in account_statement(client, first, middle)}
        for late in account_statement(client, middle + timedelta(days=1), LAST):
            known = early.get(late.currency)
            assert late.owed.opening == (known.owed.closing if known else 0)
            assert late.credit.opening == (known.credit.closing if known else 0)
        first = middle + timedelta(days=1)


def test_each_move_is_told_once_with_its_balance(client: Client) -> None:
    block = of(account_statement(client, at(20).date(), at(24).date()), "EUR")
    for ledger in (block.owed, block.credit):
        balance = ledger.opening
        for move, after in ledger.rows:
            balance += move.amount
            assert after == balance
        assert ledger.closing == balance
    told = [(move.label, move.amount) for move, _after in block.owed.rows]
    assert ("Payment", -400) in told
    assert ("Credit note", -240) in told
    assert ("Added to credit balance", 900) in told
    assert [(move.label, move.amount) for move, _after in block.credit.rows] == [
        ("Refund", 900),
        ("Adjustment", -50),
    ]


def test_a_span_with_more_rows_than_a_paper_holds_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MAX_STATEMENT_ROWS", 20)
    with pytest.raises(BusinessError, match="shorter period"):
        account_statement(client, None, LAST)
    assert account_statement(client, at(40).date(), LAST)


def test_only_the_rows_of_the_span_are_read(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """However many were before it: the database adds them up."""
    assert account_statement(client, None, LAST)
    with django_assert_num_queries(16) as seen:
        account_statement(client, at(40).date(), LAST)
    read = [one["sql"] for one in seen if "ORDER BY" in one["sql"]]
    assert len(read) == 3  # invoices, entries and credit of the span; there are no notes among them
    assert all(" >= " in sql or "NOT (" in sql for sql in read)


def paper(client: Client, first: date | None = None, last: date | None = LAST) -> str:
    made = statement_pdf(client, first=first, last=last, at=at(60), locale="en")
    pages = PdfReader(io.BytesIO(made)).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u200b", "")
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_m4_the_paper_says_it_in_the_decimals_of_each_currency(client: Client) -> None:
    set_setting(key="company.name", value="Bright Hosting GmbH", ctx=Context(AT, SYSTEM))
    text = paper(client)
    for said in ("Account statement", "Bright Hosting GmbH", "Acme Hosting Ltd", "7 June 2026"):
        assert said in text
    for said in ("600 JPY", "6.000 KWD", "Invoices (EUR)", "Credit balance (EUR)", "INV-0001"):
        assert said in text
    assert "Credit balance (JPY)" not in text


def test_an_empty_paper_says_so(client: Client) -> None:
    assert "No transactions up to this date." in paper(client, last=date(2020, 1, 1))


@pytest.mark.parametrize("hostile", ["#panic()", '$x$ #import "a"', "<b>&</b> \\ ` * _"])
def test_x9_hostile_names_are_text(hostile: str) -> None:
    client = make_client(company=hostile)
    assert hostile.split(maxsplit=1)[0] in paper(client)
