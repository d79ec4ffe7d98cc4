"""What staff do with money that came or goes back, on their pages."""

import csv
import io
import json
import time
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from commerce.accounts.actions.client_locks import lock_client
from commerce.backoffice.money.gateway_events import shown_body
from commerce.billing.models import CreditAccount, CreditEntry, CreditNote
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import open_dispute
from commerce.payments.actions.gateway_events import store_gateway_event
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.contract import VerifiedEvent
from commerce.payments.models import (
    Dispute,
    GatewayEvent,
    Payment,
    Refund,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.site_settings.current import business_date
from tests.make import AT, PASSWORD, make_client, make_invoice, make_payment
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.payments import declare_transfer
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import action_url, fill_in, list_action_url, send

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)
A_PART = {"method": "credit", "amount": "2.50", "reason": "Outage", "own_password": PASSWORD}


@pytest.fixture
def bea() -> HttpsTestClient:
    """A browser of somebody who does the billing."""
    return staff_browser(make_staff("billing", "bea@example.com"))


def test_what_is_known_of_the_payers_country_stands_together(bea: HttpsTestClient) -> None:
    """billing.md 5.2: the address that the invoice was taxed by, and the card that paid it."""
    checked = {
        "number": "DE136695976",
        "answer": "valid",
        "checked_at": "2026-04-01T10:00:00+00:00",
    }
    seen = {"billing_country": "DE", "vat": checked | {"consultation_number": "WAPI1"}}
    invoice = make_invoice(make_client(country="DE"), tax_evidence=seen)
    paid = make_payment(invoice, card_country="FR")
    assert paid.invoice is not None
    page = bea.get(f"/admin/invoices/{paid.invoice.pk}").content.decode()
    evidence = page.partition("Evidence of the client&#x27;s country")[2]
    assert evidence.index("Billing address") < evidence.index("Card that paid")
    billed, _label, by_card = evidence.partition("Card that paid")
    assert "France (not the billing country)" in by_card[:500]
    assert "not the billing country" not in billed
    assert "DE136695976, valid, Apr 1, 2026" in evidence
    assert "France" in bea.get(f"/admin/payments/{paid.pk}").content.decode()
    sent = bea.get("/admin/invoices.csv?status=paid")
    [row] = csv.DictReader(io.StringIO(b"".join(sent.streaming_content).decode("utf-8-sig")))
    assert (row["Billing address"], row["Card that paid"]) == ("DE", "FR")
    assert row["VAT check"] == "DE136695976, valid, 2026-04-01T10:00:00+00:00, WAPI1"


def _unallocated(currency: str = "EUR") -> UnallocatedPayment:
    return record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id=f"SEPA {currency}",
        amount=1200,
        currency_code=currency,
        received_on=AT.date(),
        reason="reference",
        ctx=CTX,
    )


def test_a_part_of_a_payment_is_refunded_to_credit_once(bea: HttpsTestClient) -> None:
    payment = make_payment()
    url = action_url(payment, "refund")
    assert b"A bank transfer" not in bea.get(url).content
    assert send(bea, url, **A_PART).status_code == 303
    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.recorded_by) == (
        250,
        "succeeded",
        "bea@example.com",
    )
    assert CreditNote.objects.get().total == 250
    assert CreditAccount.objects.get().balance == 250
    page = send(bea, url, **A_PART | {"amount": "9.51"})
    assert page.status_code == 422
    assert "9.51" in page.content.decode()
    assert Refund.objects.count() == 1


def test_money_goes_back_only_with_ones_own_password(bea: HttpsTestClient) -> None:
    refund, payout = action_url(make_payment(), "refund"), list_action_url(CreditEntry, "payout")
    client = make_client()
    typed = {"client": client.email, "amount": "1", "currency": "EUR", "reference": "SEPA 1"}
    add = f"{list_action_url(CreditEntry, 'add')}?client={client.pk}"
    send(bea, add, amount="1", currency="EUR", note="Sorry")
    for password in ("", "guess"):
        own = {"own_password": password}
        assert send(bea, refund, **A_PART | own).status_code == 422
        assert send(bea, payout, **typed | own).status_code == 422
    assert not Refund.objects.exists()
    assert CreditAccount.objects.get().balance == 100


def test_of_two_open_forms_the_second_does_not_refund_a_part_again(bea: HttpsTestClient) -> None:
    """A part that goes back changes no column of its payment."""
    url = action_url(make_payment(), "refund")
    first, second = (fill_in(bea, url, **A_PART) for _ in range(2))
    assert bea.post(url, first).status_code == 303
    told = bea.post(url, second)
    page = told.content.decode()
    assert told.status_code == 409
    assert "is now 9.50 EUR" in page
    assert Refund.objects.get().amount == 250
    again = form_values(page) | {"own_password": PASSWORD}
    assert again["amount"] == "2.50"
    assert bea.post(url, again).status_code == 303
    assert Refund.objects.count() == 2


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks")
@pytest.mark.django_db(transaction=True)
def test_of_two_forms_that_arrive_at_once_the_second_is_told() -> None:
    payment, staff = make_payment(), make_staff("billing")
    url, answers = action_url(payment, "refund"), []
    web = [staff_browser(staff) for _ in range(2)]
    forms = [fill_in(one, url, **A_PART) for one in web]
    threads = [
        Thread(target=_post, args=(one, url, form, answers))
        for one, form in zip(web, forms, strict=True)
    ]
    with transaction.atomic():
        lock_client(payment.client_id)
        for one in threads:
            one.start()
        _wait_until_both_wait()
    for one in threads:
        one.join()
    assert sorted(answers) == [303, 409]
    assert Refund.objects.get().amount == 250


def _post(web: HttpsTestClient, url: str, form: dict[str, Any], answers: list[int]) -> None:
    try:
        answers.append(web.post(url, form).status_code)
    finally:
        connection.close()


def _wait_until_both_wait() -> None:
    """Both have found their record as their form has it, and none has changed it."""
    end = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() == (2,):
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            time.sleep(0.05)
    raise AssertionError("they do not wait")


def test_a_payment_that_bounced_is_reversed(bea: HttpsTestClient) -> None:
    payment = make_payment()
    send(bea, action_url(payment, "reverse"), reason="The check bounced")
    payment.refresh_from_db()
    assert payment.status == "reversed"
    assert payment.only_invoice().amount_due == 1200
    page = bea.get(reverse("admin:payments_payment_change", args=[payment.pk])).content
    assert b"Only completed payments can be refunded." in page


def test_a_dispute_is_recorded_and_lost(bea: HttpsTestClient) -> None:
    payment = make_payment()
    send(bea, action_url(payment, "open_dispute"), reason="unknown to the payer")
    dispute = Dispute.objects.get()
    assert (dispute.amount, dispute.status) == (1200, "open")
    send(bea, action_url(dispute, "lost"))
    dispute.refresh_from_db()
    payment.refresh_from_db()
    assert (dispute.status, payment.status) == ("lost", "reversed")
    send(bea, action_url(dispute, "won"))
    payment.refresh_from_db()
    assert payment.status == "completed"


def test_money_without_an_invoice_is_assigned_to_one_of_its_currency(bea: HttpsTestClient) -> None:
    euros, dollars, invoice = _unallocated(), _unallocated("USD"), make_invoice()
    answer = send(bea, action_url(dollars, "assign"), to=invoice.number)
    assert answer.status_code == 422
    send(bea, action_url(euros, "assign"), to=invoice.payment_reference)
    euros.refresh_from_db()
    invoice.refresh_from_db()
    assert (euros.status, invoice.status) == ("assigned", "paid")
    send(bea, action_url(dollars, "return"), note="Sent back on Monday")
    dollars.refresh_from_db()
    assert (dollars.status, dollars.note) == ("returned", "Sent back on Monday")


def test_money_without_an_invoice_is_recorded(bea: HttpsTestClient) -> None:
    url = list_action_url(UnallocatedPayment, "new")
    send(bea, url, amount="12.50", currency="EUR", transaction="SEPA 9", why="reference")
    row = UnallocatedPayment.objects.get()
    assert (row.amount, row.currency_code, row.transaction_id) == (1250, "EUR", "SEPA 9")


def test_a_reported_transfer_is_confirmed_or_rejected(bea: HttpsTestClient) -> None:
    first, second = make_invoice(), make_invoice()
    for invoice in (first, second):
        declare_transfer(invoice)
    came, lost = TransferNotice.objects.order_by("pk")
    today = business_date(clock.now()).isoformat()
    send(bea, action_url(came, "confirm"), received_on=today)
    send(bea, action_url(lost, "reject"), reason="Nothing came")
    assert list(TransferNotice.objects.order_by("pk").values_list("status", flat=True)) == [
        "confirmed",
        "rejected",
    ]
    assert Payment.objects.get().invoice == first


def test_credit_is_added_removed_and_paid_out(bea: HttpsTestClient) -> None:
    client = make_client()
    add = f"{list_action_url(CreditEntry, 'add')}?client={client.pk}"
    send(bea, add, amount="12.50", currency="EUR", note="Sorry for the outage")
    remove = list_action_url(CreditEntry, "remove")
    send(bea, remove, client=client.email, amount="2", currency="EUR", note="Added twice")
    payout = list_action_url(CreditEntry, "payout")
    send(
        bea,
        payout,
        client=client.email,
        amount="0.50",
        currency="EUR",
        reference="SEPA 1",
        own_password=PASSWORD,
    )
    assert CreditAccount.objects.get().balance == 1000
    too_much = send(bea, remove, client=client.email, amount="11", currency="EUR", note="All")
    assert too_much.status_code == 422
    assert CreditEntry.objects.count() == 3


def test_an_event_of_a_gateway_is_shown_without_secrets_and_processed_again(
    bea: HttpsTestClient,
) -> None:
    body = {"id": "evt_1", "data": {"client_secret": "s3cret", "card": {"last4": "4242"}}}
    event = VerifiedEvent(id="evt_1", kind="payment.done", body=json.dumps(body).encode())
    store_gateway_event(gateway="stripe", event=event, headers={"Stripe-Signature": "t=1"}, ctx=CTX)
    row = GatewayEvent.objects.get()
    page = bea.get(reverse("admin:payments_gatewayevent_change", args=[row.pk])).content
    assert b"evt_1" in page
    for secret in (b"s3cret", b"Stripe-Signature", b"t=1"):
        assert secret not in page
    GatewayEvent.objects.filter(pk=row.pk).update(status="processed", ended_at=AT)
    assert send(bea, action_url(row, "retry")).status_code == 303


def test_a_body_that_is_no_json_is_shown_as_text() -> None:
    assert shown_body(b"a=1&b=\x002") == "a=1&b=2"
    cut_off = b'{"id": "evt_1", "client_secret": "pi_1_secret_2", "object": {"access_token": "AT'
    assert "pi_1_secret_2" not in shown_body(cut_off)
    assert "AT" not in shown_body(cut_off)
    assert "evt_1" in shown_body(cut_off)


def test_nobody_loses_a_dispute_twice(bea: HttpsTestClient) -> None:
    dispute = open_dispute(
        payment=make_payment(), reference="dp_1", amount=1200, reason="odd", ctx=CTX
    )
    url = action_url(dispute, "lost")
    send(bea, url)
    assert bea.post(url, {}).status_code == 409
