"""Paying pages: what is offered, what is told, what a second press does, and credit (portal.md 3, payments.md 3)."""

import re

import pytest

from commerce.accounts.actions.clients import suspend_client
from commerce.billing.credit.actions import add_credit, pay_out_credit, remove_credit
from commerce.kit.context import SYSTEM, Context
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.site_settings.actions import set_setting
from tests.doubles.gateway import FakeProvider
from tests.make.browser import hidden_field
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import make_invoice
from tests.portal.conftest import PortalCast


def test_without_a_gateway_it_says_whom_to_ask(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}/pay")
    assert (page.status_code, "support@example.com" in page.content.decode()) == (200, True)


def test_a_transfer_from_choice_to_declaration(cast: PortalCast) -> None:
    """Each form twice; a suspended client may pay."""
    switch_on_bank_transfer()
    invoice, web = make_invoice(cast.client), cast.browse(cast.bob)
    suspend_client(client=cast.client, reason="late", ctx=Context(AT, SYSTEM))
    path = f"/client/invoices/{invoice.pk}"
    assert "Bank transfer" in web.get(f"{path}/pay").content.decode()
    for _ in range(2):
        assert web.post(f"{path}/pay/bank_transfer")["Location"] == f"{path}/pay/bank_transfer"
    page = web.get(f"{path}/pay/bank_transfer").content.decode()
    reference = invoice.payment_reference or ""
    assert "DE89 3704 0044 0532 0130 00" in page
    assert reference[:4] + " " + reference[4:8] in page
    assert 'role="img" aria-label="QR code' in page
    assert "<svg" in page
    for _ in range(2):
        assert web.post(f"{path}/declare-transfer").status_code == 303
    assert (Attempt.objects.count(), TransferNotice.objects.count()) == (1, 1)
    assert not Payment.objects.exists()
    assert "You reported a transfer on" in web.get(path).content.decode()
    result = web.get(f"{path}/return/{Attempt.objects.get().pk}").content.decode()
    assert "Waiting for your transfer" in result


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_a_closed_invoice_leads_back(cast: PortalCast, status: str) -> None:
    switch_on_bank_transfer()
    invoice, web = make_invoice(cast.client, status), cast.browse(cast.bob)
    path = f"/client/invoices/{invoice.pk}"
    assert web.get(f"{path}/pay")["Location"] == path
    for end in ("pay/bank_transfer", "declare-transfer", "use-credit"):
        assert web.post(f"{path}/{end}")["Location"] == path
    assert not Attempt.objects.exists()


def test_credit_is_used_once_and_the_ledger_shows_it(cast: PortalCast) -> None:
    invoice, web = make_invoice(cast.client), cast.browse(cast.bob)
    assert "No credit yet" in web.get("/client/credit").content.decode()
    add_credit(client=cast.client, currency_code="EUR", amount=2000, ctx=Context(AT, SYSTEM))
    page, address = (
        web.get(f"/client/invoices/{invoice.pk}").text,
        f"/client/invoices/{invoice.pk}/use-credit",
    )
    assert "Apply credit" in page
    web.post(address)  # not what a page said
    web.post(address, {"amount": "12.01"})
    invoice.refresh_from_db()
    assert invoice.credit_applied == 0
    for _ in range(2):
        web.post(address, {"amount": hidden_field(page, "amount")})
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credit_applied) == ("paid", 1200)
    page = web.get("/client/credit").content.decode()
    assert re.search(rf'Applied to an invoice <a href="/client/invoices/{invoice.pk}">', page)
    assert "€8.00" in page


def test_credit_that_is_not_applied_by_itself_says_when_to_apply_it(cast: PortalCast) -> None:
    web = cast.browse(cast.bob)
    page = web.get("/client/credit").text
    assert "Your balance is applied to future invoices." in page
    assert "are applied to your next invoices." in page
    set_setting(key="billing.auto_apply_credit", value="off", ctx=Context(AT, SYSTEM))
    page = web.get("/client/credit").text
    assert "Apply your balance when you pay an invoice." in page
    assert "Apply them when you pay an invoice." in page


def test_an_unknown_currency_shows_what_there_is(cast: PortalCast) -> None:
    add_credit(client=cast.client, currency_code="EUR", amount=2000, ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.bob)
    assert web.get("/client/credit?currency=EUR").status_code == 200
    for asked in ("USD", "nothing"):
        answer = web.get("/client/credit", {"currency": asked})
        assert answer.status_code == 422
        for words in ("You have no credit in this currency.", "€20.00"):
            assert words in answer.content.decode()


def test_the_client_reads_why_staff_gave_or_took_credit_and_not_what_the_bank_wrote(
    cast: PortalCast,
) -> None:
    """The commands said that the client sees the note; the page did not show it."""
    client, ctx = cast.client, Context(AT, SYSTEM)
    add_credit(
        client=client, currency_code="EUR", amount=2000, note="For the <long> night", ctx=ctx
    )
    remove_credit(client=client, currency_code="EUR", amount=100, note="Too much", ctx=ctx)
    pay_out_credit(client=client, currency_code="EUR", amount=100, reference="SEPA 7", ctx=ctx)
    page = cast.browse(cast.bob).get("/client/credit").content.decode()
    assert "For the &lt;long&gt; night" in page
    assert "Too much" in page
    assert "SEPA 7" not in page


def test_x19_an_amount_in_the_form_counts_only_where_parts_are_allowed(cast: PortalCast) -> None:
    switch_on_bank_transfer()
    invoice, web = make_invoice(cast.client), cast.browse(cast.bob)
    web.post(f"/client/invoices/{invoice.pk}/pay/bank_transfer", {"amount": "0.01"})
    assert Attempt.objects.get().amount == 1200


def test_a_saved_card_comes_first_and_is_charged_at_once(
    cast: PortalCast, provider: FakeProvider
) -> None:
    """A suspended client may pay, too."""
    card, invoice = keep(cast.client), make_invoice(cast.client)
    suspend_client(client=cast.client, reason="late", ctx=Context(AT, SYSTEM))
    web, path = cast.browse(cast.bob), f"/client/invoices/{invoice.pk}"
    page = web.get(f"{path}/pay").content.decode()
    assert 0 < page.index(card.name) < page.index(f"{path}/pay/fake")
    assert page.count("button-primary") == 1
    stale = web.post(f"{path}/charge", {"card": card.pk, "amount": 1100}, follow=True)
    assert "The amount has changed" in stale.content.decode()
    foreign = {"card": keep(cast.foreign, "card-9").pk, "amount": 1200}
    assert web.post(f"{path}/charge", foreign)["Location"] == f"{path}/pay"
    assert not Attempt.objects.exists()
    for _twice in range(2):
        sent = web.post(f"{path}/charge", {"card": card.pk, "amount": 1200})
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"{path}/return/{attempt.pk}"
    assert "Confirming your payment" in web.get(sent["Location"]).content.decode()
    run_jobs_but_documents(at=AT)
    assert "We received your payment" in web.get(sent["Location"]).content.decode()
    assert (provider.calls.count("charge_saved"), Payment.objects.get().amount) == (1, 1200)
    assert web.post(f"{path}/charge", {"card": card.pk, "amount": 0})["Location"] == path
