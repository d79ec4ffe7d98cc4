"""Records whose entries the proof compares them with, made through the actions, beside those of the company."""

from datetime import date, timedelta

from commerce.accounts.actions.client_flags import set_autopay
from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import VatCheck
from commerce.billing.tax.actions import add_tax_rule, mark_vat_number_valid
from commerce.domains.actions.editing import change_domain_price, choose_registrar, set_auto_renew
from commerce.domains.actions.states import (
    confirm_domain_registration,
    mark_domain_transferred_away,
    renew_domain,
)
from commerce.hosting.actions.editing import rename_service, schedule_service_end
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.attempts import open_attempt, start_attempt
from commerce.payments.actions.manual import assign_unallocated_payment
from commerce.payments.actions.saved_cards import remove_card, stop_card
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.payments.actions.unallocated import record_unallocated_payment
from tests import make
from tests.make.cards import keep
from tests.make.company import make_company
from tests.make.payments import dispute_payment, switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import VAT
from tests.make.renewals import RENEWED_AT
from tests.make.repricing import announce_price_change, make_tld, set_product_price
from tests.make.vat_clients import SWEDISH

CTX = Context(AT, SYSTEM)
LATER = Context(RENEWED_AT, SYSTEM)
DAY = date(2026, 4, 8)


def make_said_world() -> None:
    """Dora with at least two of whatever can be taken for another, and the company, whose run bills hers as well."""
    dora = make.make_client(country="SE", tax_id=SWEDISH, company="Dora AB")
    _cards(dora)
    _money(dora)
    _names(dora)
    _services(dora)
    _taxes(dora)
    make_company()
    make.make_invoice(dora, at=RENEWED_AT)  # the last of all


def _cards(client: Client) -> None:
    set_autopay(client=client, on=False, ctx=CTX)
    keep(client, "card-a")
    keep(client, "card-b")
    stop_card(card=keep(client, "card-c"), reason="refused", ctx=CTX)
    remove_card(card=keep(client, "card-d"), ctx=CTX)
    keep(make.make_client(), "card-e")


def _money(client: Client) -> None:
    switch_on_bank_transfer()
    for reference in ("a", "b"):
        invoice = make.make_invoice(client)
        attempt = start_attempt(invoice=invoice, gateway="bank_transfer", created_by=None, ctx=CTX)
        open_attempt(attempt=attempt, reference=reference, ctx=CTX)
        make.make_payment(invoice, gateway="bank_transfer", attempt=attempt)
    other = make.make_invoice(client)
    start_attempt(invoice=other, gateway="bank_transfer", created_by=None, ctx=CTX)
    submit_transfer_notice(invoice=other, ctx=CTX)
    kept = [
        record_unallocated_payment(
            gateway="bank_transfer",
            transaction_id=f"unknown-{number}",
            amount=1200,
            currency_code="EUR",
            received_on=DAY,
            reason="reference",
            ctx=CTX,
        )
        for number in (1, 2)
    ]
    assign_unallocated_payment(unallocated=kept[0], to=make.make_invoice(client), ctx=CTX)
    disputed = [make.make_payment(make.make_invoice(client)) for _ in range(2)]
    dispute_payment(payment=disputed[0], reason="unknown", ctx=CTX)
    make.make_invoice(client, lines=[DraftLine("Hours", 1000, VAT, quantity_milli=2500)])


def _names(client: Client) -> None:
    for number in (1, 2):
        domain = make.make_domain(client, "pending", domain_name=f"dora{number}.example")
        choose_registrar(domain=domain, registrar="sandbox", ctx=CTX)
        confirm_domain_registration(
            domain=domain,
            registration_date=DAY,
            expiry_date=date(2027, 4, 8),
            remote_id=f"remote-{number}",
            ctx=CTX,
        )
        renew_domain(domain=domain, expiry_date=date(2028, 4, 8), ctx=CTX)
        change_domain_price(domain=domain, recurring_amount=1300, ctx=CTX)

    away = make.make_domain(client)
    set_auto_renew(domain=away, enabled=False, ctx=CTX)
    set_auto_renew(domain=away, enabled=True, ctx=CTX)
    mark_domain_transferred_away(domain=away, ctx=CTX)


def _services(client: Client) -> None:
    server = make.make_server()
    options = [{"name": "Disk", "value": "20", "amount": 100}]
    monthly = [
        make.make_service(client, server=server, username=f"dora{number}", options=options)
        for number in (1, 2)
    ]
    rename_service(service=monthly[0], label="Shop", ctx=CTX)
    schedule_service_end(service=monthly[0], ends_on=date(2026, 9, 8), ctx=CTX)
    request_cancellation(service=monthly[1], kind="immediate", reason="Too dear", ctx=CTX)
    make_tld()
    dearer = make.make_service(client, at=AT + timedelta(days=20))
    set_product_price(dearer.product, 900)
    announce_price_change(dearer, at=AT + timedelta(days=20))


def _taxes(client: Client) -> None:
    create_client_group(name="Clubs", discount=1000, ctx=CTX)
    add_tax_rule(country="SE", rate=25_000, category="S", valid_from=DAY, ctx=CTX)
    mark_vat_number_valid(client=client, evidence="Looked up", ctx=CTX)

    check = VatCheck.objects.create(
        client=client,
        number="SE000000000001",
        day=DAY,
        checked_at=AT,
        answer="invalid",
        raw={"valid": False},
    )
    write_audit_entry(
        ctx=CTX,
        action="vat_check.checked",
        record=("vat_check", check.pk),
        client_id=client.pk,
        after={"answer": check.answer},
    )
