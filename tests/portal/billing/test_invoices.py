"""`/client/invoices` and one invoice."""

import re
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.billing.invoices.rules import DraftLine
from commerce.hosting.actions.editing import rename_service
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import lose_dispute, open_dispute
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from tests.make.payments import dispute_payment, refund_whole_payment
from tests.make.people import AT
from tests.make.records import (
    NEW_YORK,
    REVERSE_CHARGE,
    VAT,
    make_currency,
    make_draft,
    make_invoice,
    make_order,
    make_payment,
)
from tests.portal.conftest import PortalCast


def test_a_full_page_costs_the_same_queries_as_a_single_invoice(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(27):
        make_invoice(cast.client, at=AT + timedelta(minutes=n))
    web = cast.browse(cast.bob)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 number of invoices, 6 one page of them,
    # 7 amounts due, 8 plan changes to pay, 9 and 10 receipts of the invoices, 11 signs of currencies
    with django_assert_num_queries(11):
        page = web.get("/client/invoices").content.decode()
    assert page.count('class="row-link"') == 25
    assert page.index("INV-0027") < page.index("INV-0026")
    page = web.get("/client/invoices", {"page": "2"}).content.decode()
    assert page.count('class="row-link"') == 2


def test_one_invoice_costs_twelve_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_order(cast.client, "active")
    invoice = order.invoice
    assert invoice is not None
    web = cast.browse(cast.bob)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the invoice with its order,
    # 6 lines, 7 tax groups, 8 payments, 9 credit notes, 10 whether it has an e-invoice, 11 signs of currencies,
    # 12 its reference
    with django_assert_num_queries(12):
        page = web.get(f"/client/invoices/{invoice.pk}").content.decode()
    assert f"Invoice {invoice.number}" in page
    assert f'href="/client/orders/{order.pk}"' in page
    assert "Bank transfer" in page


def test_lines_taxes_and_sums_are_shown_as_issued(cast: PortalCast) -> None:
    lines = [
        DraftLine("Traffic", 7, VAT, 2500),
        DraftLine("Hosting in New York", 10000, NEW_YORK),
        DraftLine("Consulting", 5000, REVERSE_CHARGE),
    ]
    invoice = make_invoice(cast.client, lines=lines, notes="Thank you.")
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}").content.decode()
    for words in (
        "Traffic",
        ">2.5<",
        "8.875%",
        "Reverse charge",
        "Sales tax 8.875% on",
        "€100.00",
        "Acme Hosting Ltd",
        "Germany",
        "Thank you.",
        invoice.payment_reference or "?",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("JPY", 500, "500 JPY"), ("EUR", 123450, "€1,234.50"), ("KWD", 5000, "5.000 KWD")],
)
def test_money_has_the_decimals_of_its_currency(
    cast: PortalCast, currency: str, amount: int, shown: str
) -> None:
    make_currency(currency)
    lines = [DraftLine("Something", amount, REVERSE_CHARGE)]
    make_invoice(cast.client, lines=lines, currency_code=currency)
    page = cast.browse(cast.bob).get("/client/invoices").content.decode()
    shown = shown.replace(" ", "\N{NO-BREAK SPACE}")
    assert f">{shown}<" in page


def test_the_filter_knows_each_status_of_ours_and_no_draft(cast: PortalCast) -> None:
    statuses = ["unpaid", "overdue", "paid", "cancelled", "refunded"]
    made = {status: make_invoice(cast.client, status) for status in statuses}
    web = cast.browse(cast.bob)
    for status, invoice in made.items():
        page = web.get("/client/invoices", {"status": status}).content.decode()
        assert page.count('class="row-link"') == 1
        assert f'href="/client/invoices/{invoice.pk}"' in page
    assert web.get("/client/invoices", {"status": "draft"}).status_code == 422


def test_a_draft_does_not_exist(cast: PortalCast) -> None:
    draft = make_draft(cast.client)
    web = cast.browse(cast.alice)
    assert "No invoices yet" in web.get("/client/invoices").content.decode()
    assert web.get(f"/client/invoices/{draft.pk}").status_code == 404
    assert "raft" not in web.get("/client/profile").content.decode()
    assert "None" in web.get("/client/dashboard").content.decode()


@pytest.mark.parametrize("query", ["{number}", "24.00", "Apr 9, 2026", "Overdue"])
def test_the_search_looks_into_the_columns_shown(cast: PortalCast, query: str) -> None:
    paid = make_invoice(cast.client, "paid")
    found = make_invoice(
        cast.client, "overdue", lines=[DraftLine("Big", 2000, VAT)], at=AT + timedelta(days=1)
    )
    query = query.format(number=found.number)
    page = cast.browse(cast.bob).get("/client/invoices", {"q": query}).content.decode()
    assert f'href="/client/invoices/{found.pk}"' in page
    assert f'href="/client/invoices/{paid.pk}"' not in page


def test_a_part_payment_lowers_what_is_due(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_payment(invoice, amount=200)
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}").content.decode()
    assert "€10.00" in page
    assert "€2.00" in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("overdue", "Contact support@example.com"),
        ("cancelled", "You don't need to pay it."),
        ("refunded", "This invoice was refunded."),
    ],
)
def test_an_invoice_did_not_say_what_its_state_means(
    cast: PortalCast, status: str, words: str
) -> None:
    invoice = make_invoice(cast.client, status)
    assert words in cast.browse(cast.alice).get(f"/client/invoices/{invoice.pk}").content.decode()


def test_a_payment_that_was_taken_back_is_told_and_is_due_again(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_payment(invoice, amount=700)
    bounced = make_payment(invoice, amount=500)
    reverse_payment(payment=bounced, reason="no funds", ctx=Context(AT, SYSTEM))
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}").content.decode()
    for words in ("Reversed by the bank", "−€7.00", "€5.00"):
        assert words in page
    assert "−€12.00" not in page
    assert "no funds" not in page


def totals(page: str) -> dict[str, str]:
    """What the foot of the invoice's lines says, by its words."""
    rows = re.findall(r'colspan="4">([\w ]+)</th><td class="end"><span[^>]*>([^<]+)', page)
    return {words: amount for words, amount in rows if words not in ("Subtotal", "Total")}


def test_a_part_that_was_lost_to_the_bank_is_due_and_in_no_credit_note(cast: PortalCast) -> None:
    payment = make_payment(make_invoice(cast.client))
    ctx = Context(AT, SYSTEM)
    dispute = open_dispute(payment=payment, reference="dp_1", amount=500, reason="", ctx=ctx)
    lose_dispute(dispute=dispute, ctx=ctx)
    page = cast.browse(cast.bob).get(f"/client/invoices/{payment.invoice_id}").content.decode()
    assert totals(page) == {"Paid": "−€7.00", "Amount due": "€5.00"}
    assert re.search(r"€5.00</span> reversed by the bank", page)
    assert "Credit notes" not in page
    assert "Reversed by the bank" not in page


def test_what_was_refunded_is_in_credit_notes_and_is_not_paid(cast: PortalCast) -> None:
    """The sums of the foot are those of the credit notes below it."""
    payment = make_payment(make_invoice(cast.client))
    ctx = Context(AT, SYSTEM)
    refund_payment(
        method="credit", payment=payment, amount=500, reason="outage", idempotency_key="c", ctx=ctx
    )
    web = cast.browse(cast.bob)
    page = web.get(f"/client/invoices/{payment.invoice_id}").content.decode()
    assert totals(page) == {"Paid": "−€7.00", "Credit notes": "−€5.00", "Amount due": "€0.00"}
    reverse_payment(payment=payment, reason="no funds", ctx=ctx)
    page = web.get(f"/client/invoices/{payment.invoice_id}").content.decode()
    assert totals(page) == {"Credit notes": "−€5.00", "Amount due": "€7.00"}


def test_refunds_and_disputes_are_told_in_plain_words(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    first, second = (make_payment(invoice, amount=amount) for amount in (700, 500))
    ctx = Context(AT, SYSTEM)
    refund_payment(
        method="credit", payment=first, amount=200, reason="outage", idempotency_key="c", ctx=ctx
    )
    refund_whole_payment(payment=first, reason="asked", ctx=ctx)
    dispute_payment(payment=second, reason="fraudulent", ctx=ctx)
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}").content.decode()
    for words in (
        ">Refunds</h2>",
        "Credit balance",
        "€2.00",
        "Your payment method",
        "€5.00",
        "Disputed with your bank",
    ):
        assert words in page
    assert "fraudulent" not in page


def test_the_search_finds_references_lines_and_the_clients_own_names(cast: PortalCast) -> None:
    other = make_invoice(cast.client)
    order = make_order(cast.client)
    service = order.items.get().units.get().service
    found = order.invoice
    assert service is not None
    assert found is not None
    assert found.payment_reference is not None
    rename_service(service=service, label="Bakery website", ctx=Context(AT, SYSTEM))
    product = order.items.get().product_name
    spaced = " ".join(re.findall("....?", found.payment_reference.lower()))
    web = cast.browse(cast.bob)
    for query in (found.payment_reference, spaced, product, "bakery"):
        page = web.get("/client/invoices", {"q": query}).content.decode()
        assert f'href="/client/invoices/{found.pk}"' in page, query
        assert f'href="/client/invoices/{other.pk}"' not in page, query
