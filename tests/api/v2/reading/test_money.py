"""Payments, credit notes, credit and saved payment methods of version 2, and the files of records."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client, Membership
from commerce.api.v2.resources.files import FILES
from commerce.billing.credit.actions import add_credit
from commerce.billing.documents.actions import make_documents
from commerce.billing.models import Document
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.models import Payment, PaymentShare
from tests.make import AT, make_client, make_invoice, make_payment, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, keep
from tests.make.payments import make_requested_refund
from tests.make.people import make_member
from tests.make.records import make_credit_note

NEW = ("payments", "credit-notes", "payment-methods", "credit-entries")


def rows(client: Client) -> dict[str, int]:
    """A row of each kind: its id by the name in the path."""
    return {
        "payments": make_payment(make_invoice(client)).pk,
        "credit-notes": make_credit_note(client).pk,
        "payment-methods": keep(client, f"card-{client.pk}").pk,
        "credit-entries": add_credit(client=client, currency_code="EUR", amount=5000, ctx=CTX).pk,
    }


def detail(kind: str, pk: int, token: str) -> Any:
    return call_api(f"/api/v2/{kind}/{pk}", token).json["data"]


def test_of_others_there_is_nothing(alice: Client, token: str) -> None:
    theirs = rows(make_client(owner="charlie@example.com"))
    assert theirs.keys() == set(NEW)
    for kind, pk in theirs.items():
        assert call_api(f"/api/v2/{kind}/{pk}", token).status == 404
        assert call_api(f"/api/v2/{kind}?ids={pk}", token).ids == []
        assert call_api(f"/api/v2/{kind}", token).ids == []
    assert call_api("/api/v2/credit", token).json["data"] == {"balances": []}


@pytest.mark.parametrize("kind", NEW)
def test_a_list_is_walked_with_a_cursor(alice: Client, token: str, kind: str) -> None:
    for n in range(3):
        if kind == "payment-methods":
            keep(alice, f"card-{n}")
        elif kind == "credit-entries":
            add_credit(client=alice, currency_code="EUR", amount=100, ctx=CTX)
        elif kind == "payments":
            make_payment(make_invoice(alice), at=AT + timedelta(days=n))
        else:
            make_credit_note(alice)
    found, cursor = [], ""
    for _ in range(3):
        page = call_api(f"/api/v2/{kind}?limit=1{cursor}", token).json
        found += [row["id"] for row in page["data"]]
        cursor = f"&cursor={page['meta']['next_cursor']}"
    assert found == sorted(set(found), reverse=True)
    assert len(found) == 3
    assert page["meta"]["has_more"] is False


def test_a_payment_says_what_it_paid_and_what_went_back(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    payment = make_payment(invoice, amount=invoice.amount_due + 300, fee=40)
    Payment.objects.filter(pk=payment.pk).update(card_brand="visa", card_last4="4242")
    refund = make_requested_refund(payment, 500)
    told = detail("payments", payment.pk, token)
    assert told["amount"] == payment.amount
    assert told["currency_code"] == "EUR"
    assert told["invoices"] == [
        {"invoice_id": invoice.pk, "invoice_number": invoice.number, "amount": invoice.total}
    ]
    (back,) = told["refunds"]
    assert (back["id"], back["amount"], back["destination"]) == (refund.pk, 500, "gateway")
    assert (told["card_brand"], told["card_last4"]) == ("visa", "4242")
    assert "fee" not in told
    assert call_api(f"/api/v2/payments?status=completed&ids={payment.pk}", token).json["data"] == [
        told
    ]


def test_payments_are_found_by_each_of_their_invoices(alice: Client, token: str) -> None:
    one, two, other = (make_invoice(alice) for _ in range(3))
    alone = make_payment(one)
    for_both = make_payment(other)
    PaymentShare.objects.create(payment=for_both, invoice=two, amount=700)

    def found(query: str) -> set[int]:
        return set(call_api(f"/api/v2/payments?{query}", token).ids)

    assert found(f"invoice_id={one.pk}") == {alone.pk}
    assert found(f"invoice_id={two.pk}") == {for_both.pk}
    assert found(f"invoice_id={one.pk},{two.pk}") == {alone.pk, for_both.pk}
    assert found("invoice_id=999999") == set()
    assert found("gateway=stripe") == set()
    assert found(f"received_after={AT.date()}") == {alone.pk, for_both.pk}
    shares = detail("payments", for_both.pk, token)["invoices"]
    assert {"invoice_id": two.pk, "invoice_number": two.number, "amount": 700} in shares


def test_a_tag_follows_what_goes_back_of_a_payment(alice: Client, token: str) -> None:
    payment = make_payment(make_invoice(alice))
    for path in (f"/api/v2/payments/{payment.pk}", "/api/v2/payments"):
        tag = {"If-None-Match": call_api(path, token).headers["etag"]}
        assert call_api(path, token, headers=tag).status == 304
    Payment.objects.filter(pk=payment.pk).update(status="disputed")
    assert call_api(path, token, headers=tag).json["data"][0]["status"] == "disputed"


def test_a_credit_note_has_lines_tax_and_documents(alice: Client, token: str) -> None:
    note = make_credit_note(alice)
    make_documents(credit_note_id=note.pk, ctx=CTX)
    told = detail("credit-notes", note.pk, token)
    assert (told["number"], told["total"]) == (note.number, note.total)
    assert sum(line["amount"] for line in told["items"]) == note.subtotal
    assert sum(line["tax"] for line in told["tax_lines"]) == note.tax_amount
    (document,) = told["documents"]
    assert document["format"] == "pdf"
    assert call_api(document["url"].partition("8443")[2], token).status == 200
    listed = call_api(f"/api/v2/credit-notes?invoice_id={note.invoice_id}", token).json["data"]
    assert [row["id"] for row in listed] == [note.pk]
    assert "items" not in listed[0]
    shown = call_api("/api/v2/credit-notes?include=items,tax_lines", token).json["data"][0]
    assert (shown["items"], shown["tax_lines"]) == (told["items"], told["tax_lines"])


def test_credit_is_told_by_currency_and_by_movement(alice: Client, token: str) -> None:
    add_credit(client=alice, currency_code="EUR", amount=5000, note="For the outage", ctx=CTX)
    invoice = make_invoice(alice)
    (balance,) = call_api("/api/v2/credit", token).json["data"]["balances"]
    entries = call_api("/api/v2/credit-entries?sort=created_at", token).json["data"]
    assert entries[0]["note"] == "For the outage"
    assert entries[0] | {"invoice_id": None} == entries[0]
    assert (entries[1]["reason"], entries[1]["invoice_id"]) == ("applied", invoice.pk)
    assert balance == {"currency_code": "EUR", "balance": entries[1]["balance"]}
    assert sum(one["amount"] for one in entries) == balance["balance"]
    applied = call_api("/api/v2/credit-entries?reason=applied&currency_code=eur", token).ids
    assert applied == [entries[1]["id"]]
    assert call_api("/api/v2/credit-entries?currency_code=USD", token).ids == []


def test_saved_methods_are_those_that_are_kept_without_what_gateways_call_them(
    alice: Client, token: str
) -> None:
    gone, kept = keep(alice, "secret-token-1"), keep(alice, "secret-token-2")
    remove_card(card=gone, ctx=CTX)
    answer = call_api("/api/v2/payment-methods", token)
    (told,) = answer.json["data"]
    assert told | {"id": kept.pk, "kind": "card", "brand": "visa", "last4": "4242"} == told
    assert (told["exp_month"], told["exp_year"], told["status"]) == (12, 2030, "usable")
    assert b"secret-token" not in answer.body
    assert call_api(f"/api/v2/payment-methods/{gone.pk}", token).status == 404


def test_saved_methods_are_for_those_who_may_pay_as_in_the_portal(alice: Client) -> None:
    rights = ["invoices.view", "invoices.pay", "tokens.manage"]
    maker = make_member(alice, "bob@example.com", rights=rights).user
    token = make_token(alice, maker=maker)[1]
    assert call_api("/api/v2/payment-methods", token).status == 200
    Membership.objects.filter(user=maker).update(rights=["invoices.view"])
    assert call_api("/api/v2/payment-methods", token).json["code"] == "token.scope_missing"
    assert call_api("/api/v2/payments", token).status == 200


# --- Files ---------------------------------------------------------------------------------------------------------


def owners(client: Client) -> dict[str, int]:
    """What has files, by the name in the path."""
    invoice = make_invoice(client)
    return {
        "invoices": invoice.pk,
        "credit-notes": make_credit_note(client).pk,
        "payments": make_payment(invoice).pk,
    }


def file_paths(ids: dict[str, int]) -> list[str]:
    paths = [
        (one.resource.path, one.verb) for one in FILES.values() if one.resource.name != "zones"
    ]
    return [f"{path}/{ids[path.rpartition('/')[2]]}/{verb}" for path, verb in paths]


def test_files_are_sent_as_they_are_kept(alice: Client, token: str) -> None:
    ids = owners(alice)
    for kind, relation in (("invoices", "invoice"), ("credit-notes", "credit_note")):
        path = f"/api/v2/{kind}/{ids[kind]}"
        waits = call_api(f"{path}/pdf", token)
        assert (waits.status, waits.json["code"]) == (404, "document.not_ready")
        assert (waits.headers["retry-after"], waits.json["retryable"]) == ("5", True)
        assert call_api(f"{path}/ubl", token).json["code"] == "document.not_ready"
        make_documents(**{f"{relation}_id": ids[kind]}, ctx=CTX)
        Document.objects.create(
            **{f"{relation}_id": ids[kind]},
            form="ubl",
            content=b"<ubl/>",
            sha256=hashlib.sha256(b"<ubl/>").hexdigest(),
            made_at=AT,
        )
        pdf, ubl = (call_api(f"{path}/{form}", token) for form in ("pdf", "ubl"))
        assert pdf.headers["content-type"] == "application/pdf"
        assert (ubl.body, ubl.headers["content-type"]) == (b"<ubl/>", "text/xml")
        assert re.search(
            r'^attachment; filename="[a-z-]+-[A-Z]+-0001.xml"', ubl.headers["content-disposition"]
        )
        assert_hash(pdf)
        assert_hash(ubl)
    receipt = call_api(f"/api/v2/payments/{ids['payments']}/receipt", token)
    assert receipt.body.startswith(b"%PDF")
    assert_hash(receipt)
    assert receipt.headers["cache-control"] == "private, no-cache"


def assert_hash(answer: ApiAnswer) -> None:
    """A strong tag: of these bytes alone."""
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'


def test_a_file_that_the_caller_has_costs_nothing(alice: Client, token: str) -> None:
    path = f"/api/v2/payments/{make_payment(make_invoice(alice)).pk}/receipt"
    first = call_api(path, token)
    left = first.headers["x-ratelimit-remaining"]
    again = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["x-ratelimit-remaining"]) == (304, b"", left)
    head = call_api(path, token, method="HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", str(len(first.body)))


def test_what_has_no_such_file_is_not_found(alice: Client, token: str) -> None:
    invoice = make_invoice(alice)
    make_documents(invoice_id=invoice.pk, ctx=CTX)
    invoice.documents.filter(form="ubl").delete()
    payment = make_payment(invoice)
    Payment.objects.filter(pk=payment.pk).update(status="reversed")
    theirs = file_paths(owners(make_client(owner="charlie@example.com")))
    for path in (
        *theirs,
        f"/api/v2/invoices/{invoice.pk}/ubl",
        f"/api/v2/payments/{payment.pk}/receipt",
        "/api/v2/invoices/999999/pdf",
        f"/api/v2/invoices/{invoice.pk}/cii",
        f"/api/v2/invoices/{invoice.pk}x/pdf",
    ):
        answer = call_api(path, token, headers={"If-None-Match": "*"})
        assert (path, answer.status, answer.json["code"]) == (path, 404, "request.not_found")


def test_files_need_the_scope_of_their_record_and_take_no_parameters(alice: Client) -> None:
    ids = owners(alice)
    token = make_token(alice, scopes=["profile:read"])[1]
    able = make_token(alice)[1]
    for path in file_paths(ids):
        assert call_api(path, token).json["code"] == "token.scope_missing"
        assert call_api(f"{path}?x=1", token).json["code"] == "token.scope_missing"
        wrong = call_api(f"{path}?fields=id", able)
        assert (wrong.status, wrong.json["errors"][0]["parameter"]) == (400, "fields")
        assert call_api(path, able, method="POST").headers["allow"] == "GET, HEAD"
        assert call_api(path).status == 401
