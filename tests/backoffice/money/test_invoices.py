"""What staff do with invoices on their pages is what the actions of billing and payments do."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.models import AuditEntry
from commerce.backoffice.money.pages import ROOM
from commerce.backoffice.site import staff_site
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions import issuing
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import BilledPeriod, CreditAccount, CreditNote, Invoice, LineShare
from commerce.billing.periods.actions.renewals import renew_services
from commerce.billing.tax.rules import VatRefresh
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.models import Payment
from commerce.site_settings.current import business_date
from tests.make import AT, make_client, make_invoice, make_payment, make_service
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import action_url, fill_in, list_action_url, send
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bea() -> HttpsTestClient:
    """A browser of somebody who does the billing."""
    return staff_browser(make_staff("billing", "bea@example.com"))


def test_a_draft_is_written_changed_and_issued(bea: HttpsTestClient) -> None:
    client = make_client()
    url = f"{list_action_url(Invoice, 'new')}?client={client.pk}"
    typed = {"description-0": "Moving a site", "quantity-0": "2.5", "amount-0": "80.00"}
    answer = send(bea, url, **typed, notes="Thank you")
    draft = Invoice.objects.get()
    assert answer["Location"] == reverse("admin:billing_invoice_change", args=[draft.pk])
    assert (draft.status, draft.client_id, draft.total) == ("draft", client.pk, 20000)

    page = fill_in(bea, action_url(draft, "edit"))
    assert (page["quantity-0"], page["amount-0"], page["notes"]) == ("2.5", "80.00", "Thank you")
    change = {"description-1": "Discount", "amount-1": "-50"}
    send(bea, action_url(draft, "edit"), **{"description-0": "Moving two sites"}, **change)
    lines = draft.lines.order_by("position").values_list("description", "amount")
    assert list(lines) == [("Moving two sites", 20000), ("Discount", -5000)]
    send(bea, action_url(draft, "issue"))
    draft.refresh_from_db()
    assert (draft.status, draft.number) == ("unpaid", "INV-0001")
    entry = AuditEntry.objects.filter(action="invoice.unpaid").get()
    assert (entry.actor_kind, entry.actor_name) == ("staff", "bea@example.com")
    assert b"Issued invoices can&#x27;t be edited" in bea.get(action_url(draft, "edit")).content


def test_a_draft_that_changes_while_its_form_is_sent_is_not_issued(
    bea: HttpsTestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the VAT service is asked nothing is locked: another person may be faster after the form was looked at."""
    draft = make_invoice(status="draft")
    ask = issuing.refresh_vat_check

    def while_another_was_faster(**whom: Any) -> VatRefresh:
        bump_revision(draft.client_id, Context(AT, SYSTEM))
        Invoice.objects.filter(pk=draft.pk).update(notes="Changed meanwhile")
        return ask(**whom)

    form = fill_in(bea, action_url(draft, "issue"))
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "refresh_vat_check", while_another_was_faster)
        answer = bea.post(action_url(draft, "issue"), form)
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.status == "draft"
    again = form_values(answer.content.decode())
    assert bea.post(action_url(draft, "issue"), again).status_code == 303
    draft.refresh_from_db()
    assert draft.status == "unpaid"


def test_a_mistake_in_a_line_is_told_at_its_input_and_nothing_is_lost(bea: HttpsTestClient) -> None:
    url = list_action_url(Invoice, "new")
    typed = {"description-0": "Moving a site", "quantity-0": "2.12345", "amount-0": "8,0,0"}
    answer = send(bea, url, client=str(make_client().pk), **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a quantity with up to 3 decimals" in page
    assert "2.12345" in page
    assert "8,0,0" in page
    assert not Invoice.objects.exists()


def test_more_than_is_due_is_recorded_once_it_is_confirmed(bea: HttpsTestClient) -> None:
    invoice = make_invoice()
    url = action_url(invoice, "record_payment")
    today = business_date(clock.now()).isoformat()
    typed = {"amount": "20.00", "reference": "SEPA 7", "received_on": today}
    answer = send(bea, url, **typed)
    assert answer.status_code == 422
    assert b"Record anyway: the amount is more than what" in answer.content
    assert not Payment.objects.exists()
    sent = fill_in(bea, url, **typed, confirm_amount="on")
    bea.post(url, sent)
    bea.post(url, sent)
    payment = Payment.objects.get()
    assert (payment.amount, payment.reference, payment.recorded_by) == (
        2000,
        "SEPA 7",
        "bea@example.com",
    )
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert CreditAccount.objects.get().balance == 800


def test_a_renewal_is_voided_only_with_a_decision_and_billed_again(bea: HttpsTestClient) -> None:
    service = make_service()
    day = service.next_due_date
    assert day is not None
    renew_services(client_id=service.client_id, day=day, ctx=Context(AT, SYSTEM))
    invoice = Invoice.objects.get()
    url, name = action_url(invoice, "void"), f"decision-service-{service.pk}"
    assert send(bea, url, reason="Sent twice").status_code == 422
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"
    send(bea, url, reason="Sent twice", **{name: "bill_again"})
    invoice.refresh_from_db()
    assert invoice.status == "cancelled"
    assert CreditNote.objects.get().reason == "Sent twice"
    assert BilledPeriod.objects.get(invoice=invoice).status == "released"


def credit(bea: HttpsTestClient, invoice: Invoice, **typed: Any) -> Any:
    """Both steps: look at the credit note, and confirm it."""
    url = action_url(invoice, "credit")
    shown = send(bea, url, reason="Outage", **typed)
    assert shown.status_code == 422
    again = form_values(shown.content.decode()) | {"confirmed": "on"}
    return bea.post(url, again)


def test_a_part_is_credited_by_amount_or_by_lines(bea: HttpsTestClient) -> None:
    invoice = make_invoice()
    url = action_url(invoice, "credit")
    assert credit(bea, invoice, what="amount", amount="2.40").status_code == 303
    credit(bea, invoice, what="lines", **{"line-1": "on", "net-1": "1.00"})
    assert [note.total for note in CreditNote.objects.order_by("pk")] == [240, 120]
    assert send(bea, url, what="lines", reason="Outage").status_code == 422
    assert (
        b"more than what can still be credited"
        in send(bea, url, what="amount", amount="99", reason="Outage").content
    )


def test_a_discount_goes_with_its_line_and_the_sums_are_shown_first(bea: HttpsTestClient) -> None:
    """INV-0051: the box of line 5 (14.00) was ticked, and its discount (-1.40) stayed."""
    tax = LineTax("S", 20_000, "VAT")
    client = make_client()
    lines = [
        DraftLine("Hosting", 1400, tax, kind="item"),
        DraftLine("Promo code PARTNER10", -140, tax, kind="discount"),
        DraftLine("Moving", 1000, tax, kind="item"),
    ]
    invoice = make_invoice(client, lines=lines)
    make_payment(invoice, amount=2000)
    url = action_url(invoice, "credit")
    page = text_of(bea.get(url))
    assert "A line's own discounts go with it." in page
    assert "Leave blank for all that is left: 14.00 net." in page
    assert 'name="line-2"' not in bea.get(url).content.decode()
    shown = send(bea, url, what="lines", reason="Outage", **{"line-1": "on"})
    assert (shown.status_code, CreditNote.objects.count()) == (422, 0)
    page = text_of(shown)
    for words in (
        "1. Hosting €16.80 €14.00 €2.80 €16.80",
        "2. Promo code PARTNER10 Discount of the line above −€1.68 −€1.40 −€0.28 −€1.68",
        "Total €15.12",
        "Lowers the amount due €7.12",
        "Becomes credit, which can be refunded €8.00",
        "Check the credit note, then confirm it.",
    ):
        assert words in page, (words, page)
    values = form_values(shown.content.decode()) | {"confirmed": "on"}
    assert bea.post(url, values).status_code == 303
    assert CreditNote.objects.get().total == 1512


def test_a_credit_note_whose_figures_have_changed_is_not_issued(bea: HttpsTestClient) -> None:
    invoice = make_invoice()
    url = action_url(invoice, "credit")
    shown = send(bea, url, what="all", reason="Outage")
    values = form_values(shown.content.decode()) | {"confirmed": "on"}
    credit_invoice(invoice=invoice, amount=100, reason="Meanwhile", ctx=Context(AT, SYSTEM))
    again = bea.post(url, values)
    assert again.status_code in (409, 422)
    assert CreditNote.objects.count() == 1
    with pytest.raises(BusinessError) as refused:
        credit_invoice(
            invoice=invoice,
            amount=100,
            figures_shown=(100, 99),
            reason="Outage",
            ctx=Context(AT, SYSTEM),
        )
    assert refused.value.code == "credit_note.figures_changed"


def test_a_line_of_a_draft_names_a_service_and_its_days(bea: HttpsTestClient) -> None:
    service = make_service()
    url = f"{list_action_url(Invoice, 'new')}?client={service.client_id}"
    typed = {"description-0": "Hosting June", "amount-0": "30.00"}
    days = {"first-0": "2026-06-01", "last-0": "2026-06-30"}
    foreign = send(bea, url, **typed, **days, **{"service-0": str(make_service().pk)})
    assert "This client has no service with this ID." in foreign.content.decode()
    assert (
        "Enter the service whose days these are."
        in send(bea, url, **typed, **days).content.decode()
    )
    half = send(bea, url, **typed, **{"service-0": str(service.pk), "first-0": "2026-06-01"})
    assert "Enter the first and last day that it bills." in half.content.decode()
    assert send(bea, url, **typed, **days, **{"service-0": str(service.pk)}).status_code == 303
    draft = Invoice.objects.get()
    share = LineShare.objects.get(line__invoice=draft)
    assert (share.service, str(share.period_start), str(share.period_end)) == (
        *(service, "2026-06-01", "2026-07-01"),
    )
    page = fill_in(bea, action_url(draft, "edit"))
    assert (page["service-0"], page["first-0"], page["last-0"]) == (
        *(str(service.pk), "2026-06-01", "2026-06-30"),
    )
    send(bea, action_url(draft, "edit"))
    assert LineShare.objects.get(line__invoice=draft).service == service


def test_an_open_invoice_is_paid_from_credit_sent_again_and_held(bea: HttpsTestClient) -> None:
    invoice = make_invoice()
    page = bea.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content
    assert b"The client has no credit in EUR." in page
    ctx = Context(AT, SYSTEM)
    add_credit(client=invoice.client, currency_code="EUR", amount=300, idempotency_key="a", ctx=ctx)
    send(bea, action_url(invoice, "apply_credit"))
    invoice.refresh_from_db()
    assert invoice.amount_due == 900
    before = OutgoingMail.objects.filter(event="invoice_created").count()
    send(bea, action_url(invoice, "send"))
    assert OutgoingMail.objects.filter(event="invoice_created").count() == before + 1
    until = business_date(clock.now()) + timedelta(days=30)
    send(bea, action_url(invoice, "hold"), until=until.isoformat(), reason="They called")
    invoice.refresh_from_db()
    assert invoice.dunning_hold_until == until
    send(bea, action_url(invoice, "lift_hold"))
    invoice.refresh_from_db()
    assert invoice.dunning_hold_until is None


def test_support_sees_invoices_but_no_button_and_no_payments() -> None:
    invoice = make_invoice(status="paid")
    sam = staff_browser(make_staff("support"))
    page = sam.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert invoice.number in page
    assert "Record payment" not in page
    assert "transfer-" not in page
    assert sam.get(action_url(invoice, "record_payment")).status_code == 403


def test_invoices_are_found_by_number_reference_and_client(bea: HttpsTestClient) -> None:
    client = make_client(email="ann@example.com", company="Quarry Works")
    mine, other = make_invoice(client), make_invoice()
    url = reverse("admin:billing_invoice_changelist")
    for words in (mine.number.lower(), mine.payment_reference, "ann@example.com", "quarry"):
        page = bea.get(url, {"q": words}).content.decode()
        assert mine.number in page, words
        assert other.number not in page, words
    assert other.number not in bea.get(url, {"status": "paid"}).content.decode()


def test_a_full_list_takes_the_same_statements_as_a_short_one(bea: HttpsTestClient) -> None:
    urls = [staff_site._registry[kind.model].list_url() for kind in ROOM.records]

    def statements() -> list[int]:
        found = []
        for url in urls:
            bea.get(url)  # what is remembered for a while is read again after a change
            with CaptureQueriesContext(connection) as captured:
                assert bea.get(url).status_code == 200
            found.append(len(captured))
        return found

    make_invoice(status="refunded")
    short = statements()
    for _ in range(4):
        make_invoice(status="refunded")
    assert statements() == short
