"""``GET /invoices`` and ``GET /invoices/{id}`` (client-api.md 8)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.invoices.rules import DraftLine, InvoiceStatus, LineTax
from commerce.billing.models import Invoice, InvoiceLine
from commerce.billing.tax.rules import VatAsked
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.states import move_payment
from commerce.payments.models import Payment
from commerce.payments.rules import PaymentStatus
from tests.api.v1.exact_replies import assert_list, assert_row, statuses
from tests.make import (
    AT,
    NEW_YORK,
    VAT,
    make_client,
    make_currency,
    make_draft,
    make_invoice,
    make_payment,
)
from tests.make.api import call_api
from tests.make.payments import dispute_payment

pytestmark = pytest.mark.django_db

WHEN = AT.replace(microsecond=654_321)
LATER = AT + timedelta(hours=1)
EXEMPT = LineTax("E", 0)
LINE = {
    "description": "Starter, monthly",
    "quantity": 1,
    "unit_amount": 1000,
    "amount": 1000,
    "tax_amount": 200,
    "tax_rate": "20.00",
}


def listed(invoice: Invoice, **over: Any) -> dict[str, Any]:
    return {
        "id": invoice.pk,
        "invoice_number": invoice.number,
        "status": "unpaid",
        "subtotal": 1000,
        "tax_amount": 200,
        "total": 1200,
        "amount_due": 1200,
        "currency_code": "EUR",
        "due_date": str(invoice.due_date),
        "paid_at": None,
        "created_at": "2026-04-08T14:33:10Z",
    } | over


def detail(**over: Any) -> dict[str, Any]:
    return {"credit_applied": 0, "notes": None, "items": [LINE], "payments": []} | over


def paid(payment: Payment, **over: Any) -> dict[str, Any]:
    return {
        "id": payment.pk,
        "gateway": "bank_transfer",
        "amount": 1200,
        "currency_code": "EUR",
        "paid_at": "2026-04-08T14:33:10Z",
    } | over


def test_everything_of_an_invoice(alice: Client, token: str) -> None:
    lines = [
        DraftLine("Business, monthly", 12_345, VAT),
        DraftLine("Traffic, per GB", 3, NEW_YORK, 2500),
        DraftLine("Hosting in New York", 10_000, NEW_YORK),
        DraftLine("Consulting, hours", 9900, EXEMPT, 1),
        DraftLine("WELCOME20", -2000, VAT),
    ]
    invoice = make_invoice(
        alice, lines=lines, due_date=date(2026, 5, 1), notes="Thank you.\nAcme", at=WHEN
    )
    first = make_payment(invoice, amount=10_000, gateway="stripe", at=WHEN)
    settle(
        invoice=invoice, kind="credit", source="credit:1", amount=700, ctx=Context(LATER, SYSTEM)
    )
    invoice.refresh_from_db()
    # 103.45 of 20 % and 100.08 of 8.875 %: each rounded once, 20.69 and 8.88; the last 0.001 hours are 0.10.
    row = listed(
        invoice,
        subtotal=20_363,
        tax_amount=2957,
        total=23_320,
        amount_due=12_620,
        due_date="2026-05-01",
    )
    assert_list(call_api("/invoices", token), row)
    items = [
        ("Business, monthly", 1, 12_345, 12_345, 2469, "20.00"),
        ("Traffic, per GB", 2.5, 3, 8, 1, "8.875"),
        ("Hosting in New York", 1, 10_000, 10_000, 887, "8.875"),
        ("Consulting, hours", 0.001, 9900, 10, 0, "0.00"),
        ("WELCOME20", 1, -2000, -2000, -400, "20.00"),
    ]
    assert_row(
        call_api(f"/invoices/{invoice.pk}", token),
        row
        | {
            "credit_applied": 700,
            "notes": "Thank you.\nAcme",
            "items": [dict(zip(LINE, item, strict=True)) for item in items],
            "payments": [paid(first, gateway="stripe", amount=10_000)],
        },
    )


def test_what_is_not_known_is_null_and_stays_a_key(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    assert_list(call_api("/invoices", token), listed(invoice))
    assert_row(call_api(f"/invoices/{invoice.pk}", token), listed(invoice) | detail())


def test_drafts_do_not_exist(alice: Client, token: str) -> None:
    draft, shown = make_draft(alice), make_invoice(alice)
    assert call_api("/invoices", token).ids == [shown.pk]
    missing = call_api(f"/invoices/{draft.pk}", token)
    assert (missing.status, missing.json) == (404, {"message": "Not found."})
    assert call_api("/invoices?status=draft", token).status == 422
    issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), ctx=Context(LATER, SYSTEM))
    assert call_api("/invoices", token).ids == [draft.pk, shown.pk]
    data = call_api(f"/invoices/{draft.pk}", token).json["data"]
    assert data["created_at"] == "2026-04-08T15:33:10Z"  # the instant of issue, not of the draft


def test_each_state(alice: Client, token: str) -> None:
    at = "2026-04-08T14:33:10Z"
    expected = {
        "unpaid": {"status": "unpaid"},
        "paid": {"status": "paid", "amount_due": 0, "paid_at": at},
        "overdue": {"status": "overdue"},
        "cancelled": {"status": "cancelled", "amount_due": 0},
        "refunded": {"status": "cancelled", "amount_due": 0, "paid_at": at},
    }
    assert {"draft", *expected} == set(InvoiceStatus)
    made = {inside: make_invoice(alice, inside, at=WHEN) for inside in expected}
    rows = {inside: listed(one, **expected[inside]) for inside, one in made.items()}
    assert_list(call_api("/invoices", token), *reversed(rows.values()))
    for inside, invoice in made.items():
        payments = [paid(one) for one in Payment.objects.filter(invoice=invoice)]
        assert len(payments) == (inside in ("paid", "refunded"))
        assert_row(
            call_api(f"/invoices/{invoice.pk}", token), rows[inside] | detail(payments=payments)
        )


def test_states_outside(alice: Client, token: str) -> None:
    values = {
        "unpaid": ["unpaid"],
        "paid": ["paid"],
        "overdue": ["overdue"],
        "cancelled": ["cancelled", "refunded"],
    }
    made = {
        make_invoice(alice, inside).pk: outside
        for outside, many in values.items()
        for inside in many
    }
    make_draft(alice)
    assert statuses("/invoices", token, values) == made
    assert call_api("/invoices?status=refunded", token).status == 422


def test_an_invoice_over_nothing_is_paid_at_once(alice: Client, token: str) -> None:
    invoice = make_invoice(alice, lines=[DraftLine("Free", 0, VAT)], at=WHEN)
    nothing = {"subtotal": 0, "tax_amount": 0, "total": 0, "amount_due": 0}
    row = listed(invoice, status="paid", paid_at="2026-04-08T14:33:10Z", **nothing)
    assert_list(call_api("/invoices", token), row)


def test_payments_that_count_or_counted(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    path = f"/invoices/{invoice.pk}"
    payment = make_payment(invoice, amount=400, at=WHEN)
    other = make_payment(invoice, amount=300, at=LATER)
    expected = [
        paid(payment, amount=400),
        paid(other, amount=300, paid_at="2026-04-08T15:33:10Z"),
    ]
    assert call_api(path, token).json["data"]["payments"] == expected
    dispute_payment(payment=payment, reason="bank", ctx=Context(LATER, SYSTEM))
    assert call_api(path, token).json["data"]["payments"] == expected
    move_payment(payment=payment, to="reversed", ctx=Context(LATER, SYSTEM))
    assert call_api(path, token).json["data"]["payments"] == expected[1:]
    for status, shown in {
        "pending": False,
        "completed": True,
        "failed": False,
        "refunded": True,
        "disputed": True,
        "reversed": False,
    }.items():
        assert status in PaymentStatus
        Payment.objects.filter(pk=payment.pk).update(status=status)
        assert len(call_api(path, token).json["data"]["payments"]) == 1 + shown, status
    assert len(PaymentStatus) == 6


@pytest.mark.parametrize(
    ("milli", "number"),
    [
        (1000, "1"),
        (2500, "2.5"),
        (1, "0.001"),
        (10, "0.01"),
        (100, "0.1"),
        (1_001, "1.001"),
        (12_340, "12.34"),
        (10_000, "10"),
        (100_000_000, "100000"),
        (99_999_999, "99999.999"),
    ],
)
def test_quantities_are_numbers_written_from_a_decimal(
    alice: Client, token: str, milli: int, number: str
) -> None:
    invoice = make_invoice(alice, lines=[DraftLine("Things", 1000, VAT, milli)])
    body = call_api(f"/invoices/{invoice.pk}", token).body
    assert f'"quantity":{number},"unit_amount"'.encode() in body


@pytest.mark.parametrize(
    ("milli", "text"),
    [
        (20_000, "20.00"),
        (8875, "8.875"),
        (0, "0.00"),
        (7700, "7.70"),
        (5, "0.005"),
        (10, "0.01"),
        (19_600, "19.60"),
        (100_000, "100.00"),
        (12_345, "12.345"),
    ],
)
def test_rates_are_decimal_percents(alice: Client, token: str, milli: int, text: str) -> None:
    tax = LineTax("S", milli, "VAT") if milli else EXEMPT
    invoice = make_invoice(alice, lines=[DraftLine("Things", 1000, tax)])
    (item,) = call_api(f"/invoices/{invoice.pk}", token).json["data"]["items"]
    assert item["tax_rate"] == text


@pytest.mark.parametrize(("code", "amount"), [("JPY", 500), ("KWD", 12_345), ("USD", 2**53 + 1)])
def test_amounts_are_minor_units_of_any_currency(
    alice: Client, token: str, code: str, amount: int
) -> None:
    make_currency(code)
    lines = [DraftLine("Things", amount, EXEMPT)]
    invoice = make_invoice(alice, "paid", lines=lines, currency_code=code)
    data = call_api(f"/invoices/{invoice.pk}", token).json["data"]
    assert (data["currency_code"], data["total"], data["amount_due"]) == (code, amount, 0)
    assert data["items"][0]["unit_amount"] == amount
    (payment,) = data["payments"]
    assert (payment["currency_code"], payment["amount"]) == (code, amount)


def test_items_in_order_of_their_position_whatever_their_ids(alice: Client, token: str) -> None:
    invoice = make_draft(alice, [DraftLine(f"Line {n}", 100, VAT) for n in range(1, 13)])
    for line in InvoiceLine.objects.filter(invoice=invoice):
        InvoiceLine.objects.filter(pk=line.pk).update(position=line.position + 1000)
    for line in InvoiceLine.objects.filter(invoice=invoice).order_by("-pk"):
        InvoiceLine.objects.filter(pk=line.pk).update(position=1013 - line.position)
    issue_invoice(invoice=invoice, vat=VatAsked(invoice.client_id), ctx=Context(AT, SYSTEM))
    items = call_api(f"/invoices/{invoice.pk}", token).json["data"]["items"]
    assert [item["description"] for item in items] == [f"Line {n}" for n in range(12, 0, -1)]


def test_any_text_comes_back_as_it_was_stored(alice: Client, token: str) -> None:
    text = "</script>\"'\\ 東京 😀 \u202e \u2028 %s %% {0}\r\n\t"
    invoice = make_invoice(alice, lines=[DraftLine(text, 100, VAT)], notes=text)
    make_payment(invoice, gateway="ünï'\"gate")
    data = call_api(f"/invoices/{invoice.pk}", token).json["data"]
    assert (data["notes"], data["items"][0]["description"]) == (text, text)
    assert data["payments"][0]["gateway"] == "ünï'\"gate"


def test_newest_issued_first_then_the_later_id(alice: Client, token: str) -> None:
    early, late = make_draft(alice), make_draft(alice)
    same = [make_invoice(alice, at=AT).pk for _ in range(2)]
    issue_invoice(
        invoice=late, vat=VatAsked(late.client_id), ctx=Context(AT + timedelta(seconds=1), SYSTEM)
    )
    issue_invoice(
        invoice=early, vat=VatAsked(early.client_id), ctx=Context(AT + timedelta(seconds=2), SYSTEM)
    )
    assert call_api("/invoices", token).ids == [early.pk, late.pk, *reversed(same)]


def test_another_clients_payment_is_not_shown_on_an_invoice(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    payment = make_payment(invoice, amount=400)
    Payment.objects.filter(pk=payment.pk).update(client=make_client(owner="charlie@example.com"))
    assert call_api(f"/invoices/{invoice.pk}", token).json["data"]["payments"] == []
